"""What the recordings of each source lead to, sent signed to a running service one after the other, deletions last.

GitHub's are in `test_payloads.py`, each as its own thread.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from recordings import FIXTURES, bodies, headers_of
from world import SECRET, World, world

from router.intake.source import sources

Golden = Callable[[Path, str], None]
OUTCOMES = Path(__file__).parent / "outcomes"
SOURCES = sorted(folder.name for folder in FIXTURES.iterdir() if folder.name != "github")
SENDER = "shop"
WEBHOOK_SECRET = f"whsec_{b64encode(b'k' * 32).decode()}"


def send(desk: World, name: str, path: Path) -> requests.Response:
    source = desk.router.desk.sources.get(name) or desk.router.desk.sources[f"{name}/{SENDER}"]
    secret = WEBHOOK_SECRET if name == "generic" else SECRET
    body = path.read_bytes()
    signed = source.sign(headers_of(path), body, secret, datetime.now(UTC))
    return requests.post(f"{desk.url}/hooks/{source.name}", data=body, headers=signed, timeout=30)


def outcome(desk: World, answer: requests.Response) -> dict[str, Any]:
    given = answer.json()
    if answer.status_code != requests.codes.ok:
        return {"status": answer.status_code, "path": given.get("path")}
    if given.get("escalation") is None:
        return given
    case = desk.case(given["escalation"])
    return {"result": given["result"], "topic": case.matter.topic, "seen_by": str(case.audience)}


def is_deletion(name: str) -> bool:
    """Whether it takes away what others tell; sent last, it finds something to erase."""
    return any(word in name for word in ("_deleted", "_deletion", "destroyed"))


@pytest.mark.parametrize("name", SOURCES)
def test_the_recordings_of_a_source_lead_to_what_was_written_down(name: str, golden: Golden) -> None:
    paths = sorted(bodies(name), key=lambda path: (is_deletion(path.stem), path.stem))
    secrets = {setting: SECRET for source in sources().values() for setting in source.secrets}
    with world(judge=True, **secrets | {"GENERIC_SECRETS": f"{SENDER}={WEBHOOK_SECRET}"}) as desk:
        outcomes = {path.stem: outcome(desk, send(desk, name, path)) for path in paths}
    golden(OUTCOMES / f"{name}.json", json.dumps(outcomes, indent=1, sort_keys=True) + "\n")
