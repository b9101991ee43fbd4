"""Every source as a sender, and the router's application that it sends to: what is signed is what is sent."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordings import bodies, headers_of
from werkzeug.test import Client, TestResponse

from router.bootstrap import Router, build
from router.config import examine_policy_file, read_settings
from router.intake.source import Source, sources

ROOT = Path(__file__).parent.parent.parent
FORM = "application/x-www-form-urlencoded"
SECRET, RETIRED = (f"whsec_{b64encode(seed * 32).decode()}" for seed in (b"k", b"r"))
GENERIC = "shop"


@dataclass(frozen=True)
class Recording:
    """A body that a source sent, and the headers that came with it."""

    source: str
    path: Path

    @property
    def headers(self) -> dict[str, str]:
        return headers_of(self.path)

    @property
    def document(self) -> Any:
        return json.loads(self.path.read_text("utf-8"))

    @property
    def says_something(self) -> bool:
        told = json.loads(self.path.with_suffix(".signals.json").read_text("utf-8"))
        return any("is" not in one for one in told)


def recordings() -> list[Recording]:
    return [
        Recording(name, path) for name, source in sorted(sources().items()) if source.secrets for path in bodies(name)
    ]


def settings() -> Mapping[str, str]:
    """Give every source its secret."""
    names = {name.partition("/")[0] for source in sources().values() for name in source.secrets}
    secrets = dict.fromkeys(names - {"GENERIC_SECRETS"}, SECRET)
    return secrets | {
        "GENERIC_SECRETS": f"{GENERIC}={SECRET}",
        "ROUTER_DATABASE_URL": "memory://",
        "MATTERMOST_URL": "http://localhost:1",
        "MATTERMOST_TOKEN": "x",
    }


@dataclass(frozen=True)
class Desk:
    """A router that takes in and delivers nothing: nobody is there to be told."""

    router: Router
    client: Client

    def source(self, name: str) -> Source:
        known = self.router.desk.sources
        found = known.get(name) or known[f"{name}/{GENERIC}"]
        assert isinstance(found, Source)
        return found

    def signed(self, recording: Recording, body: bytes, secret: str = SECRET, **headers: str) -> dict[str, str]:
        given = recording.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        given.pop("content-length", None)
        return self.source(recording.source).sign(given, body, secret, datetime.now(UTC))

    def send(self, recording: Recording, body: bytes, headers: Mapping[str, str]) -> TestResponse:
        return self.client.post(f"/hooks/{self.source(recording.source).name}", data=body, headers=dict(headers))

    def send_signed(self, recording: Recording, body: bytes) -> TestResponse:
        headers = recording.headers
        if headers.get("content-type", "").startswith(FORM):
            return self.send(recording, body, self.signed(recording, body, content_type="application/json"))
        return self.send(recording, body, self.signed(recording, body))

    @property
    def cases(self) -> int:
        return len(self.router.desk.store.live())


@contextmanager
def desk() -> Iterator[Desk]:
    policy, _ = examine_policy_file(ROOT / "responders.toml").accepted()
    router = build(read_settings(settings()), policy, public_url="http://localhost:2")
    try:
        yield Desk(router, Client(router.app))
    finally:
        router.desk.store.close()
