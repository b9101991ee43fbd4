"""The demo's stage: a sandbox, a router with TinyDB in a temporary folder, and the way signals are sent to it."""

import json
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from router.bootstrap import Replacements, build
from router.cli.demo.furnishing import furnish
from router.cli.demo.member import Member
from router.cli.demo.samples import Sample, payload
from router.cli.running import Listener
from router.clocks import FastClock
from router.config import read_settings
from router.core.policy import Policy
from router.intake.source import sources
from router.sandbox import Sandbox

HOST = "127.0.0.1"
SOURCE = "github"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything running. `url` is the router's, `sandbox` the server's; people act through `member`."""

    policy: Policy
    sandbox: Sandbox
    url: str
    secret: str

    def member(self, username: str) -> Member:
        """Be somebody on the server."""
        return Member(self.sandbox.url, self.sandbox.token_of(username), username)

    def send(self, sample: Sample) -> Mapping[str, Any]:
        """Sign a sample as GitHub would, send it through the HTTP door, give the router's answer."""
        body = json.dumps(payload(sample)).encode()
        headers = sources()[SOURCE].sign({"x-github-event": sample.event}, body, self.secret, datetime.now(UTC))
        answer = requests.post(f"{self.url}/hooks/{SOURCE}", data=body, headers=headers, timeout=10)
        if not answer.ok:
            raise requests.HTTPError(f"{sample.name}: {answer.status_code} {answer.text}", response=answer)
        given: Mapping[str, Any] = answer.json()
        return given


@contextmanager
def stage(policy: Policy, port: int, speed: float) -> Iterator[Stage]:
    """Start it all; end it in order."""
    with tempfile.TemporaryDirectory(prefix="escalation-router-") as folder, Sandbox.start() as sandbox:
        listener = Listener(HOST, port)
        furnished = furnish(sandbox, policy, listener.url)
        secret = secrets.token_hex(16)
        settings = read_settings(
            {
                "ROUTER_DATABASE_URL": f"tinydb:///{Path(folder) / 'router.json'}",
                "MATTERMOST_URL": sandbox.url,
                "MATTERMOST_TOKEN": furnished.bot_token,
                "MATTERMOST_COMMAND_TOKEN": furnished.command_token,
                "MATTERMOST_OUTGOING_TOKEN": furnished.outgoing_token,
                "GITHUB_WEBHOOK_SECRET": secret,
            }
        )
        router = build(
            settings,
            policy,
            public_url=listener.url,
            private=listener.private,
            instead=Replacements(clock=FastClock(speed)),
        )
        serving = threading.Thread(target=listener.run, args=(router,), name="router")
        serving.start()
        try:
            yield Stage(policy, sandbox, listener.url, secret)
        finally:
            listener.end()
            serving.join()
