"""What did not arrive: GitHub keeps a list of each webhook's deliveries, and sends none of them again by itself.

Facts from GitHub's documentation, "Handling failed webhook deliveries", and the pages of its REST API on webhooks of
repositories and of organisations. The list goes back three days, the newest first, and tells no bodies: each delivery
is asked for by itself. Every attempt is an entry, and the attempts of one delivery share a `guid`. The bytes that were
signed are gone, so what speaks for a body is the token with which it was asked for.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import msgspec

from router.core.errors import SourceError
from router.core.signals import same_address
from router.intake.api import Api, Reply
from router.intake.bodies import Moment
from router.intake.source import Missed, Setup
from router.intake.sources.github.events import EVENT, EVENTS
from router.intake.sources.github.threads import NAME

TOKENS = ("GITHUB_REPLAY_TOKEN", "GITHUB_TOKEN")
MOST_PAGES = 500  # of a hundred entries each
MOST_WITHHELD = 5  # deliveries that are not given before no more are asked for

_API = "https://api.github.com"
_ARRIVED, _DELETED = "OK", "deleted"
_NEXT = re.compile(r'<[^>]*[?&](?P<name>cursor|page)=(?P<value>[^&>]+)[^>]*>; *rel="next"')
_LIMITED, _HIDDEN, _RENAMED = {403, 429}, {403, 404}, {301, 302, 307, 308}

T = TypeVar("T")


class _Config(msgspec.Struct, frozen=True):
    url: str | None = None


class _Hook(msgspec.Struct, frozen=True):
    id: int
    config: _Config


class _Attempt(msgspec.Struct, frozen=True):
    """An entry of the list."""

    id: int
    guid: str
    delivered_at: Moment
    status: str
    event: str
    action: str | None = None

    @property
    def is_read(self) -> bool:
        """Whether anything comes of such a delivery."""
        return self.event in EVENTS and self.action in EVENTS[self.event].actions


class _Request(msgspec.Struct, frozen=True):
    payload: Any = None


class _Delivery(msgspec.Struct, frozen=True):
    request: _Request


class _Hidden(SourceError):
    """The token has no right to see it, or it is not there: GitHub makes no difference."""


def replay(api: Api, setup: Setup, since: datetime, now: datetime) -> Iterator[Missed]:
    """Give what GitHub sent to this router since then and could not deliver, oldest first. Raises SourceError.

    Deletions since the first of them are given once more, or what was deleted before it was known would stay. One that
    GitHub does not give hides no other: that it is still missing is said at the end.
    """
    attempts = [(hook, one) for hook in _webhooks(api, setup, now) for one in hook.attempts(since) if one.is_read]
    arrived = {one.guid for _, one in attempts if one.status == _ARRIVED}
    lost = {one.guid: (hook, one) for hook, one in attempts if one.guid not in arrived}
    first = min((one.delivered_at for _, one in lost.values()), default=now)
    gone = {one.guid: (hook, one) for hook, one in attempts if one.action == _DELETED and one.delivered_at >= first}
    withheld: list[SourceError] = []
    for hook, one in sorted((lost | gone).values(), key=lambda found: found[1].delivered_at):
        try:
            delivery = hook.delivery(one)
        except SourceError as error:
            withheld.append(error)
            if len(withheld) == MOST_WITHHELD:
                break
        else:
            yield delivery
    if withheld:
        raise SourceError(f"{len(withheld)} of what was missed GitHub did not give: {withheld[0]}")


def _webhooks(api: Api, setup: Setup, now: datetime) -> "list[_Webhook]":
    """Find the webhooks that lead to this router: those of the policy file's repositories, and the organisation's.

    That the organisation's are not shown does not matter where the repositories have their own.
    """
    public = setup.settings.get("ROUTER_PUBLIC_URL", "").rstrip("/")
    if not public:
        raise SourceError("set ROUTER_PUBLIC_URL: by it the router's webhooks are found on GitHub")
    address = f"{public}/hooks/{NAME}"
    repositories = [
        _Place(api, now, name, f"repos/{name}", "read:repo_hook or repo") for name in setup.repositories.get(NAME, ())
    ]
    organisation = setup.organisation
    found = [hook for place in repositories for hook in place.webhooks(address)]
    if organisation:
        try:
            found += _Place(api, now, organisation, f"orgs/{quote(organisation, '')}", "admin:org_hook").webhooks(
                address
            )
        except _Hidden:
            if not found:
                raise
    if found:
        return found
    asked = ", ".join([*(place.name for place in repositories), *([organisation] if organisation else [])])
    if not asked:
        raise SourceError(
            'say where the webhooks are: [sources.github] repositories = ["owner/name"] in the policy file'
        )
    raise SourceError(f"no webhook of {asked} leads to {address}: set ROUTER_PUBLIC_URL to what GitHub sends to")


@dataclass(frozen=True, slots=True)
class _Place:
    """A repository or an organisation, as GitHub's API has it below `path`; `scope` is what a classic token needs."""

    api: Api
    now: datetime
    name: str
    path: str
    scope: str

    def webhooks(self, address: str) -> "list[_Webhook]":
        """Find those that lead to an address."""
        listed = [hook for page in self.pages("hooks", list[_Hook]) for hook in page]
        return [_Webhook(self, hook.id) for hook in listed if same_address(hook.config.url, address)]

    def pages(self, below: str, kind: type[T]) -> Iterator[T]:
        """Ask for a list, page by page."""
        query: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            reply = self._ask(below, per_page="100", **query)
            yield _read(reply, kind)
            following = _NEXT.search(reply.headers.get("link", ""))
            if following is None:
                return
            query = {following["name"]: unquote(following["value"])}
        raise SourceError(f"GitHub tells of more than {MOST_PAGES * 100} deliveries: ask for a shorter time")

    def one(self, below: str, kind: type[T]) -> T:
        """Ask for one thing."""
        return _read(self._ask(below), kind)

    def _ask(self, below: str, **query: str) -> Reply:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.api.token}",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        reply = self.api.get(f"{_API}/{self.path}/{below}", headers, **query)
        if reply.status != HTTPStatus.OK:
            raise self._refusal(reply)
        return reply

    def _refusal(self, reply: Reply) -> SourceError:
        status, until = reply.status, _limited_until(reply.headers, self.now)
        if status in _LIMITED and until:
            return SourceError(f"GitHub answers no more questions before {until:%Y-%m-%d %H:%M} UTC: try again then")
        if status == HTTPStatus.UNAUTHORIZED:
            return SourceError(f"GitHub does not take the token: make a new one, and set {' or '.join(TOKENS)}")
        if status in _HIDDEN:
            needed = f'"Webhooks" (read) for a fine-grained token, the scope {self.scope} for a classic one'
            return _Hidden(f"GitHub does not show the webhooks of {self.name} to this token, which needs {needed}")
        if status in _RENAMED:
            return SourceError(f"{self.name} goes by another name on GitHub now: write that into the policy file")
        return SourceError(f"GitHub answered {status} about {self.name}: try again later")


@dataclass(frozen=True, slots=True)
class _Webhook:
    """One that leads to this router."""

    place: _Place
    id: int

    def attempts(self, since: datetime) -> Iterator[_Attempt]:
        """List attempts to deliver, the newest first."""
        for page in self.place.pages(f"hooks/{self.id}/deliveries", list[_Attempt]):
            for one in page:
                if one.delivered_at <= since:
                    return
                yield one

    def delivery(self, attempt: _Attempt) -> Missed:
        """Ask for the body. GitHub gives it as JSON, however it was sent."""
        found = self.place.one(f"hooks/{self.id}/deliveries/{attempt.id}", _Delivery)
        headers = {"content-type": "application/json", EVENT.lower(): attempt.event, "x-github-delivery": attempt.guid}
        return Missed(headers, msgspec.json.encode(found.request.payload), attempt.delivered_at)


def _limited_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Say when GitHub answers again, if it told: its page "Rate limits for the REST API"."""
    with suppress(ValueError, OverflowError, OSError, KeyError):
        if "retry-after" in headers:
            return now + timedelta(seconds=int(headers["retry-after"]))
        if headers.get("x-ratelimit-remaining") == "0":
            return datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), UTC)
    return None


def _read(reply: Reply, kind: type[T]) -> T:
    try:
        return msgspec.convert(reply.document, kind)
    except msgspec.ValidationError as error:
        raise SourceError(f"GitHub answered something unexpected: {error}") from error
