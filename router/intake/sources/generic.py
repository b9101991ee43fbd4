"""Generic senders: whoever signs as Standard Webhooks says, with JSON of any shape or CloudEvents.

Facts from the specification "Standard Webhooks" 1.0.0 (headers, signatures, why an id holds no full stop), and from
CloudEvents 1.0: "JSON Event Format" and "HTTP Protocol Binding". CloudEvents in binary mode are refused: they keep id
and source in headers, which are not signed.

Each sender is a source of its own, named like `generic/shop`. Where its bodies have what, the policy file says; an
event whose `type` ends in `deleted` tells that something was deleted.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import msgspec

from router.core.errors import BadInput, ProofFailed, ProofFault
from router.core.json_text import sound
from router.core.signals import Deleted, Incoming, Signal, first_line
from router.intake.bodies import Moment, decode, host_of
from router.intake.signatures import check_time, hmac_sha256, matching_secret_of
from router.intake.source import Setup, Source

_ID, _TIME, _SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_PREFIX = "whsec_"
_SETTING = "GENERIC_SECRETS"
_EVENT, _EVENTS = "application/cloudevents+json", "application/cloudevents-batch+json"

_ENTRY = re.compile(r"v[0-9]{1,4}[a-z]?,[A-Za-z0-9+/]+={0,2}")
_MOST_EVENTS = 100  # of one body
_LONGEST_ID, _LONGEST_TITLE = 200, 250  # characters
_LARGEST_NUMBER = 2**63
_USUAL = {key: f"data.{key}" for key in ("id", "thread", "title", "body", "author", "url")}

_OBJECT = msgspec.json.Decoder(dict[str, Any])
_OBJECTS = msgspec.json.Decoder(list[dict[str, Any]])


def verify(headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> int:
    """Say which secret made one of the signatures over id, time and body, within five minutes. Raises ProofFailed."""
    given, sent_id, time = headers.get(_SIGNATURE), headers.get(_ID), headers.get(_TIME)
    if given is None:
        raise ProofFailed(ProofFault.MISSING, _SIGNATURE)
    if sent_id is None:
        raise ProofFailed(ProofFault.MISSING, _ID)
    entries = given.split(" ")
    if "." in sent_id or not all(map(_ENTRY.fullmatch, entries)):
        raise ProofFailed(ProofFault.WRONG, _SIGNATURE)
    index = matching_secret_of(
        _SIGNATURE, entries, secrets, lambda secret: _signature(secret, sent_id, time or "", body)
    )
    check_time(_TIME, time, now)
    return index


def _signature(secret: str, sent_id: str, time: str, body: bytes) -> str:
    signed = f"{sent_id}.{time}.".encode("utf-8", "surrogatepass") + body
    return f"v1,{base64.b64encode(hmac_sha256(_key(secret), signed)).decode()}"


def _key(secret: str) -> str | bytes:
    """Take the key out of `whsec_` and base64; whatever is not written so is the key itself."""
    encoded = secret.removeprefix(_PREFIX)
    if encoded == secret:
        return secret
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return secret


def sign(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """Make the headers with which a sender would send that body now."""
    sent = {"content-type": "application/json", _ID: f"msg_{uuid4().hex}"}
    sent |= {name.lower(): value for name, value in headers.items()}
    time = str(int(now.timestamp()))
    return sent | {_TIME: time, _SIGNATURE: _signature(secret, sent[_ID], time, body)}


@dataclass(frozen=True, slots=True)
class _Event:
    """One object of a body, at `place` of it: whose ids are told apart by `instance`, and its id if it has no other."""

    place: str
    document: dict[str, Any]
    instance: str
    own_id: str


@dataclass(frozen=True, slots=True)
class _Fields:
    """What one event has in the places that a sender's mapping names. Every reading may raise BadInput."""

    event: _Event
    paths: Mapping[str, str]

    def text(self, key: str) -> str:
        """Give a text; "" where there is none."""
        path, value = self._at(key)
        if value is not None and not isinstance(value, str):
            raise BadInput(path, "expected a text")
        return value or ""

    def id(self, key: str) -> str | None:
        """Give an id, be it a text or a number; None where there is none."""
        path, value = self._at(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER:
            return str(value)
        return _checked_id(path, value)

    def url(self) -> str:
        """Give the address."""
        path, value = self._at("url")
        if not isinstance(value, str):
            raise BadInput(path, "missing" if value is None else "expected a text")
        host_of(path, value)
        return value

    def author(self) -> str | None:
        """Give who said it; None where nobody is named."""
        found = self.text("author").strip()
        if len(found) > _LONGEST_ID:
            raise BadInput(self._at("author")[0], f"longer than {_LONGEST_ID} characters")
        return found or None

    def missing(self, key: str) -> BadInput:
        """Say that something has to be there."""
        return BadInput(self._at(key)[0], "missing")

    def _at(self, key: str) -> tuple[str, Any]:
        """Follow the path from one object to the next; None for what is not there."""
        place: str = self.event.place
        value: Any = self.event.document
        for name in self.paths[key].split("."):
            if value is not None and not isinstance(value, dict):
                raise BadInput(place, "expected an object")
            place, value = f"{place}.{name}", value.get(name) if value is not None else None
        return place, value


def _checked_id(path: str, value: object) -> str:
    found = value.strip() if isinstance(value, str) else ""
    if not found or len(found) > _LONGEST_ID or not found.isprintable():
        raise BadInput(path, f"expected an id of 1 to {_LONGEST_ID} printable characters")
    return found


@dataclass(frozen=True, slots=True)
class _Sender:
    """One sender, by its name in paths and thread keys, and where its bodies have what."""

    name: str
    paths: Mapping[str, str]

    def parse(self, headers: Mapping[str, str], body: bytes, received_at: datetime) -> list[Incoming]:
        """Read what was said or deleted; what has no text gives nothing. Raises BadInput."""
        found = (self._incoming(event, received_at) for event in _events(self.instance, headers, sound(body)))
        return [one for one in found if one]

    def thread_of(self, url: str) -> str | None:  # noqa: ARG002  (what a sender's addresses mean, nobody told)
        """Know no address."""
        return None

    @property
    def instance(self) -> str:
        """The sender's own name."""
        return self.name.rpartition("/")[2]

    def _incoming(self, event: _Event, at: datetime) -> Incoming | None:
        fields = _Fields(event, self.paths)
        if str(event.document.get("type")).rpartition(".")[2] == "deleted":
            return self._deleted(fields, at)
        title, body = fields.text("title").strip(), fields.text("body")
        if len(title) > _LONGEST_TITLE:  # a text, whatever the sender calls it
            title, body = "", f"{title}\n\n{body}".strip()
        if not (title + body).strip():
            return None
        object_id, thread = fields.id("id") or event.own_id, fields.id("thread")
        return Signal(
            source=self.name,
            instance=event.instance,
            kind="post" if thread in {None, object_id} else "comment",
            object_id=object_id,
            thread=self._key(event, thread or object_id),
            url=fields.url(),
            title=title,
            headline=title or first_line(body),
            body=body,
            author=fields.author(),
            at=_moment(event.document, at),
        )

    def _deleted(self, fields: _Fields, at: datetime) -> Deleted:
        object_id, thread = fields.id("id"), fields.id("thread")
        if object_id is None:
            raise fields.missing("id")
        return Deleted(
            self.name, fields.event.instance, object_id, self._key(fields.event, thread) if thread else "", at
        )

    def _key(self, event: _Event, thread: str) -> str:
        place = "" if event.instance == self.instance else f"{event.instance}:"
        return f"{self.name}:{place}{thread}".lower()


def _moment(document: dict[str, Any], received_at: datetime) -> datetime:
    """Say when it happened, if that is told: an earlier wording may be sent again after a later one has come."""
    told = document.get("time" if "specversion" in document else "timestamp")
    with suppress(msgspec.ValidationError, OverflowError):
        return min(msgspec.convert(told, Moment).astimezone(UTC), received_at)
    return received_at


def _events(instance: str, headers: Mapping[str, str], text: str) -> Iterator[_Event]:
    """Read the objects of a body. Raises BadInput."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == _EVENT:
        yield _cloud_event("$", decode(_OBJECT, text))
    elif content_type == _EVENTS:
        documents = decode(_OBJECTS, text)
        if len(documents) > _MOST_EVENTS:
            raise BadInput("$", f"more than {_MOST_EVENTS} events")
        yield from (_cloud_event(f"$[{number}]", one) for number, one in enumerate(documents))
    elif content_type.startswith("application/cloudevents"):
        raise BadInput("header content-type", f"of CloudEvents, {_EVENT} and {_EVENTS} are read")
    elif "ce-specversion" in headers:
        raise BadInput("header ce-specversion", f"headers are not signed: send the event as {_EVENT}")
    else:
        own_id, document = _checked_id(f"header {_ID}", headers.get(_ID)), decode(_OBJECT, text)
        # The header is not signed: what says of itself that it is a CloudEvent, stays one under any other.
        is_event = "specversion" in document
        yield _cloud_event("$", document) if is_event else _Event("$", document, instance, own_id)


def _cloud_event(place: str, document: dict[str, Any]) -> _Event:
    if document.get("specversion") != "1.0":
        raise BadInput(f"{place}.specversion", "expected 1.0")
    source, event_id = (_checked_id(f"{place}.{key}", document.get(key)) for key in ("source", "id"))
    # Without a colon, so that what follows it in the names of objects and threads can't be taken for a part of it.
    return _Event(place, document, quote(source, safe="/"), event_id)


def _configured(setup: Setup) -> list[Source]:
    """Make a source of each sender that has a secret, or a table in the policy file."""
    listed = [name for name in setup.fields if name.startswith(f"{SOURCE.name}/")]
    names = dict.fromkeys([*(f"{SOURCE.name}/{one}" for one in setup.senders), *listed])
    return [_source(name, setup.fields.get(name, {}), f"{_SETTING}/{name.partition('/')[2]}") for name in names]


def _source(name: str, paths: Mapping[str, str], setting: str) -> Source:
    sender = _Sender(name, {**_USUAL, **paths})
    return Source(
        name=name, secrets=(setting,), verify=verify, parse=sender.parse, thread_of=sender.thread_of, sign=sign
    )


# Of a sender that nobody told anything of; an installation has those of `_configured` in its place.
SOURCE = replace(_source("generic", {}, _SETTING), configure=_configured)
