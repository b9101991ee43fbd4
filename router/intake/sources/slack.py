"""Slack: what people write in public channels of a workspace, as the Events API tells it.

Facts from Slack's documentation: "Verifying requests from Slack" (signature, five minutes), "The Events API"
(envelope, `url_verification`, retries), "message event" with its subtypes, "Formatting message text" (what stands
between < and >) and "Deep linking". A channel's id and a message's time name a message in whatever workspace shares the
channel, and are all that a permalink tells; so the workspace is no part of what a message or a thread is known by.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound
from router.core.signals import Deleted, Incoming, Signal, first_line
from router.intake.bodies import decode, web_parts
from router.intake.signatures import check_time, hmac_sha256, matching_secret
from router.intake.source import Source

_SIGNATURE = "X-Slack-Signature"
_TIME = "X-Slack-Request-Timestamp"

_SAID = frozenset({None, "file_share", "me_message", "thread_broadcast"})  # what people say, other than by an edit
_CHANGED, _DELETED, _TOMBSTONE = "message_changed", "message_deleted", "tombstone"
_SLACKBOT = "USLACKBOT"
_INSTANCE = "slack.com"

_MARKUP = re.compile(r"<(?P<sign>[@#!]?)(?P<what>[^<>|]*)(?:\|(?P<label>[^<>]*))?>|&(?P<name>amp|lt|gt);")
_ESCAPED = {"amp": "&", "lt": "<", "gt": ">"}
_HOST = re.compile(r"(?:[a-z0-9-]+\.){0,2}slack\.com")
_PERMALINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]{2,32})/p(?P<seconds>[0-9]{10})(?P<fraction>[0-9]{6})/?")
_CHANNEL, _STAMP = r"^[A-Z0-9]{2,32}\Z", r"^[0-9]{1,10}\.[0-9]{1,9}\Z"

_Id = Annotated[str, msgspec.Meta(pattern=_CHANNEL)]
_Stamp = Annotated[str, msgspec.Meta(pattern=_STAMP)]


class _Kind(msgspec.Struct, frozen=True):
    type: str
    subtype: str | None = None
    channel_type: str | None = None


class _Envelope(msgspec.Struct, frozen=True):
    """What decides whether the rest is read at all."""

    type: str
    event: _Kind | None = None


class _Edit(msgspec.Struct, frozen=True):
    ts: _Stamp


class _Message(msgspec.Struct, frozen=True):
    """A message, as such or within the event that tells of its edit or deletion."""

    ts: _Stamp
    thread_ts: _Stamp | None = None
    user: str | None = None
    text: str | None = None
    subtype: str | None = None
    bot_id: str | None = None
    edited: _Edit | None = None


class _Event(_Message, frozen=True, kw_only=True):
    channel: _Id
    message: _Message | None = None
    previous_message: _Message | None = None
    deleted_ts: _Stamp | None = None


class _Callback(msgspec.Struct, frozen=True):
    team_id: _Id
    event: _Event


class _Question(msgspec.Struct, frozen=True):
    type: str | None = None
    challenge: str | None = None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_CALLBACK = msgspec.json.Decoder(_Callback)
_QUESTION = msgspec.json.Decoder(_Question)


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> int:
    """Say which secret signed time and body, within five minutes. Raises ProofFailed."""
    time = headers.get(_TIME.lower())
    signed = headers.get(_SIGNATURE.lower())
    index = matching_secret(_SIGNATURE, signed, secrets, lambda secret: _signature(secret, time or "", body))
    check_time(_TIME, time, now)
    return index


def _signature(secret: str, time: str, body: bytes) -> str:
    return f"v0={hmac_sha256(secret, b'v0:%b:%b' % (time.encode('utf-8', 'surrogatepass'), body)).hex()}"


def challenge(
    query: Mapping[str, str],  # noqa: ARG001  (Slack asks in the body)
    body: bytes,
    secrets: Sequence[str],  # noqa: ARG001  (what is asked for is what was sent)
) -> dict[str, str] | None:
    """Answer whether this address is ours. Raises BadInput."""
    asked = decode(_QUESTION, sound(body)) if body else None
    if asked is None or asked.type != "url_verification" or not asked.challenge:
        return None
    return {"challenge": asked.challenge}


def parse(
    headers: Mapping[str, str],  # noqa: ARG001  (a retry is read like the first try: it may be all that arrives)
    body: bytes,
    received_at: datetime,
) -> list[Incoming]:
    """Read what a person said in a public channel, or that something was deleted. Raises BadInput."""
    text = sound(body)
    envelope = decode(_ENVELOPE, text)
    kind = envelope.event
    if envelope.type != "event_callback" or kind is None or kind.type != "message":
        return []
    if kind.subtype == _DELETED:
        return [_deleted(decode(_CALLBACK, text), received_at)]
    if kind.channel_type != "channel" or kind.subtype not in {*_SAID, _CHANGED}:
        return []
    told = decode(_CALLBACK, text)
    said = told.event.message if kind.subtype == _CHANGED else told.event
    if said is None:
        raise BadInput("$.event.message", "missing")
    if said.subtype == _TOMBSTONE:  # what is left of a deleted message that has replies
        return [_gone(told, said.ts, said, received_at)]
    if said.subtype not in _SAID or said.bot_id or said.user == _SLACKBOT or not _plain(said).strip():
        return []
    return [_signal(told, said)]


def _deleted(told: _Callback, at: datetime) -> Deleted:
    if told.event.deleted_ts is None:
        raise BadInput("$.event.deleted_ts", "missing")
    return _gone(told, told.event.deleted_ts, told.event.previous_message, at)


def _gone(told: _Callback, ts: str, known: _Message | None, at: datetime) -> Deleted:
    channel = told.event.channel
    thread = _key(channel, known.thread_ts or ts) if known else ""
    return Deleted(SOURCE.name, _INSTANCE, f"{channel}/{ts}", thread, at)


def _signal(told: _Callback, said: _Message) -> Signal:
    text, channel = _plain(said), told.event.channel
    root = said.thread_ts or said.ts
    return Signal(
        source=SOURCE.name,
        instance=_INSTANCE,
        kind="post" if root == said.ts else "comment",
        object_id=f"{channel}/{said.ts}",
        thread=_key(channel, root),
        url=_address(told.team_id, channel, said.ts, root),
        title="",
        headline=first_line(text),
        body=text,
        author=said.user or None,
        at=_moment(said.edited.ts if said.edited else said.ts),
    )


def _moment(ts: str) -> datetime:
    """Give the time of a wording: a first try that failed may be repeated after an edit has arrived."""
    return datetime.fromtimestamp(float(ts), UTC)


def _key(channel: str, ts: str) -> str:
    return f"{SOURCE.name}:{channel}/{ts}".lower()


def _address(team: str, channel: str, ts: str, root: str) -> str:
    """Make a link: permalinks hold the workspace's domain, which no event tells, while this needs its id only."""
    reply = {"thread_ts": root} if root != ts else {}
    return f"https://slack.com/app_redirect?{urlencode({'team': team, 'channel': channel, 'message_ts': ts} | reply)}"


def _plain(said: _Message) -> str:
    """Give the text as people see it; accounts without a name keep their id."""
    return _MARKUP.sub(_shown, said.text or "")


def _shown(found: re.Match[str]) -> str:
    if found["name"]:
        return _ESCAPED[found["name"]]
    what, label = (_MARKUP.sub(_shown, found[part] or "") for part in ("what", "label"))
    match found["sign"]:
        case "@" | "#" as sign:
            return f"{sign}{label or what}"
        case "!":
            return label or f"@{what}"
    named_after_itself = {label, f"http://{label}", f"https://{label}", f"mailto:{label}", f"tel:{label}"}
    return f"{label} ({what})" if label and what not in named_after_itself else label or what


def thread_of(url: str) -> str | None:
    """Give the thread key of a permalink, or of a link as the router makes it."""
    found = _message(url)
    return _key(found[0], found[2]) if found else None


def place_of(url: str) -> str | None:
    """Name the message that either of them leads to."""
    found = _message(url)
    return _key(found[0], found[1]) if found else None


def _message(url: str) -> tuple[str, str, str] | None:
    """Read channel, message and thread."""
    parts = web_parts(url)
    if parts is None or not _HOST.fullmatch(parts.hostname or ""):
        return None
    try:
        query = dict(parse_qsl(parts.query, max_num_fields=20))
    except ValueError:
        return None
    if page := _PERMALINK.fullmatch(parts.path):
        channel, ts = page["channel"], f"{page['seconds']}.{page['fraction']}"
    elif parts.path == "/app_redirect":
        channel, ts = query.get("channel", ""), query.get("message_ts", "")
    else:
        return None
    root = query.get("thread_ts", ts)
    sound = re.search(_CHANNEL, channel) and re.search(_STAMP, root)
    return (channel, ts, root) if sound else None


def sign(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """Make the headers with which Slack would send that body now."""
    sent = {"content-type": "application/json"} | {name.lower(): value for name, value in headers.items()}
    time = str(int(now.timestamp()))
    return sent | {_TIME.lower(): time, _SIGNATURE.lower(): _signature(secret, time, body)}


SOURCE = Source(
    name="slack",
    secrets=("SLACK_SIGNING_SECRET",),
    verify=verify,
    parse=parse,
    thread_of=thread_of,
    sign=sign,
    challenge=challenge,
    place_of=place_of,
)
