"""X: what people write to watched accounts, or what matches a filter, by any of the products that send to a webhook.

Facts from X's documentation of August 2026: "Webhooks" (challenge, signature), "X Activity API", "Account Activity API"
and "Filtered Stream Webhooks" (bodies). The bodies of all three come to one address, and are told apart by their keys.

The challenge is answered with the key that also proves deliveries: whoever asks could have anything signed, and send it
as a body. So a challenge is never answered that could be one, and bodies are read as JSON alone.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound
from router.core.signals import Deleted, Incoming
from router.intake.bodies import decode, web_parts
from router.intake.signatures import hmac_sha256, signed_body
from router.intake.source import Source
from router.intake.sources.x.posts import (
    INSTANCE,
    NAME,
    Id,
    OldPost,
    Post,
    Something,
    User,
    key,
    read,
    read_old,
    signals,
)
from router.intake.sources.x.replaying import replay

_SIGNATURE = "x-twitter-webhooks-signature"
_QUESTION = "crc_token"
_TOKEN = re.compile(r"[!-z|~]{1,1000}")  # what can be printed, but no brace: without one nothing is a JSON object

_HOSTS = frozenset({f"{place}{host}" for host in ("x.com", "twitter.com") for place in ("", "www.", "mobile.")})
# Addresses with "i" for the name are those of posts that may be of another's conversation: see `posts.py`.
_PAGE = re.compile(
    r"/(?:(?P<unnamed>i(?:/web)?)|\w{1,50})/status(?:es)?/(?P<id>[1-9][0-9]{0,18})(?![\w-])", re.ASCII | re.IGNORECASE
)

_SAID = frozenset({"post.mention.create", "post.reply.create", "post.quote.create"})
_DELETED = "post.delete"


class _Told(msgspec.Struct, frozen=True):
    event_type: str | None = None


class _Gone(msgspec.Struct, frozen=True):
    id: Id


class _OldDeletion(msgspec.Struct, frozen=True):
    status: _Gone


class _Body(msgspec.Struct, frozen=True):
    """What tells the products apart, and all that is read of Account Activity."""

    data: _Told | None = None
    matching_rules: list[Something] | None = None
    for_user_id: Id | None = None
    tweet_create_events: list[OldPost] | None = None
    tweet_delete_events: list[_OldDeletion] | None = None


class _Includes(msgspec.Struct, frozen=True):
    users: list[User] | None = None


class _Match(msgspec.Struct, frozen=True):
    """A delivery of a filtered stream."""

    data: Post
    includes: _Includes | None = None


class _Filter(msgspec.Struct, frozen=True):
    user_id: Id | None = None


class _Said(msgspec.Struct, frozen=True):
    payload: Post
    filter: _Filter = _Filter()
    includes: _Includes | None = None


class _Activity(msgspec.Struct, frozen=True):
    data: _Said


class _Deletion(msgspec.Struct, frozen=True):
    payload: _Gone


class _DeletionActivity(msgspec.Struct, frozen=True):
    data: _Deletion


_BODY = msgspec.json.Decoder(_Body)
_MATCH = msgspec.json.Decoder(_Match)
_ACTIVITY = msgspec.json.Decoder(_Activity)
_DELETION = msgspec.json.Decoder(_DeletionActivity)


def _signature(secret: str, text: bytes) -> str:
    return f"sha256={b64encode(hmac_sha256(secret, text)).decode()}"


verify = signed_body(_SIGNATURE, _signature)


def challenge(query: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> dict[str, str] | None:
    """Show that the secret is known, with the newest where there are two. Raises BadInput."""
    token = query.get(_QUESTION)
    if token is None or body:
        return None
    if not _TOKEN.fullmatch(token):
        raise BadInput(f"query {_QUESTION}", "expected 1 to 1000 printable characters, no blank and no brace")
    return {"response_token": _signature(secrets[0], token.encode())}


def parse(
    headers: Mapping[str, str],  # noqa: ARG001  (X tells everything in the body)
    body: bytes,
    received_at: datetime,
) -> list[Incoming]:
    """Read what others wrote in public; what is private, what the watched account did, and reposts give nothing.

    Raises BadInput.
    """
    text = sound(body)
    told = decode(_BODY, text)
    if told.data and told.data.event_type:
        return _activity(told.data.event_type, text, received_at)
    if told.data and told.matching_rules is not None:
        match = decode(_MATCH, text)
        return signals([read(match.data, _users(match.includes))], None)
    if told.tweet_create_events or told.tweet_delete_events:
        return _account(told, received_at)
    return []


def _activity(event: str, text: str, at: datetime) -> list[Incoming]:
    if event == _DELETED:
        return [_deleted(decode(_DELETION, text).data.payload, at)]
    if event not in _SAID:
        return []
    said = decode(_ACTIVITY, text).data
    return signals([read(said.payload, _users(said.includes))], said.filter.user_id)


def _account(told: _Body, at: datetime) -> list[Incoming]:
    if told.for_user_id is None:
        raise BadInput("$.for_user_id", "missing")
    posts = [read_old(post) for post in told.tweet_create_events or ()]
    gone = [_deleted(one.status, at) for one in told.tweet_delete_events or ()]
    return [*signals(posts, told.for_user_id), *gone]


def _users(includes: _Includes | None) -> Sequence[User]:
    return (includes.users if includes else None) or ()


def _deleted(gone: _Gone, at: datetime) -> Deleted:
    return Deleted(NAME, INSTANCE, gone.id, "", at)


def thread_of(url: str) -> str | None:
    """Give the thread that begins with the post of an address on x.com or twitter.com.

    An address does not tell whether its post is an answer, and to what: that of an answer leads to a thread of its own.
    """
    page = _page(url)
    return key(page["id"]) if page and not page["unnamed"] else None


def place_of(url: str) -> str | None:
    """Name the post that an address leads to, whatever stands for its author."""
    page = _page(url)
    return page["id"] if page else None


def _page(url: str) -> re.Match[str] | None:
    parts = web_parts(url)
    return _PAGE.match(parts.path) if parts and parts.hostname in _HOSTS else None


def sign(
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    now: datetime,  # noqa: ARG001  (X signs no time)
) -> dict[str, str]:
    """Make the headers with which X would send that body."""
    sent = {"content-type": "application/json"} | {name.lower(): value for name, value in headers.items()}
    return sent | {_SIGNATURE: _signature(secret, body)}


SOURCE = Source(
    name=NAME,
    secrets=("X_CONSUMER_SECRET",),
    verify=verify,
    parse=parse,
    thread_of=thread_of,
    sign=sign,
    challenge=challenge,
    place_of=place_of,
    tokens=("X_BEARER_TOKEN",),
    replay=replay,
)
