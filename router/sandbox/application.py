"""One request from the socket to its answer: faults, limits, token, endpoint, error JSON, log."""

import logging
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from router.sandbox import (
    actions,
    bots,
    channel_members,
    channels,
    commands,
    controls,
    dialogs,
    hooks,
    people,
    posts,
    reactions,
    reading,
    system,
    teams,
    threads,
)
from router.sandbox.errors import ApiError, forbidden, not_found, unauthorised
from router.sandbox.faults import Fault, Kind
from router.sandbox.listener import Incoming, Outgoing, Upgrade
from router.sandbox.rate_limit import RateLimit
from router.sandbox.records import User, new_id
from router.sandbox.routing import Call, Reply, Route, RouteTable, Server
from router.sandbox.state import RequestRecord
from router.sandbox.websocket import PATH as WEBSOCKET
from router.sandbox.websocket import WebSockets

_log = logging.getLogger(__name__)

_PAYLOAD_SLACK = 512  # bytes that the real server reads over its limit
_URL_LENGTH = 2048
_PARTS = (
    actions, bots, channel_members, channels, commands, controls, dialogs, hooks,
    people, posts, reactions, reading, system, teams, threads,
)  # fmt: skip


class Application:
    """Answers the requests of one server."""

    def __init__(self, server: Server, websockets: WebSockets) -> None:
        self._server = server
        self._websockets = websockets
        self._limit = RateLimit(server.state.settings, server.state.now)
        self._routes = RouteTable([*(part.routes for part in _PARTS), commands.hook_routes])

    def __call__(self, incoming: Incoming) -> Outgoing | Upgrade | None:
        """Answer one request; None closes the connection instead."""
        path = urlsplit(incoming.target).path
        controlled = path.startswith("/sandbox/")
        fault = None if controlled else self._server.faults.strike(incoming.method, path)
        outgoing = self._answer(incoming, path, fault)
        if not controlled:
            status = HTTPStatus.SWITCHING_PROTOCOLS if isinstance(outgoing, Upgrade) else 0
            status = outgoing.status if isinstance(outgoing, Outgoing) else status
            self._server.state.requests.append(RequestRecord(incoming.method, path, status))
        return outgoing

    def _answer(self, incoming: Incoming, path: str, fault: Fault | None) -> Outgoing | Upgrade | None:
        kind = fault.kind if fault else None
        if fault and kind == Kind.REFUSED:
            return None
        if fault and kind == Kind.RATE_LIMITED:
            return _too_many({"Retry-After": str(fault.retry_after)})
        if fault and kind == Kind.HANG_BEFORE:
            fault.hold()
        reply = self._reply(incoming, path, fault)
        if fault and kind == Kind.HANG_AFTER:
            fault.hold()
        return reply

    def _reply(self, incoming: Incoming, path: str, fault: Fault | None) -> Outgoing | Upgrade:
        request_id = new_id()
        passes, limits = self._limit.take()
        if not passes:
            return _too_many(limits)
        try:
            reply = self._carry_out(incoming, path, fault)
            if isinstance(reply, Upgrade):
                return reply
        except ApiError as error:
            reply = _refusal(error, request_id)
        except Exception:  # noqa: BLE001 - one request must not take its connection's thread with it
            _log.exception("the sandbox failed at %s %s", incoming.method, path)
            reply = _refusal(ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "app.sandbox.failed.app_error"), request_id)
        headers = {
            "Content-Type": reply.content_type,
            "X-Request-ID": request_id,
            "X-Version-ID": "11.6.0.sandbox",
        } | limits
        return Outgoing(reply.status, headers | reply.headers, reply.body)

    def _carry_out(self, incoming: Incoming, path: str, fault: Fault | None) -> Reply | Upgrade:
        if fault and fault.kind == Kind.ERROR:
            raise ApiError(fault.status, fault.error_id)
        if len(incoming.target) > _URL_LENGTH:
            raise ApiError(HTTPStatus.REQUEST_URI_TOO_LONG, "api.context.request_url_too_long.app_error")
        if len(incoming.body) > self._server.state.settings.service("MaximumPayloadSizeBytes") + _PAYLOAD_SLACK:
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "api.context.request_body_too_large.app_error")
        if path.rstrip("/") == WEBSOCKET and incoming.method == "GET":
            return self._websockets.upgrade(incoming, *self._user(incoming))
        found = self._routes.find(incoming.method, path)
        if found is None:
            raise not_found("api.context.404.app_error")
        route, arguments = found
        query = dict(parse_qsl(urlsplit(incoming.target).query))
        caller = self._caller(incoming, route)
        content_type = incoming.headers.get("Content-Type", "")
        call = Call(self._server, incoming.method, path, arguments, query, incoming.body, caller, content_type, fault)
        if not route.locked:
            return route.answer(call)
        with self._server.state.lock:
            return route.answer(call)

    def _caller(self, incoming: Incoming, route: Route) -> User | None:
        """Return whose token came; only public routes go without, and some are for system admins alone."""
        user, _ = self._user(incoming)
        if user is None:
            if route.public:
                return None
            raise unauthorised()
        if route.admin and not user.is_admin:
            raise forbidden()
        return user

    def _user(self, incoming: Incoming) -> tuple[User | None, str]:
        """Return whose token came, if anybody's, and the token."""
        scheme, _, token = (incoming.headers.get("Authorization") or "").partition(" ")
        token = token.strip() if scheme.lower() in {"bearer", "token"} else ""
        with self._server.state.lock:
            return self._server.state.user_of_token(token), token


def _too_many(headers: dict[str, str]) -> Outgoing:
    headers = {"Content-Type": "text/plain; charset=utf-8"} | headers
    return Outgoing(HTTPStatus.TOO_MANY_REQUESTS, headers, b"limit exceeded\n")


def _refusal(error: ApiError, request_id: str) -> Reply:
    payload = {
        "id": error.error_id,
        "message": error.message,
        "detailed_error": "",
        "request_id": request_id,
        "status_code": error.status,
    }
    return Reply(payload, error.status)
