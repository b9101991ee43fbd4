"""Real webhook bodies through the running service: as they are, and with something sensitive said in them."""

import copy
import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from world import World, world

FIXTURES = Path(__file__).parent.parent / "intake" / "fixtures" / "github"
EXTRA = os.environ.get("ROUTER_EXTRA_PAYLOADS")
OUTCOMES = Path(__file__).parent / "github_outcomes.json"
SENSITIVE = "I found a security vulnerability: remote code execution with a crafted file. How do I disclose it?"
SIGNALS = {
    "issues": {"opened", "edited"},
    "issue_comment": {"created", "edited"},
    "discussion": {"created", "edited"},
    "discussion_comment": {"created", "edited"},
    "pull_request": {"opened", "edited"},
    "pull_request_review": {"submitted", "edited"},
    "pull_request_review_comment": {"created", "edited"},
    "commit_comment": {"created"},
}
SAID_IN = {
    "issues": ("issue", ("title", "body")),
    "issue_comment": ("comment", ("body",)),
    "discussion": ("discussion", ("title", "body")),
    "discussion_comment": ("comment", ("body",)),
    "pull_request": ("pull_request", ("title", "body")),
    "pull_request_review": ("review", ("body",)),
    "pull_request_review_comment": ("comment", ("body",)),
    "commit_comment": ("comment", ("body",)),
}
_numbers = count(700_000)


def own() -> list[tuple[str, Path]]:
    found = [path for path in sorted(FIXTURES.glob("*.json")) if path.name.count(".") == 1]
    return [
        (json.loads(path.with_suffix(".headers.json").read_text()).get("X-GitHub-Event", ""), path) for path in found
    ]


def extra() -> list[tuple[str, Path]]:
    folder = Path(EXTRA) / "github" if EXTRA else None
    found = sorted(folder.glob("*.json")) if folder else []
    return [(path.name.split(".")[0], path) for path in found]


BODIES = [pytest.param(event, path, id=path.stem) for event, path in (*own(), *extra()) if event]


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(judge=True) as told:
        yield told


def send(desk: World, event: str, body: dict[str, Any], *, form: bool) -> requests.Response:
    text = json.dumps(body)
    if form:
        kind = "application/x-www-form-urlencoded"
        return desk.hook(event, urlencode({"payload": text}).encode(), content_type=kind)
    return desk.hook(event, text.encode())


@pytest.mark.parametrize(("event", "path"), BODIES)
def test_no_body_is_answered_with_an_error_of_ours(desk: World, event: str, path: Path) -> None:
    assert desk.hook(event, path.read_bytes()).status_code in {200, 400}


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize(("event", "path"), BODIES)
def test_something_sensitive_in_any_body_escalates_where_it_was_said(
    desk: World, event: str, path: Path, *, form: bool
) -> None:
    original = json.loads(path.read_bytes())
    part, fields = SAID_IN.get(event, ("", ("",)))
    for name in fields:
        body = fresh(original, event)
        said = body.get(part)
        if isinstance(said, dict):
            said.update({field: SENSITIVE if field == name else "…" for field in fields})
        answer = send(desk, event, body, form=form)
        if expected(original, event, part):
            case = desk.case(answer.json()["escalation"])
            assert (answer.json()["result"], case.matter.topic) == ("escalated", "security-vulnerability")
            assert case.matter.url == said["html_url"]
            assert case.matter.thread == thread_key(body, event)
        else:
            assert answer.status_code == 400 or answer.json()["result"] == "ignored"


def expected(body: dict[str, Any], event: str, part: str) -> bool:
    """Whether the rules make a signal of such a body."""
    if body.get("action") not in SIGNALS.get(event, ()) or not isinstance(body.get(part), dict):
        return False
    repository = body.get("repository") or {}
    author = body[part].get("user") or {}
    public = repository.get("private") is False and repository.get("visibility", "public") == "public"
    return public and author.get("type") != "Bot" and not str(author.get("login", "")).endswith("[bot]")


def fresh(body: dict[str, Any], event: str) -> dict[str, Any]:
    """The same body of another thread, so that nothing joins what was sent before."""
    new = copy.deepcopy(body)
    number = next(_numbers)
    for part in ("issue", "discussion", "pull_request"):
        if isinstance(new.get(part), dict):
            new[part]["number"] = number
    if event == "commit_comment":
        new["comment"]["commit_id"] = f"{number:040x}"
    part = SAID_IN.get(event, ("", ()))[0]
    if isinstance(new.get(part), dict):
        new[part]["id"] = number
    return new


def thread_key(body: dict[str, Any], event: str) -> str:
    repository = body["repository"]["full_name"].lower()
    if event == "commit_comment":
        return f"github:{repository}@{body['comment']['commit_id']}"
    thread = next(body[part] for part in ("issue", "discussion", "pull_request") if part in body)
    return f"github:{repository}#{thread['number']}"


def test_the_projects_own_bodies_lead_to_what_was_written_down(request: pytest.FixtureRequest) -> None:
    outcomes = {}
    with world(judge=True) as desk:
        for event, path in own():
            answer = desk.hook(event, path.read_bytes()) if event else None
            outcomes[path.stem] = outcome(desk, answer) if answer is not None else None
    if request.config.getoption("--update"):
        OUTCOMES.write_text(json.dumps(outcomes, indent=1, sort_keys=True) + "\n")
    assert outcomes == json.loads(OUTCOMES.read_text())


def outcome(desk: World, answer: requests.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        return {"status": answer.status_code, "path": answer.json().get("path")}
    given = answer.json()
    if given["escalation"] is None:
        return {"result": given["result"]}
    case = desk.case(given["escalation"])
    return {"result": given["result"], "topic": case.matter.topic, "thread": case.matter.thread}
