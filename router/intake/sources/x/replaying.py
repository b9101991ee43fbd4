"""What X sent and nobody took: its replay job sends it again, and what that can't reach is read from the mentions.

Facts from X's documentation of August 2026: "Webhooks" and "Account Activity API" (the job, its window, and that there
is one at a time), "X Activity API" (whose events are watched), "Get mentions" (the 800 newest, by pages of 100).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from router.core.errors import SourceError
from router.core.signals import same_address
from router.intake.api import Api, Reply
from router.intake.bodies import Moment
from router.intake.source import Missed, Setup
from router.intake.sources.x.posts import Id

T = TypeVar("T")

_API = "https://api.x.com/2"
_PATH = "/hooks/x"
_OLDEST = timedelta(hours=23, minutes=58)  # 24 hours, less what is lost in the rounding and on the way
_LATEST_START, _LATEST_END = timedelta(minutes=31), timedelta(minutes=10)
_JUST_NOW = timedelta(minutes=1)
_MINUTE = "%Y-%m-%dT%H:%MZ"
_PAGES = 8
_NO_RIGHT = "the app of X_BEARER_TOKEN has no right"
_REMEDIES: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "X_BEARER_TOKEN must be the bearer token of the app that has the webhook",
    HTTPStatus.FORBIDDEN: f"{_NO_RIGHT} to it",
    HTTPStatus.TOO_MANY_REQUESTS: "try again in 15 minutes",
}
_FIELDS = {
    "tweet.fields": "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,note_tweet,"
    "referenced_tweets,withheld",
    "expansions": "author_id",
    "user.fields": "username,protected",
    "max_results": "100",
}


class _Webhook(msgspec.Struct, frozen=True):
    id: Id
    url: str
    valid: bool = True


class _Webhooks(msgspec.Struct, frozen=True):
    data: list[_Webhook] = []


class _Filter(msgspec.Struct, frozen=True):
    user_id: Id | None = None


class _Subscription(msgspec.Struct, frozen=True):
    event_type: str
    filter: _Filter = _Filter()
    webhook_id: str | None = None


class _Subscriptions(msgspec.Struct, frozen=True):
    data: list[_Subscription] = []


class _Dated(msgspec.Struct, frozen=True):
    created_at: Moment


class _Meta(msgspec.Struct, frozen=True):
    next_token: str | None = None


class _Page(msgspec.Struct, frozen=True):
    data: list[dict[str, Any]] = []
    includes: dict[str, Any] = {}
    meta: _Meta = _Meta()


def replay(api: Api, setup: Setup, since: datetime, now: datetime) -> Iterator[Missed | str]:
    """Have X send again what it can, and read the mentions of the time before; all of it, where the app may not ask.

    What X sent in the last ten minutes it can't send again yet; the next run asks for that. Raises SourceError.
    """
    webhook = _webhook(api, setup)
    start, end = max(min(since, now - _LATEST_START), now - _OLDEST), now - _LATEST_END
    asked = _sent_again(api, webhook, start, end)
    until = start if asked else now - _JUST_NOW
    if since < until:
        try:
            yield from _mentioned(api, webhook, since, until)
        except SourceError as error:
            if not asked:
                raise SourceError(f"{_NO_RIGHT} to a replay job; {error}") from error
            yield f"what X sent before {until:{_MINUTE}} can't be had: {error}"
    if asked:
        yield f"X sends again what it sent from {start:{_MINUTE}} to {end:{_MINUTE}}"


def _webhook(api: Api, setup: Setup) -> _Webhook:
    """Find the webhook of this router: by its address, or as the only one, since X may know it by another address."""
    hooks = _read(_get(api, "/webhooks"), _Webhooks, "its webhooks").data
    found = [hook for hook in hooks if hook.url.rstrip("/").endswith(_PATH)]
    address = setup.settings.get("ROUTER_PUBLIC_URL", "") + _PATH
    ours = [hook for hook in found if same_address(hook.url, address)] or found
    if len(ours) != 1:
        raise SourceError(f"of X's webhooks {len(ours)} end in {_PATH}, and none is {address}: register that")
    if not ours[0].valid:
        remedy = f"have it checked anew with PUT {_API}/webhooks/{ours[0].id}"
        raise SourceError(f"X holds the webhook to be invalid and sends nothing: {remedy}")
    return ours[0]


def _sent_again(api: Api, webhook: _Webhook, start: datetime, end: datetime) -> bool:
    """Ask for the replay job; false when the app may not."""
    wanted = {"webhook_id": webhook.id, "from_date": f"{start:%Y%m%d%H%M}", "to_date": f"{end:%Y%m%d%H%M}"}
    answer = api.post(f"{_API}/webhooks/replay", _bearer(api), wanted)
    if answer.status == HTTPStatus.FORBIDDEN:
        return False
    _read(answer, dict[str, Any], "a replay job")
    return True


def _mentioned(api: Api, webhook: _Webhook, since: datetime, until: datetime) -> list[Missed]:
    """Read what mentioned any account that this webhook hears of, oldest first."""
    told = _read(_get(api, "/activity/subscriptions", max_results="1000"), _Subscriptions, "its subscriptions").data
    here = [one.filter.user_id for one in told if one.webhook_id == webhook.id and one.event_type.startswith("post.")]
    users = {user for user in here if user}
    if not users:
        raise SourceError("X Activity watches nobody whose mentions could be read")
    missed = [one for user in users for one in _mentions_of(api, user, since, until)]
    return sorted(missed, key=lambda one: one.at)


def _mentions_of(api: Api, user: str, since: datetime, until: datetime) -> list[Missed]:
    """Read what mentioned somebody, as X Activity would have told it."""
    window = {"start_time": f"{since:%Y-%m-%dT%H:%M:%SZ}", "end_time": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    found: list[Missed] = []
    following: dict[str, str] = {}
    for _ in range(_PAGES):
        answer = _get(api, f"/users/{user}/mentions", **_FIELDS, **window, **following)
        page = _read(answer, _Page, "the mentions")
        found.extend(_missed(user, post, page.includes) for post in page.data)
        if not page.meta.next_token:
            break
        following = {"pagination_token": page.meta.next_token}
    return found


def _missed(user: str, post: dict[str, Any], includes: dict[str, Any]) -> Missed:
    told = {
        "event_type": "post.mention.create",
        "filter": {"user_id": user},
        "payload": post,
        "includes": {"users": includes.get("users")},
    }
    at = _converted(post, _Dated, "the mentions").created_at
    return Missed({"content-type": "application/json"}, msgspec.json.encode({"data": told}), at)


def _get(api: Api, path: str, **query: str) -> Reply:
    return api.get(_API + path, _bearer(api), **query)


def _bearer(api: Api) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token}"}


def _read(answer: Reply, kind: type[T], what: str) -> T:
    if answer.status != HTTPStatus.OK:
        why = _REMEDIES.get(answer.status) or _said(answer.document)
        raise SourceError(f"asked for {what}, X answered {answer.status}: {why}")
    return _converted(answer.document, kind, what)


def _converted(document: Any, kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise SourceError(f"asked for {what}, X answered what can't be read: {error}") from error


def _said(document: Any) -> str:
    """Give X's own reason, as one line of plain characters."""
    told = document if isinstance(document, dict) else {}
    reason = " ".join(str(told.get("detail") or told.get("title") or "no reason given").split())
    return "".join(one for one in reason if one.isprintable())[:200]
