"""What a forum's own API says: which posts were written lately, and whether one is still there.

Facts from Discourse's source: `PostsController` and `LatestPostsQuery` (the newest posts by pages of 50, of topics that
are not private; older versions look at the 50 ids up to `before` instead, of which perhaps none is public), and its
"Global rate limits" (what it answers to who asks too often).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from time import sleep
from typing import Any

import msgspec

from router.core.errors import SourceError
from router.core.signals import Deleted, Incoming, Signal
from router.intake.api import Api, Reply
from router.intake.bodies import Moment
from router.intake.source import Missed, Setup
from router.intake.sources.discourse.payloads import EVENT, INSTANCE, Forum, Post

_IDS = 50
_EMPTY_PAGES = 20  # in a row: that many ids of private messages alone, or the beginning of the forum
_MOST_PAGES = 1000
_TRIES = 5
_LONGEST_WAIT = 60.0  # seconds
_FIRST_PAGE: Mapping[str, str] = {}
_NOT_THERE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_WRONG_KEY = "DISCOURSE_API_KEY must be a key of the user that DISCOURSE_API_USERNAME names, and may at least read"
_REMEDIES: Mapping[int, str] = {
    HTTPStatus.MOVED_PERMANENTLY: "DISCOURSE_URL must be the address that the forum has for itself",
    HTTPStatus.FOUND: f"{_WRONG_KEY}; and DISCOURSE_URL must be the address that the forum has for itself",
    HTTPStatus.FORBIDDEN: _WRONG_KEY,
    HTTPStatus.NOT_FOUND: "DISCOURSE_URL leads to no forum",
    HTTPStatus.TOO_MANY_REQUESTS: "others ask it with the same key; try again later",
}


class _Listed(Post, frozen=True, kw_only=True):
    created_at: Moment


class _Page(msgspec.Struct, frozen=True):
    latest_posts: list[_Listed]


def replay(api: Api, setup: Setup, since: datetime, now: datetime) -> Iterator[Missed]:  # noqa: ARG001  (until now)
    """Give each post that was written since then, as it is now and as a webhook would have told it.

    Which of them have arrived the forum can't tell; they are known here. Of hidden posts it shows no text. Raises
    SourceError.
    """
    address, user = setup.settings.get("DISCOURSE_URL"), setup.settings.get("DISCOURSE_API_USERNAME")
    if not address or not user:
        raise SourceError("the forum can't be asked without DISCOURSE_URL and DISCOURSE_API_USERNAME")
    found = _written_since(api, Forum(address), user, since)
    return (_missed(address, found[number]) for number in sorted(found) if not found[number].hidden)


def _written_since(api: Api, forum: Forum, user: str, since: datetime) -> dict[int, _Listed]:
    """Walk back until a whole page is older, and give the posts by id."""
    found: dict[int, _Listed] = {}
    before, empty = 0, 0
    for _ in range(_MOST_PAGES):
        page = _page(api, forum, user, before)
        if not page and not before:
            raise SourceError(f"{forum.host} shows {user} no posts: that user has to see what everybody may read")
        new = {post.id: post for post in page if not before or post.id < before}
        recent = {number: post for number, post in new.items() if post.created_at >= since}
        found |= recent
        empty = 0 if new else empty + 1
        before = min(new) if new else before - _IDS
        if before <= 1 or empty > _EMPTY_PAGES or (new and not recent):
            return found
    raise SourceError(f"{forum.host} has too many posts since {since:%Y-%m-%d}; ask for less at once")


def confirms(api: Api, setup: Setup, told: Incoming) -> bool:
    """Ask whether what is told to be deleted is not there, and what is told to be there again is.

    Raises SourceError.
    """
    address, user = setup.settings.get("DISCOURSE_URL"), setup.settings.get("DISCOURSE_API_USERNAME")
    if not address or not user or not isinstance(told, Deleted | Signal):
        return True
    path = f"posts/{told.object_id.rpartition('/')[2]}" if told.object_id else f"t/{told.thread.rpartition('/')[2]}"
    answer = api.get(f"{address}/{path}.json", _headers(api, user))
    is_there = _is_there(answer, Forum(address))
    return not is_there if isinstance(told, Deleted) else is_there


def _is_there(answer: Reply, forum: Forum) -> bool:
    found = answer.document
    if answer.status == HTTPStatus.OK and isinstance(found, dict):
        return not found.get("deleted_at") and not found.get("user_deleted")
    if answer.status in _NOT_THERE:
        return False
    raise SourceError(f"{forum.host} answered {answer.status}")


def _headers(api: Api, user: str) -> dict[str, str]:
    return {"Api-Key": api.token, "Api-Username": user, "Accept": "application/json"}


def _page(api: Api, forum: Forum, user: str, before: int) -> list[_Listed]:
    query = {"before": str(before)} if before else _FIRST_PAGE
    for _ in range(_TRIES):
        answer = api.get(f"{forum.base}/posts.json", _headers(api, user), **query)
        if answer.status != HTTPStatus.TOO_MANY_REQUESTS:
            break
        sleep(_wait(answer))
    if answer.status != HTTPStatus.OK:
        remedy = _REMEDIES.get(answer.status, "try again later")
        raise SourceError(f"{forum.host} answered {answer.status} when asked for its latest posts: {remedy}")
    try:
        return msgspec.convert(answer.document, _Page).latest_posts
    except msgspec.ValidationError as error:
        raise SourceError(f"{forum.host} answered with something else than its latest posts: {error}") from error


def _wait(answer: Reply) -> float:
    """Say how long the forum wants to be left alone."""
    told: Any = answer.headers.get("retry-after")
    with suppress(AttributeError, KeyError, TypeError):
        told = answer.document["extras"]["wait_seconds"]
    with suppress(TypeError, ValueError):
        return min(max(0.0, float(told)), _LONGEST_WAIT)  # in this order "nan" is 0
    return _LONGEST_WAIT


def _missed(address: str, post: _Listed) -> Missed:
    told = msgspec.structs.replace(post, topic_archetype="regular")
    headers = {EVENT.lower(): "post_created", INSTANCE.lower(): address, "content-type": "application/json"}
    return Missed(headers, msgspec.json.encode({"post": told}), post.created_at)
