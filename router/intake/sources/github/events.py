"""Which of GitHub's events are read, and what comes of each.

Facts from GitHub's documentation, "Webhook events and payloads" (headers, events, actions), and its published schema
(fields that may be missing or null); the content types from "Creating webhooks". What is not in the table gives
nothing: senders grow, and they must be answered.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeVar

import msgspec

from router.core.errors import BadInput
from router.core.signals import Deleted, Incoming, Moved, Signal
from router.core.topics import TopicId
from router.intake.bodies import decode, host_of, json_text
from router.intake.sources.github import threads
from router.intake.sources.github.parts import Advisory, Body, Item, Remark, Repository

EVENT = "X-GitHub-Event"
FORM_FIELD = "payload"

SECURITY = TopicId("security-vulnerability")
_DATABASE = "https://github.com/advisories"  # where GitHub's own advisories are read
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_GHSA = re.compile(r"GHSA(-[0-9a-z]{4}){3}", re.ASCII | re.IGNORECASE)
_OURS = frozenset({"OWNER", "MEMBER"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Event:
    """One of GitHub's events.

    `said` is the part that holds what was said, `about` the one that names the thread, `object_kind` tells objects of
    this event from others, since GitHub's ids are unique per type only. `actions` says how each one is read.
    """

    said: str
    about: str
    kind: str
    object_kind: str
    actions: "Mapping[str, Reader]" = field(default_factory=dict)


Reader = Callable[[Event, Body, datetime], Sequence[Incoming]]


class _Action(msgspec.Struct, frozen=True):
    """What decides whether the rest is read at all."""

    action: str


_ACTION = msgspec.json.Decoder(_Action)
_BODY = msgspec.json.Decoder(Body)


def parse(headers: Mapping[str, str], body: bytes, received_at: datetime) -> Sequence[Incoming]:
    """Read what a delivery tells; other events and actions, bots and empty remarks give nothing. Raises BadInput."""
    name = headers.get(EVENT.lower())
    if not name:
        raise BadInput(f"header {EVENT}", "missing")
    event = EVENTS.get(name)
    if event is None:
        return []
    text = json_text(headers, body, FORM_FIELD)
    read = event.actions.get(decode(_ACTION, text).action)
    return read(event, _fitting(event, decode(_BODY, text)), received_at) if read else []


def _fitting(event: Event, body: Body) -> Body:
    """Refuse a body that tells of another event, as the header that names it is not signed.

    A comment that is gone takes no thread with it, and one on a pull request is none on a commit as well.
    """
    parts = {"issue", "discussion", "pull_request", "comment", "review"} - {event.said}
    if event.said == event.about and any(getattr(body, part) is not None for part in parts):
        raise BadInput(f"header {EVENT}", f"the body tells of more than {event.said}")
    return body


def _there(part: T | None, path: str) -> T:
    if part is None:
        raise BadInput(f"$.{path}", "missing")
    return part


# ------------------------------------------------------------------------------------------- what people say


def _said(event: Event, body: Body, at: datetime) -> list[Signal]:
    """Read what somebody wrote or edited."""
    said = _words(body, event.said)
    if (said.user and said.user.is_bot) or not (_title(said) + (said.body or "")).strip():
        return []
    repository = _there(body.repository, "repository")
    thread, headline = _thread(event, body)
    labels = said.labels or () if isinstance(said, Item) else ()
    return [
        Signal(
            source=threads.NAME,
            instance=host_of(f"$.{event.said}.html_url", said.html_url),
            kind=event.kind,
            object_id=f"{event.object_kind}/{said.id}",
            thread=thread,
            url=said.html_url,
            title=_title(said),
            headline=headline,
            body=said.body or "",
            author=said.user.login if said.user else None,
            at=said.updated_at or at,
            confidential=not repository.is_public,
            labels=tuple(one.name for one in labels),
            member_of=_organisation(said, repository),
        )
    ]


def _words(body: Body, part: str) -> Item | Remark:
    found: Item | Remark | None = getattr(body, part)
    if found is None:
        raise BadInput(f"$.{part}", "missing")
    return found


def _title(said: Item | Remark) -> str:
    return said.title if isinstance(said, Item) else ""


def _thread(event: Event, body: Body) -> tuple[str, str]:
    """Give the thread's key, and what people may call it."""
    name = _there(body.repository, "repository").name()
    about = _words(body, event.about)
    if isinstance(about, Item):
        return threads.numbered(name, about.number), about.title
    commit = about.commit_id or ""
    if not _COMMIT.fullmatch(commit):
        raise BadInput(f"$.{event.about}.commit_id", "expected a full commit id")
    return threads.of_commit(name, commit), f"Commit {commit[:7]}"


def _organisation(said: Item | Remark, repository: Repository) -> str:
    """Name the organisation whose member speaks; whoever owns a repository of their own is no member of anything."""
    owner = repository.owner
    if said.author_association not in _OURS or owner is None or owner.type != "Organization":
        return ""
    return owner.login


def _labelled(event: Event, body: Body, at: datetime) -> list[Signal]:
    """Read the label that was put on something; there is none where it was deleted meanwhile."""
    if body.label is None:
        return []
    return [replace(one, labels=(body.label.name,), labelled=True) for one in _said(event, body, at)]


# ------------------------------------------------------------------------------------------- what goes or moves


def _deleted(event: Event, body: Body, at: datetime) -> list[Incoming]:
    """Take note that a remark is gone, or with its first words the whole thread, whoever wrote or deleted them."""
    said, (thread, _) = _words(body, event.said), _thread(event, body)
    object_id = "" if event.said == event.about else f"{event.object_kind}/{said.id}"
    return [Deleted(threads.NAME, host_of(f"$.{event.said}.html_url", said.html_url), object_id, thread, at)]


def _transferred(event: Event, body: Body, at: datetime) -> list[Incoming]:
    """Follow a thread that leaves its repository."""
    changes = _there(body.changes, "changes")
    path = f"changes.new_{event.said}"
    new = _there(changes.new_discussion if event.said == "discussion" else changes.new_issue, path)
    repository = _there(changes.new_repository, "changes.new_repository")
    host_of(f"$.{path}.html_url", new.html_url)
    to = threads.numbered(repository.name("$.changes.new_repository"), new.number)
    return [Moved(threads.NAME, _thread(event, body)[0], to, new.html_url, not repository.is_public, at)]


def _opened(event: Event, body: Body, at: datetime) -> Sequence[Incoming]:
    """Read a new issue, and where it came from if it was transferred.

    Of the two hooks that see a transfer the router may know only one, and either may come first.
    """
    signals, changes = _said(event, body, at), body.changes
    if changes is None or changes.old_issue is None or changes.old_repository is None:
        return signals
    issue, repository = _there(body.issue, "issue"), _there(body.repository, "repository")
    host_of("$.issue.html_url", issue.html_url)
    was = threads.numbered(changes.old_repository.name("$.changes.old_repository"), changes.old_issue.number)
    moved = Moved(threads.NAME, was, _thread(event, body)[0], issue.html_url, not repository.is_public, at)
    return [moved, *signals]


# ------------------------------------------------------------------------------------------- what is about security


def _advisory(event: Event, body: Body, at: datetime, *, confidential: bool = False) -> list[Incoming]:
    """Read an advisory: by its id it is the same thread in its repository and in GitHub's database."""
    found: Advisory | None = getattr(body, event.said)
    advisory, repository = _there(found, event.said), body.repository
    if not _GHSA.fullmatch(advisory.ghsa_id):
        raise BadInput(f"$.{event.said}.ghsa_id", "expected the id of an advisory")
    url = advisory.html_url or f"{_DATABASE}/{advisory.ghsa_id}"
    return [
        Signal(
            source=threads.NAME,
            instance=host_of(f"$.{event.said}.html_url", url),
            kind=event.kind,
            object_id=f"{event.object_kind}/{advisory.ghsa_id.lower()}",
            thread=threads.of_advisory(advisory.ghsa_id),
            url=url,
            title=advisory.summary,
            headline=advisory.summary,
            body=advisory.description or "",
            author=advisory.author.login if advisory.author else None,
            at=at,
            confidential=confidential or (repository is not None and not repository.is_public),
            topic=SECURITY,
        )
    ]


def _leaked(event: Event, body: Body, at: datetime, *, news: str = "") -> list[Incoming]:
    """Read that a secret was found, and never which: `news` is what has become of it since."""
    alert = _there(body.alert, "alert")
    name = _there(body.repository, "repository").name()
    title = alert.secret_type_display_name or alert.secret_type or "unknown"
    return [
        Signal(
            source=threads.NAME,
            instance=host_of("$.alert.html_url", alert.html_url),
            kind=event.kind,
            object_id=f"{event.object_kind}/{name.lower()}/{alert.number}",
            thread=threads.of_leak(name, alert.number),
            url=alert.html_url,
            title=title,
            headline=f"Leaked secret: {title}",
            body=f"{news} {alert.updated_at or ''}".strip() if news else "",
            author=None,
            at=at,
            confidential=True,
            topic=SECURITY,
        )
    ]


_CREATED: dict[str, Reader] = {"created": _said, "edited": _said}
_GONE: dict[str, Reader] = {"deleted": _deleted}

EVENTS: Mapping[str, Event] = {
    "issues": Event(
        "issue",
        "issue",
        "issue",
        "issue",
        {"opened": _opened, "edited": _said, "labeled": _labelled, "transferred": _transferred, **_GONE},
    ),
    "issue_comment": Event("comment", "issue", "comment", "issue-comment", _CREATED | _GONE),
    "discussion": Event(
        "discussion",
        "discussion",
        "discussion",
        "discussion",
        _CREATED | {"labeled": _labelled, "transferred": _transferred, **_GONE},
    ),
    "discussion_comment": Event("comment", "discussion", "comment", "discussion-comment", _CREATED | _GONE),
    "pull_request": Event(
        "pull_request",
        "pull_request",
        "pull_request",
        "pull-request",
        {"opened": _said, "edited": _said, "labeled": _labelled},
    ),
    "pull_request_review": Event("review", "pull_request", "review", "review", {"submitted": _said, "edited": _said}),
    "pull_request_review_comment": Event("comment", "pull_request", "comment", "review-comment", _CREATED | _GONE),
    "commit_comment": Event("comment", "comment", "comment", "commit-comment", {"created": _said}),
    "repository_advisory": Event(
        "repository_advisory",
        "repository_advisory",
        "advisory",
        "advisory",
        {"reported": partial(_advisory, confidential=True), "published": _advisory},
    ),
    "security_advisory": Event(
        "security_advisory",
        "security_advisory",
        "advisory",
        "advisory",
        {"published": _advisory, "updated": _advisory},
    ),
    "secret_scanning_alert": Event(
        "alert",
        "alert",
        "leaked_secret",
        "leaked-secret",
        {
            "created": _leaked,
            "publicly_leaked": partial(_leaked, news="publicly leaked"),
            "reopened": partial(_leaked, news="reopened"),
        },
    ),
}
