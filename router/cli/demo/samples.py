"""The demo's sample signals, as bodies that GitHub would send."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

REPOSITORY = "example-org/chat-server"
_SITE = f"https://github.com/{REPOSITORY}"
_COMMIT = "6dcb09b5b57875f334f61aebed695e2e4193db5e"


@dataclass(frozen=True, slots=True)
class Sample:
    """One delivery, and what it should lead to. `again` names the sample that it is a redelivery of."""

    name: str
    expect: Mapping[str, str]
    event: str = ""
    action: str = ""
    number: int = 0
    author: str = ""
    title: str = ""
    body: str = ""
    again: str = ""
    place: int = field(default=0)


def samples() -> list[Sample]:
    """Read the shipped samples, in the order in which they are sent."""
    text = (files(__package__) / "samples.toml").read_text(encoding="utf-8")
    return [Sample(**given, place=place) for place, given in enumerate(tomllib.loads(text)["samples"], 1)]


def payload(sample: Sample) -> dict[str, Any]:
    """Make the body, with the fields of GitHub's that say what was said, by whom and where."""
    thing, part = _thing(sample)
    said = {
        "id": 1000 + sample.place,
        "body": sample.body,
        "user": {"login": sample.author, "type": "User"},
        "html_url": thing["html_url"] if part is None else f"{thing['html_url']}#{part}-{1000 + sample.place}",
    }
    repository = {"full_name": REPOSITORY, "html_url": _SITE, "private": False}
    body: dict[str, Any] = {"action": sample.action, "repository": repository}
    match sample.event:
        case "issues":
            return body | {"issue": thing | said}
        case "discussion":
            return body | {"discussion": thing | said}
        case "issue_comment":
            return body | {"issue": thing, "comment": said}
        case "discussion_comment":
            return body | {"discussion": thing, "comment": said}
        case "commit_comment":
            return body | {"comment": said | {"commit_id": _COMMIT}}
        case _:
            return body | {"pull_request": thing, "comment": said}


def _thing(sample: Sample) -> tuple[dict[str, Any], str | None]:
    """The conversation, and how GitHub marks a comment in its address."""
    kind, part = {
        "issues": ("issues", None),
        "discussion": ("discussions", None),
        "issue_comment": ("issues", "issuecomment"),
        "discussion_comment": ("discussions", "discussioncomment"),
        "commit_comment": ("commit", "commitcomment"),
        "pull_request_review_comment": ("pull", "discussion_r"),
    }[sample.event]
    where = f"{_SITE}/{kind}/{_COMMIT if kind == 'commit' else sample.number}"
    author = {"login": sample.author, "type": "User"}
    thing = {"id": sample.number, "number": sample.number, "title": sample.title, "body": "", "user": author}
    return thing | {"html_url": where}, part
