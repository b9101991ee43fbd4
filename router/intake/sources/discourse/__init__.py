"""Discourse: what people write in the topics of a forum that everybody may read.

Facts from Discourse's source, `EmitWebHookEvent` and `WebHook`: the headers, the signature, which events there are.
Private messages, whispers, actions of moderators, bots, and all that is not a post are left alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound
from router.core.signals import Incoming
from router.intake.bodies import decode, web_parts
from router.intake.signatures import sha256_in_hex, signed_body
from router.intake.source import Setup, Source
from router.intake.sources.discourse import payloads
from router.intake.sources.discourse.asking import confirms, replay
from router.intake.sources.discourse.payloads import EVENT, INSTANCE, NAME, Forum, forum_at

_SIGNATURE = "X-Discourse-Event-Signature"
_EXAMPLE = "https://forum.example"
# /t/title/12/3, /t/title/12, /t/12/3 and /t/12: with two numbers and no title the first is the topic's.
_PAGE = re.compile(r"/t/(?:(?!\d+(?:/|$))[^/]+/)?(?P<topic>[1-9]\d{0,17})(?:/(?P<post>\d+))?/?", re.ASCII)
_KEYS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_FIRST_OF = {"post": "post_created", "topic": "topic_created", "reviewable": "reviewable_created", "ping": "ping"}

verify = signed_body(_SIGNATURE, sha256_in_hex)


def _event_of(body: bytes) -> str:
    """Tell the event by what the body is about: that this is new."""
    keys = decode(_KEYS, sound(body)).keys()
    found = next((event for key, event in _FIRST_OF.items() if key in keys), None)
    if found is None:
        raise BadInput(f"header {EVENT}", "missing, and the body does not tell the event")
    return found


@dataclass(frozen=True, slots=True)
class _Sender:
    """The forum of the settings, or whichever sends where they name none."""

    own: Forum | None

    def parse(self, headers: Mapping[str, str], body: bytes, received_at: datetime) -> list[Incoming]:
        """Read what was said or what became of it. Raises BadInput."""
        return payloads.parse(headers, body, received_at, self.own)

    def thread_of(self, url: str) -> str | None:
        """Give the thread key of a topic's page, and of all posts in it."""
        thread, _ = self._page(url)
        return thread

    def place_of(self, url: str) -> str | None:
        """Name the post that an address leads to; people's own have the topic's title in them, and who shared them."""
        thread, post = self._page(url)
        return f"{thread}/{post}" if post else None

    def _page(self, url: str) -> tuple[str | None, str | None]:
        parts = web_parts(url)
        forum = self.own or (forum_at(f"{parts.scheme}://{parts.netloc}") if parts else None)
        if parts is None or forum is None:
            return None, None
        root = urlsplit(forum.base)
        page = _PAGE.fullmatch(parts.path.removeprefix(root.path))
        theirs = parts.netloc.lower() == root.netloc.lower() and parts.path.startswith(root.path)
        return (forum.thread(int(page["topic"])), page["post"]) if page and theirs else (None, None)

    def sign(
        self,
        headers: Mapping[str, str],
        body: bytes,
        secret: str,
        now: datetime,  # noqa: ARG002  (Discourse signs no time)
    ) -> dict[str, str]:
        """Make the headers with which the forum would send that body. Raises BadInput where the event can't be told."""
        sent = {"content-type": "application/json", "x-discourse-event-id": uuid4().hex}
        sent[INSTANCE.lower()] = self.own.base if self.own else _EXAMPLE
        sent |= {name.lower(): value for name, value in headers.items()}
        if EVENT.lower() not in sent:
            sent[EVENT.lower()] = _event_of(body)
        return sent | {_SIGNATURE.lower(): sha256_in_hex(secret, body)}


def configure(setup: Setup) -> Sequence[Source]:
    """Make the source of the forum that the settings name."""
    address = setup.settings.get("DISCOURSE_URL")
    return [_source(Forum(address) if address else None)]


def _source(own: Forum | None) -> Source:
    sender = _Sender(own)
    return Source(
        name=NAME,
        secrets=("DISCOURSE_WEBHOOK_SECRET",),
        verify=verify,
        parse=sender.parse,
        thread_of=sender.thread_of,
        sign=sender.sign,
        place_of=sender.place_of,
        configure=configure,
        tokens=("DISCOURSE_API_KEY",),
        replay=replay,
        confirms=confirms,
    )


SOURCE = _source(None)
