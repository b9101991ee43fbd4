"""GitHub: what people write in issues, discussions, pull requests, reviews and comments of public repositories.

Facts from GitHub's documentation, "Webhook events and payloads" (headers, events, actions, fields that may be null) and
"Validating webhook deliveries" (the signature); the content types from "Creating webhooks". Deletions and the sweep for
missed deliveries are not read here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from router.core.errors import BadInput
from router.core.signals import Signal
from router.intake.bodies import clean, decode, host_of, json_text
from router.intake.signatures import hmac_sha256, matching_secret
from router.intake.source import Source

_SIGNATURE = "X-Hub-Signature-256"
_EVENT = "X-GitHub-Event"
_FORM_FIELD = "payload"

_HOSTS = frozenset({"github.com", "www.github.com"})
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# An organisation's discussions have addresses of their own, which don't tell the repository behind them.
_PAGE = re.compile(
    r"/(?!orgs/)(?P<name>[\w.-]+/[\w.-]+)/"
    r"(?:(?:issues|pull|discussions)/(?P<number>[1-9]\d{0,17})|commit/(?P<commit>[0-9a-f]{64}|[0-9a-f]{40}))(?![\w-])",
    re.ASCII | re.IGNORECASE,
)

# GitHub's ids and numbers fit 64 bits; msgspec alone would take any length.
_Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class _User(msgspec.Struct, frozen=True):
    login: str
    type: str | None = None


class _Repository(msgspec.Struct, frozen=True):
    full_name: str
    private: bool
    visibility: str | None = None


class _Topic(msgspec.Struct, frozen=True):
    """An issue, a discussion or a pull request: what others comment on. They share one sequence of numbers."""

    id: _Number
    number: _Number
    title: str
    html_url: str
    user: _User | None = None
    body: str | None = None


class _Remark(msgspec.Struct, frozen=True):
    """A comment or a review."""

    id: _Number
    html_url: str
    user: _User | None = None
    body: str | None = None
    commit_id: str | None = None


class _Envelope(msgspec.Struct, frozen=True):
    """What decides whether the rest is read at all."""

    action: str
    repository: _Repository


class _Content(msgspec.Struct, frozen=True):
    """The parts of a body that hold what was said, or what it was said about; which of them, the event says."""

    issue: _Topic | None = None
    discussion: _Topic | None = None
    pull_request: _Topic | None = None
    comment: _Remark | None = None
    review: _Remark | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    """`said` is the part that holds what was said, `about` the one that names the thread."""

    actions: frozenset[str]
    said: str
    about: str
    kind: str
    object_kind: str


_OPENED = frozenset({"opened", "edited"})
_CREATED = frozenset({"created", "edited"})
_SUBMITTED = frozenset({"submitted", "edited"})

# Ids are unique per type only, hence a word of its own for each type.
_EVENTS = {
    "issues": _Event(_OPENED, "issue", "issue", "issue", "issue"),
    "issue_comment": _Event(_CREATED, "comment", "issue", "comment", "issue-comment"),
    "discussion": _Event(_CREATED, "discussion", "discussion", "discussion", "discussion"),
    "discussion_comment": _Event(_CREATED, "comment", "discussion", "comment", "discussion-comment"),
    "pull_request": _Event(_OPENED, "pull_request", "pull_request", "pull_request", "pull-request"),
    "pull_request_review": _Event(_SUBMITTED, "review", "pull_request", "review", "review"),
    "pull_request_review_comment": _Event(_CREATED, "comment", "pull_request", "comment", "review-comment"),
    "commit_comment": _Event(frozenset({"created"}), "comment", "comment", "comment", "commit-comment"),
}

_ENVELOPE = msgspec.json.Decoder(_Envelope)
_CONTENT = msgspec.json.Decoder(_Content)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: datetime,  # noqa: ARG001  (GitHub signs no time)
) -> int:
    """Say which secret signed the body as it was sent, be it JSON or a form. Raises ProofFailed."""
    return matching_secret(
        _SIGNATURE, headers.get(_SIGNATURE.lower()), secrets, lambda secret: _signature(secret, body)
    )


def _signature(secret: str, body: bytes) -> str:
    return f"sha256={hmac_sha256(secret, body).hex()}"


def parse(headers: Mapping[str, str], body: bytes, received_at: datetime) -> list[Signal]:
    """Read what a person said in public; other events and actions, bots and empty remarks give nothing.

    Raises BadInput.
    """
    name = headers.get(_EVENT.lower())
    if not name:
        raise BadInput(f"header {_EVENT}", "missing")
    event = _EVENTS.get(name)
    if event is None:
        return []
    text = json_text(headers, body, _FORM_FIELD)
    envelope = decode(_ENVELOPE, text)
    if envelope.action not in event.actions or not _is_public(envelope.repository):
        return []
    content = decode(_CONTENT, text)
    said = _part(content, event.said)
    if _is_bot(said.user) or not (_title(said) + (said.body or "")).strip():
        return []
    return [_signal(event, envelope.repository, content, received_at)]


def _is_public(repository: _Repository) -> bool:
    # `visibility` came later than `private`, and older servers don't send it.
    return not repository.private and repository.visibility in {None, "public"}


def _is_bot(user: _User | None) -> bool:
    return user is not None and (user.type == "Bot" or user.login.endswith("[bot]"))


def _part(content: _Content, name: str) -> _Topic | _Remark:
    part: _Topic | _Remark | None = getattr(content, name)
    if part is None:
        raise BadInput(f"$.{name}", "missing")
    return part


def _title(said: _Topic | _Remark) -> str:
    return said.title if isinstance(said, _Topic) else ""


def _signal(event: _Event, repository: _Repository, content: _Content, at: datetime) -> Signal:
    said = _part(content, event.said)
    place, headline = _thread(event, content)
    return Signal(
        source=SOURCE.name,
        instance=host_of(f"$.{event.said}.html_url", said.html_url),
        kind=event.kind,
        object_id=f"{event.object_kind}/{said.id}",
        thread=_key(_full_name(repository), place),
        url=said.html_url,
        title=clean(_title(said)),
        headline=clean(headline),
        body=clean(said.body or ""),
        author=clean(said.user.login) if said.user else None,
        at=at,
    )


def _full_name(repository: _Repository) -> str:
    if not _FULL_NAME.fullmatch(repository.full_name):
        raise BadInput("$.repository.full_name", "expected owner/name")
    return repository.full_name


def _thread(event: _Event, content: _Content) -> tuple[str, str]:
    """Give the place within the repository, and what people may call it."""
    about = _part(content, event.about)
    if isinstance(about, _Topic):
        return f"#{about.number}", about.title
    commit = about.commit_id or ""
    if not _COMMIT.fullmatch(commit):
        raise BadInput(f"$.{event.about}.commit_id", "expected a full commit id")
    return f"@{commit}", f"Commit {commit[:7]}"


def _key(name: str, place: str) -> str:
    return f"{SOURCE.name}:{name}{place}".lower()


def thread_of(url: str) -> str | None:
    """Give the thread key of an issue, discussion, pull request or commit page on github.com, and of all below it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    page = _PAGE.match(parts.path)
    if page is None or parts.scheme not in {"http", "https"} or parts.hostname not in _HOSTS:
        return None
    return _key(page["name"], f"#{page['number']}" if page["number"] else f"@{page['commit']}")


def sign(
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: datetime,  # noqa: ARG001  (GitHub signs no time)
) -> dict[str, str]:
    """Make the headers with which GitHub would send that body. Raises BadInput where the event can't be told."""
    sent = {"content-type": "application/json", "x-github-delivery": str(uuid4())}
    sent |= {name.lower(): value for name, value in headers.items()}
    if _EVENT.lower() not in sent:
        sent[_EVENT.lower()] = _event_of(sent, body)
    return sent | {_SIGNATURE.lower(): _signature(secret, body)}


def _event_of(headers: Mapping[str, str], body: bytes) -> str:
    """Tell the event by the parts that a body has; of several that fit, the one that explains most of them."""
    keys = decode(_KEYS, json_text(headers, body, _FORM_FIELD)).keys()
    parts = {name: {event.said, event.about} for name, event in _EVENTS.items()} | {"ping": {"zen", "hook"}}
    fitting = [name for name, needed in parts.items() if needed <= keys]
    if not fitting:
        raise BadInput(f"header {_EVENT}", "missing, and the body does not tell the event")
    return max(fitting, key=lambda name: len(parts[name]))


SOURCE = Source(
    name="github",
    secrets=("GITHUB_WEBHOOK_SECRET",),
    verify=verify,
    parse=parse,
    thread_of=thread_of,
    sign=sign,
)
