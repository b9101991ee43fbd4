"""Real webhook bodies through the running service: as they are, and with something sensitive said in them."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from world import World, world

FIXTURES = Path(__file__).parent.parent / "intake" / "fixtures" / "github"
EXTRA = os.environ.get("ROUTER_EXTRA_PAYLOADS")
OUTCOMES = Path(__file__).parent / "outcomes" / "github.json"
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
SECURITY = "security-vulnerability"
SETTLED = {
    "repository_advisory": {"reported", "published"},
    "security_advisory": {"published", "updated"},
    "secret_scanning_alert": {"created", "publicly_leaked", "reopened"},
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
SAID = [one for one in BODIES if one.values[0] not in SETTLED]
ABOUT_SECURITY = [one for one in BODIES if one.values[0] in SETTLED]


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(judge=True) as told:
        yield told


@pytest.fixture(scope="module")
def world_of_words() -> Iterator[World]:
    """A desk whose classifier sees nothing in any of the bodies."""
    with world() as told:
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


@pytest.mark.parametrize(("event", "path"), ABOUT_SECURITY)
def test_what_github_says_is_about_security_goes_to_its_responders_whatever_it_says(
    world_of_words: World, event: str, path: Path
) -> None:
    body = json.loads(path.read_bytes())
    answer = send(world_of_words, event, body, form=False).json()
    if body["action"] in SETTLED[event]:
        assert answer["result"] in {"escalated", "joined", "duplicate"}
        assert world_of_words.case(answer["escalation"]).matter.topic == SECURITY
    else:
        assert answer == {"result": "ignored", "escalation": None}


@pytest.mark.parametrize("form", [False, True], ids=["json", "form"])
@pytest.mark.parametrize(("event", "path"), SAID)
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
        if expected(desk, original, event, part):
            case = desk.case(answer.json()["escalation"])
            assert (answer.json()["result"], case.matter.topic) == ("escalated", SECURITY)
            assert case.matter.url == said["html_url"]
            assert case.matter.thread == thread_key(body, event)
        else:
            assert answer.status_code == 400 or answer.json()["result"] == "ignored"


def expected(desk: World, body: dict[str, Any], event: str, part: str) -> bool:
    """Whether the rules make of such a body a signal that is about security."""
    labelled = body.get("action") == "labeled" and desk.policy.topic_labelled(
        [(body.get("label") or {}).get("name", "")]
    )
    if not (labelled or body.get("action") in SIGNALS.get(event, ())) or not isinstance(body.get(part), dict):
        return False
    author = body[part].get("user") or {}
    return author.get("type") != "Bot" and not str(author.get("login", "")).endswith("[bot]")


def fresh(body: dict[str, Any], event: str) -> dict[str, Any]:
    """The same body of another thread, so that nothing joins what was sent before."""
    new = copy.deepcopy(body)
    number = next(_numbers)
    for part in ("issue", "discussion", "pull_request"):
        if isinstance(new.get(part), dict):
            new[part]["number"] = number
    if isinstance(new.get("changes"), dict) and new["changes"].get("old_issue"):
        new["changes"]["old_issue"]["number"] = number
    if event == "commit_comment":
        new["comment"]["commit_id"] = f"{number:040x}"
    for advisory in (new.get("repository_advisory"), new.get("security_advisory")):
        if advisory:
            advisory["ghsa_id"] = f"GHSA-0000-0{number // 1000:03}-0{number % 1000:03}"
    if event == "secret_scanning_alert":
        new["alert"]["number"] = number
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


def test_the_projects_own_bodies_lead_to_what_was_written_down(golden: Callable[[Path, str], None]) -> None:
    outcomes = {}
    with world(judge=True) as desk:
        for event, path in own():
            body = fresh(json.loads(path.read_bytes()), event)
            form = "form_encoded" in path.stem
            outcomes[path.stem] = outcome(desk, send(desk, event, body, form=form)) if event else None
    golden(OUTCOMES, json.dumps(outcomes, indent=1, sort_keys=True) + "\n")


def outcome(desk: World, answer: requests.Response) -> dict[str, Any]:
    if answer.status_code != 200:
        return {"status": answer.status_code, "path": answer.json().get("path")}
    given = answer.json()
    if given["escalation"] is None:
        return {"result": given["result"]}
    case = desk.case(given["escalation"])
    return {"result": given["result"], "topic": case.matter.topic, "seen_by": str(case.audience)}
