"""Posts of X, in the two shapes in which its products tell them, and the signals that they are.

Facts from X's documentation of August 2026: "Data dictionary" of the API v2, and of the enterprise API for the shape
that Account Activity keeps (v1.1); "Edit Posts". Decisions:

- An edit is a post with an id of its own; the first id of its history is the object, so that the edit is another
  version of it. Any of them may be named when it is deleted, since X deletes all of them then.
- What a quoted post says is left out: it is somebody else's, not every product sends it, and nobody would tell when it
  is deleted. Its address stands in the text.
- Both shapes of one post must give one wording, or it would be taken for two. So texts are whole, without HTML's
  escapes, and links are shown as what they lead to.
- A v1.1 post does not tell its conversation; the post that it answers is taken for it.
- The time is that of the version, which its id holds in every shape.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

from router.core.signals import Incoming, Signal, first_line

NAME, INSTANCE = "x", "x.com"

_LONGEST_LINK, _MOST_LINKS = 2048, 1000  # a post of 25,000 characters has no more
_EPOCH, _BELOW_THE_TIME = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC), 22  # X's "Snowflake"
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")
_SHORT = re.compile(r"https?://t\.co/\w+", re.ASCII)
_OWN_PAGES = re.compile(r"https?://(?:www\.|mobile\.)?(?:twitter|x)\.com/", re.IGNORECASE)

# Numbers are of 64 bits; JSON's readers round them, hence X sends them as texts.
Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{1,19}\Z")]


class Something(msgspec.Struct, frozen=True):
    """An object that is there or not."""


class _Link(msgspec.Struct, frozen=True):
    url: str | None = None
    expanded_url: str | None = None


class _Entities(msgspec.Struct, frozen=True):
    urls: list[_Link] | None = None
    media: list[_Link] | None = None


class _Note(msgspec.Struct, frozen=True):
    text: str
    entities: _Entities | None = None


class _Reference(msgspec.Struct, frozen=True):
    type: str
    id: Id


class Post(msgspec.Struct, frozen=True):
    """A post of the API v2. X's own description of the API calls some fields by names that nothing sends yet."""

    id: Id
    text: str
    author_id: Id | None = None
    conversation_id: Id | None = None
    entities: _Entities | None = None
    withheld: Something | None = None
    note_tweet: _Note | None = None
    note_post: _Note | None = None
    referenced_tweets: list[_Reference] | None = None
    referenced_posts: list[_Reference] | None = None
    edit_history_tweet_ids: list[Id] | None = None
    edit_history_post_ids: list[Id] | None = None


class User(msgspec.Struct, frozen=True):
    """An account of the API v2."""

    id: Id | None = None
    username: str | None = None
    protected: bool | None = None


class _OldUser(msgspec.Struct, frozen=True):
    id_str: Id
    screen_name: str | None = None
    protected: bool | None = None


class _OldNote(msgspec.Struct, frozen=True):
    full_text: str
    entities: _Entities | None = None


class _OldHistory(msgspec.Struct, frozen=True):
    initial_tweet_id: Id


class OldPost(msgspec.Struct, frozen=True):
    """A post of the API v1.1."""

    id_str: Id
    text: str
    user: _OldUser | None = None
    in_reply_to_status_id_str: Id | None = None
    entities: _Entities | None = None
    extended_tweet: _OldNote | None = None
    retweeted_status: Something | None = None
    edit_history: _OldHistory | None = None
    withheld_in_countries: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A post, whatever its shape was: `first` is its first version, `root` the post that its conversation began with.

    `own` when the author wrote it, rather than passing on another's post; `public` when everybody may read it.
    """

    id: str
    first: str
    root: str
    text: str
    author_id: str | None
    handle: str | None
    own: bool
    public: bool


def read(post: Post, users: Sequence[User]) -> Written:
    """Read a post of the API v2; `users` are the accounts that came with it."""
    history = post.edit_history_tweet_ids or post.edit_history_post_ids or [post.id]
    references = {one.type: one.id for one in post.referenced_tweets or post.referenced_posts or ()}
    root = post.conversation_id or references.get("replied_to") or post.id
    author = next((user for user in users if user.id == post.author_id), User())
    note = post.note_tweet or post.note_post
    return Written(
        id=post.id,
        first=history[0],
        root=history[0] if root in history else root,
        text=_whole(note.text, note.entities) if note else _whole(post.text, post.entities),
        author_id=post.author_id,
        handle=author.username,
        own="retweeted" not in references,
        public=not (author.protected or post.withheld),
    )


def read_old(post: OldPost) -> Written:
    """Read a post of the API v1.1."""
    note = post.extended_tweet
    first = post.edit_history.initial_tweet_id if post.edit_history else post.id_str
    return Written(
        id=post.id_str,
        first=first,
        root=post.in_reply_to_status_id_str or first,
        text=_whole(note.full_text, note.entities) if note else _whole(post.text, post.entities),
        author_id=post.user.id_str if post.user else None,
        handle=post.user.screen_name if post.user else None,
        own=post.retweeted_status is None,
        public=not ((post.user and post.user.protected) or post.withheld_in_countries),
    )


def _whole(text: str, entities: _Entities | None) -> str:
    """Undo what X does to a text: it escapes three characters, and shortens links."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    links = dict(_links(entities)) if entities else {}
    return _SHORT.sub(lambda short: links.get(short[0], short[0]), plain, count=_MOST_LINKS).strip()


def _links(entities: _Entities) -> Iterator[tuple[str, str]]:
    for link in (*(entities.urls or ()), *(entities.media or ())):
        if link.url and link.expanded_url and len(link.expanded_url) <= _LONGEST_LINK:
            yield link.url, _OWN_PAGES.sub("https://x.com/", link.expanded_url, count=1)


def signals(posts: Iterable[Written], watched: str | None) -> list[Incoming]:
    """Give what others than the watched account said in public, in words of their own."""
    return [
        _signal(post)
        for post in posts
        if post.own and post.public and post.text and (watched is None or post.author_id != watched)
    ]


def _signal(post: Written) -> Signal:
    handle = post.handle if post.handle and _HANDLE.fullmatch(post.handle) else None
    # The address of an answer does not tell the conversation; with the name it would seem to (see `thread_of`).
    name = handle if handle and post.root == post.id else "i"
    return Signal(
        source=NAME,
        instance=INSTANCE,
        kind="tweet",
        object_id=post.first,
        thread=key(post.root),
        url=f"https://x.com/{name}/status/{post.id}",
        title="",
        headline=first_line(post.text),
        body=post.text,
        author=handle or (f"id:{post.author_id}" if post.author_id else None),
        at=_moment(post.id),
        alias=post.id if post.id != post.first else "",
    )


def _moment(number: str) -> datetime:
    """Say when a post, or a version of one, was made: the upper bits of its id are milliseconds since X's own epoch."""
    return _EPOCH + timedelta(milliseconds=int(number) >> _BELOW_THE_TIME)


def key(root: str) -> str:
    """Give the key of the thread that begins with a post."""
    return f"{NAME}:{root}"
