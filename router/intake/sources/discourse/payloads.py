"""Discourse's bodies: which post or topic each is about, what was said in it, and what became of it.

Only the body is signed, so whatever counts is read from there; the headers say what happened, and on which forum. Who
has kept a genuine body can send it again under the name of another event. So a body which says of itself that its post
is deleted brings nothing back, and whether something is deleted can be asked (`asking.py`).

Facts from Discourse's source: `WebHookPostSerializer`, `ReviewableSerializer`, `PostDestroyer`, `PostRevisor`. A new
title arrives as an edit of the first post. What its author has deleted stays for a day, marked `user_deleted`; older
versions make the body of a deletion before they delete, hence without `deleted_at`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound
from router.core.signals import Deleted, Flagged, Incoming, Signal
from router.intake.bodies import Moment, Number, decode
from router.intake.sources.discourse.texts import said

NAME = "discourse"
EVENT = "X-Discourse-Event"
INSTANCE = "X-Discourse-Instance"

_BASE = re.compile(r"https?://[a-z0-9.-]*[a-z0-9](?::\d{1,5})?(?:/[\w.-]+)*/?", re.ASCII | re.IGNORECASE)
_PUBLIC = frozenset({"regular", "banner"})
_REGULAR = 1  # 2 and 3 tell what a moderator did, 4 is a whisper among the staff
_FLAGGED_POST = "ReviewableFlaggedPost"


class Post(msgspec.Struct, frozen=True):
    """A post. The system and bots have negative user ids; whose account is gone has neither name nor id."""

    id: Number
    post_number: Number
    post_type: int
    topic_id: Number
    topic_archetype: str | None = None
    topic_title: str | None = None
    raw: str | None = None
    cooked: str | None = None
    username: str | None = None
    user_id: int | None = None
    hidden: bool = False
    updated_at: Moment | None = None
    deleted_at: str | None = None
    user_deleted: bool | None = None

    @property
    def gone(self) -> bool:
        """Whether it was deleted, be it by its author or by the staff."""
        return bool(self.deleted_at or self.user_deleted)


class _Topic(msgspec.Struct, frozen=True):
    id: Number


class _Reviewable(msgspec.Struct, frozen=True):
    type: str
    post_id: Number | None = None


class _OfPost(msgspec.Struct, frozen=True):
    post: Post


class _OfTopic(msgspec.Struct, frozen=True):
    topic: _Topic


class _OfReviewable(msgspec.Struct, frozen=True):
    reviewable: _Reviewable


class _Keys(msgspec.Struct, frozen=True):
    ping: str | None = None


_POST = msgspec.json.Decoder(_OfPost)
_TOPIC = msgspec.json.Decoder(_OfTopic)
_REVIEWABLE = msgspec.json.Decoder(_OfReviewable)
_KEYS = msgspec.json.Decoder(_Keys)


@dataclass(frozen=True, slots=True)
class Forum:
    """A forum by its address, which has no slash at its end."""

    base: str

    @property
    def host(self) -> str:
        """Its name among instances, and in threads."""
        return urlsplit(self.base).hostname or ""

    def thread(self, topic_id: int) -> str:
        """Give the key of a topic's thread."""
        return f"{NAME}:{self.host}/{topic_id}"

    def same_as(self, other: "Forum | None") -> bool:
        """Whether both are one forum, reached by http or by https."""
        return other is not None and _place(self.base) == _place(other.base)


def _place(base: str) -> tuple[str, str]:
    parts = urlsplit(base)
    return parts.netloc.lower(), parts.path


def forum_at(base: str) -> Forum | None:
    """Read the address of a forum; None where there is none."""
    return Forum(base.rstrip("/")) if _BASE.fullmatch(base) else None


def parse(headers: Mapping[str, str], body: bytes, received_at: datetime, own: Forum | None) -> list[Incoming]:
    """Read what was said or what became of it; whatever else happens on a forum gives nothing. Raises BadInput.

    `own` is the forum of the settings. The body is JSON, even where the forum calls it a form.
    """
    forum = _sender(headers, own)
    event = headers.get(EVENT.lower(), "")
    if not event and decode(_KEYS, sound(body)).ping is None:
        raise BadInput(f"header {EVENT}", "missing")
    read = _EVENTS.get(event)
    return read(forum, sound(body), received_at) if read else []


def _sender(headers: Mapping[str, str], own: Forum | None) -> Forum:
    """Tell the forum. What the header says is not signed, so that it never wins over the settings."""
    given = headers.get(INSTANCE.lower())
    told = forum_at(given or "")
    if own is not None:
        if given is not None and not own.same_as(told):
            raise BadInput(f"header {INSTANCE}", "not the forum that DISCOURSE_URL names")
        return own
    if told is None:
        raise BadInput(f"header {INSTANCE}", "expected the forum's address" if given else "missing")
    return told


def _said(forum: Forum, text: str, at: datetime, *, recovered: bool = False) -> list[Incoming]:
    post = decode(_POST, text).post
    if post.gone:
        return [_deleted(forum, post, at)]
    if not _is_public(post) or post.hidden or (post.user_id or 0) < 0:
        return []
    signal = _signal(forum, post, at, recovered=recovered)
    return [signal] if (signal.title + signal.body).strip() else []


def _is_public(post: Post) -> bool:
    if post.topic_archetype is None:
        raise BadInput("$.post.topic_archetype", "missing")
    return post.topic_archetype in _PUBLIC and post.post_type == _REGULAR


def _signal(forum: Forum, post: Post, at: datetime, *, recovered: bool) -> Signal:
    headline = post.topic_title or ""
    return Signal(
        source=NAME,
        instance=forum.host,
        kind="post",
        object_id=f"post/{post.id}",
        thread=forum.thread(post.topic_id),
        # Without the topic's title, which an address may repeat, so that it goes when the text is erased.
        url=f"{forum.base}/t/{post.topic_id}/{post.post_number}",
        title=headline if post.post_number == 1 else "",
        headline=headline,
        body=said(post.raw, post.cooked),
        author=post.username or None,
        at=post.updated_at or at,
        recovered=recovered,
    )


def _deleted(forum: Forum, post: Post, at: datetime) -> Deleted:
    """Tell what is gone with a post: a topic whose first post the staff deletes goes as a whole."""
    whole = post.post_number == 1 and post.deleted_at
    return Deleted(NAME, forum.host, "" if whole else f"post/{post.id}", forum.thread(post.topic_id), at)


def _post_destroyed(forum: Forum, text: str, at: datetime) -> list[Incoming]:
    return [_deleted(forum, decode(_POST, text).post, at)]


def _topic_destroyed(forum: Forum, text: str, at: datetime) -> list[Incoming]:
    return [Deleted(NAME, forum.host, "", forum.thread(decode(_TOPIC, text).topic.id), at)]


def _flagged(forum: Forum, text: str, at: datetime) -> list[Incoming]:
    found = decode(_REVIEWABLE, text).reviewable
    if found.type != _FLAGGED_POST or found.post_id is None:
        return []
    return [Flagged(NAME, forum.host, f"post/{found.post_id}", f"{forum.base}/p/{found.post_id}", at)]


_EVENTS: Mapping[str, Callable[[Forum, str, datetime], list[Incoming]]] = {
    "post_created": _said,
    "post_edited": _said,
    "post_recovered": partial(_said, recovered=True),
    "post_destroyed": _post_destroyed,
    "topic_destroyed": _topic_destroyed,
    "reviewable_created": _flagged,
}
