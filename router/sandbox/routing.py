"""From a request to the function that answers it: paths, tokens, the parts of a body."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeGuard, TypeVar

from router.sandbox.errors import bad_body, bad_url
from router.sandbox.faults import Fault, Faults
from router.sandbox.outbound import Dispatcher
from router.sandbox.records import Json, User
from router.sandbox.state import State

_T = TypeVar("_T")

_ID_LENGTH = 26
_MOST_PER_PAGE = 200


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: JSON, or plain text where `text` is given."""

    payload: Any = None
    status: int = HTTPStatus.OK
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The bytes to send."""
        return (json.dumps(self.payload) if self.text is None else self.text).encode()

    @property
    def content_type(self) -> str:
        """The media type of the body."""
        return "application/json" if self.text is None else "text/plain; charset=utf-8"


OK = Reply({"status": "OK"})


@dataclass(frozen=True, slots=True)
class Server:
    """What every endpoint may use."""

    state: State
    faults: Faults
    dispatcher: Dispatcher


@dataclass(slots=True)
class Call:
    """One request on its way through an endpoint. `me` is the caller; None only on routes that need no token."""

    server: Server
    method: str
    path: str
    arguments: dict[str, str]
    query: dict[str, str]
    raw: bytes
    caller: User | None
    content_type: str = ""
    fault: Fault | None = None

    @property
    def state(self) -> State:
        """The server's memory."""
        return self.server.state

    @property
    def me(self) -> User:
        """The caller; only on routes that need a token."""
        assert self.caller is not None
        return self.caller

    def id(self, name: str) -> str:
        """Return an id of the path, `me` replaced; one of another length than an id's is a 400."""
        value = self.arguments[name]
        if name == "user_id" and value == "me":
            return self.me.id
        if len(value) != _ID_LENGTH:
            raise bad_url(name)
        return value

    @property
    def parsed(self) -> Any:
        """The body as JSON; anything else is a 400."""
        try:
            return json.loads(self.raw)
        except ValueError as error:
            raise bad_body("body") from error

    @property
    def body(self) -> Json:
        """The body as a JSON object; anything else is a 400."""
        data = self.parsed
        if not isinstance(data, dict):
            raise bad_body("body")
        return data

    def strings(self, name: str = "user_ids") -> list[str]:
        """Return the body as a list of strings; anything else, or an empty list, is a 400."""
        data = self.parsed
        if not isinstance(data, list) or not data or not all(isinstance(item, str) for item in data):
            raise bad_body(name)
        return data

    def flag(self, name: str) -> bool:
        """Whether a query parameter says true."""
        return self.query.get(name) == "true"

    def number(self, name: str, default: int = 0) -> int:
        """Return a whole number of the query; what is none counts as the default."""
        value = self.query.get(name, "")
        return int(value) if value.isdigit() else default

    def page_of(self, items: list[_T]) -> list[_T]:
        """Return the asked page: `page` from 0, `per_page` 60 unless told and 200 at most."""
        size = min(self.number("per_page", 60) or 60, _MOST_PER_PAGE)
        start = self.number("page") * size
        return items[start : start + size]


def is_id(value: object) -> TypeGuard[str]:
    """Whether a value has the shape of an id."""
    return isinstance(value, str) and len(value) == _ID_LENGTH and value.isalnum()


def text_of(body: Json, name: str, default: str | None = None) -> str:
    """Return a string of a body; a wrong type, or absence without a default, is a 400."""
    value = body.get(name, default)
    if not isinstance(value, str):
        raise bad_body(name)
    return value


Endpoint = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One method and path; `{name}` stands for a part of the path, `{name:pattern}` for one of its own shape."""

    method: str
    pattern: re.Pattern[str]
    answer: Endpoint
    public: bool = False  # needs no token
    admin: bool = False  # for system admins only
    locked: bool = True  # runs under the state's lock; routes that call integrations take it themselves


class Routes:
    """The routes of one part of the API; each part's module fills its own."""

    def __init__(self, prefix: str = "/api/v4") -> None:
        self._prefix = prefix
        self.routes: list[Route] = []

    def add(
        self, method: str, path: str, *, public: bool = False, admin: bool = False, locked: bool = True
    ) -> Callable[[Endpoint], Endpoint]:
        """Decorate the endpoint of a method and path."""
        pattern = re.compile(re.sub(r"\{(\w+)(?::([^}]+))?\}", _part, self._prefix + path))

        def register(endpoint: Endpoint) -> Endpoint:
            self.routes.append(Route(method, pattern, endpoint, public, admin, locked))
            return endpoint

        return register


def _part(match: re.Match[str]) -> str:
    return f"(?P<{match[1]}>{match[2] or '[A-Za-z0-9]+'})"


class RouteTable:
    """Every route of the server."""

    def __init__(self, parts: Iterable[Routes]) -> None:
        self._by_method: dict[str, list[Route]] = {}
        for route in (route for part in parts for route in part.routes):
            self._by_method.setdefault(route.method, []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route and the parts of the path, or None for an unknown path."""
        for route in self._by_method.get(method, ()):
            if match := route.pattern.fullmatch(path):
                return route, match.groupdict()
        return None
