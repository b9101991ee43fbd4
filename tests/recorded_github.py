"""GitHub's API as it answers about a repository's webhook: which deliveries failed, and what was in them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import responses

ADDRESS = "https://router.example.com"
REPOSITORY = "example-org/chat-server"
HOOKS = f"https://api.github.com/repos/{REPOSITORY}/hooks"
POLICY = f'\n[sources.github]\nrepositories = ["{REPOSITORY}"]\n'


@contextmanager
def lost(*bodies: dict[str, Any], rights: bool = True, interrupted: bool = False) -> Iterator[None]:
    """Have GitHub know that these did not arrive, one a minute, the last one just now.

    Without `rights` it shows nothing; `interrupted`: somebody presses Ctrl-C when the last of the bodies is asked for.
    """
    with responses.RequestsMock(assert_all_requests_are_fired=False) as recorded:
        recorded.add_passthru("http://127.0.0.1")
        recorded.get(re.compile("https://api.github.com/orgs/"), status=404, json={"message": "Not Found"})
        if not rights:
            recorded.get(HOOKS, status=404, json={"message": "Not Found"})
            yield
            return
        recorded.get(HOOKS, json=[{"id": 7, "config": {"url": f"{ADDRESS}/hooks/github"}}])
        entries = [_entry(number, len(bodies) - number) for number in range(len(bodies))]
        recorded.get(f"{HOOKS}/7/deliveries", json=entries[::-1])
        for entry, body in zip(entries, bodies, strict=True):
            detail = {"request": {"headers": {"X-GitHub-Event": entry["event"]}, "payload": body}}
            asked_for = f"{HOOKS}/7/deliveries/{entry['id']}"
            if interrupted and entry is entries[-1]:
                recorded.add_callback("GET", asked_for, _interrupt)
            else:
                recorded.get(asked_for, json=entry | detail)
        yield


def _interrupt(_: object) -> tuple[int, dict[str, str], str]:
    raise KeyboardInterrupt


def _entry(number: int, minutes_ago: int) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return {
        "id": 900 + number,
        "guid": f"guid-{number}",
        "delivered_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "status": "failed to connect to host",
        "status_code": 0,
        "event": "issues",
        "action": "opened",
    }
