"""`GET /api/v4/websocket`: a client's live connection, as Mattermost holds it.

A token on the upgrade, or an `authentication_challenge` within 5 s, brings `hello` and from then on events numbered
from 1. A bad token brings nothing at all: the connection is dropped. A client that comes back within 5 minutes with
`connection_id` and the number it expects next gets what it missed, if that is among the latest 128 events, and no
new `hello`. One thread a connection reads, another one writes.
"""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State as Phase
from websockets.server import ServerProtocol

from router.sandbox.errors import ApiError
from router.sandbox.events import Event, Subscription
from router.sandbox.listener import Incoming, Upgrade
from router.sandbox.records import Json, User, new_id
from router.sandbox.state import State

PATH = "/api/v4/websocket"
_AUTHENTICATION_SECONDS = 5.0
_PING_SECONDS = 60.0
_PONG_SECONDS = 100.0
_CLIENT_FRAME_BYTES = 8 * 1024
_REPLAYED_EVENTS = 128
_KEPT_MS = 5 * 60 * 1000
_CHUNK = 64 * 1024
_SETTLE_SECONDS = 2.0
_NOT_UPGRADED = "api.web_socket.connect.upgrade.app_error"


@dataclass(slots=True)
class _Session:
    """What outlives a connection: whose it is, what waits, what was sent last."""

    user_id: str
    token: str
    subscription: Subscription
    id: str = field(default_factory=new_id)
    seq: int = 0  # of the next event
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=_REPLAYED_EVENTS))
    left_at: int = 0

    def number(self, event: Event) -> Json:
        """Give an event its number and remember it for a replay."""
        numbered = event.json(self.seq)
        self.seq += 1
        self.sent.append(numbered)
        return numbered

    def hello(self) -> Json:
        """Return the event that opens a connection."""
        data = {"connection_id": self.id, "server_hostname": "sandbox", "server_version": "11.6.0.sandbox"}
        return self.number(Event("hello", data, {"user_id": self.user_id}))

    def resume(self, seq: int) -> list[Json]:
        """Return what a client that expects event `seq` missed; after a loss a `hello` under another id."""
        numbers = [event["seq"] for event in self.sent]
        if seq in numbers:
            return [event for event in self.sent if event["seq"] >= seq]
        if numbers and numbers[-1] == seq - 1:
            return []
        self.id, self.seq = new_id(), 0
        self.sent.clear()
        return [self.hello()]


class WebSockets:
    """Every live connection of one server, and the sessions whose client may come back."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._changed = threading.Condition()
        self._open: set[_Connection] = set()
        self._left: dict[str, _Session] = {}
        self._flowing = threading.Event()
        self._flowing.set()

    def upgrade(self, incoming: Incoming, user: User | None, token: str) -> Upgrade:
        """Return how to serve a connection; a foreign origin is refused, a bad token (no `user`) is not yet."""
        origin = incoming.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != incoming.headers.get("Host"):
            raise ApiError(HTTPStatus.FORBIDDEN, _NOT_UPGRADED)
        handshake = ServerProtocol()
        handshake.send_response(handshake.accept(Request(incoming.target, Headers(incoming.headers))))
        if handshake.state is not Phase.OPEN:
            raise ApiError(HTTPStatus.BAD_REQUEST, _NOT_UPGRADED)
        query = dict(parse_qsl(urlsplit(incoming.target).query))

        def serve(connection: socket.socket) -> None:
            connection.sendall(b"".join(handshake.data_to_send()))
            self._serve(_Connection(self._state, self, connection), user, token, query)

        return Upgrade(serve)

    def _serve(self, served: "_Connection", user: User | None, token: str, query: dict[str, str]) -> None:
        with self._changed:
            self._open.add(served)
        try:
            served.serve(user, token, query)
        finally:
            with self._changed:
                self._open.discard(served)
                self._changed.notify_all()

    def wait_while_frozen(self) -> None:
        """Wait until the connections are not frozen any more."""
        self._flowing.wait()

    def freeze(self) -> None:
        """Let every connection stand still, as behind a network that swallows all: nothing is sent, nothing read."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Let the frozen connections go on."""
        self._flowing.set()

    def cut(self) -> None:
        """Break every connection and wait until it ended; a client that comes back in time misses nothing."""
        with self._changed:
            connections = list(self._open)
        for connection in connections:
            connection.cut()
        with self._changed:
            self._changed.wait_for(lambda: not self._open.intersection(connections), _SETTLE_SECONDS)

    def forget(self) -> None:
        """Forget every session that was left, as a restart does."""
        with self._changed:
            left, self._left = self._left, {}
        for session in left.values():
            session.subscription.close()

    def start_session(self, user_id: str, token: str) -> _Session:
        """Return a new session, hearing from now on."""
        with self._state.lock:
            return _Session(user_id, token, self._state.hub.subscribe(user_id))

    def leave(self, session: _Session) -> None:
        """Keep a session whose connection ended, for 5 minutes and as long as its queue holds."""
        session.left_at = self._state.now()
        with self._changed:
            self._left[session.id] = session
            old = [one for one in self._left.values() if session.left_at - one.left_at > _KEPT_MS]
            for one in old:
                del self._left[one.id]
        for one in old:
            one.subscription.close()

    def come_back(self, user_id: str, connection_id: str) -> _Session | None:
        """Return the session that a client left, or None for one that is gone, another's or still connected."""
        with self._changed:
            session = self._left.get(connection_id)
            if session is None or session.user_id != user_id or session.subscription.closed:
                return None
            return self._left.pop(connection_id)


class _Connection:
    """One client's connection."""

    def __init__(self, state: State, sockets: WebSockets, connection: socket.socket) -> None:
        self._state = state
        self._sockets = sockets
        self._socket = connection
        self._protocol = ServerProtocol(state=Phase.OPEN, max_size=_CLIENT_FRAME_BYTES)
        self._sending = threading.Lock()
        self._session: _Session | None = None
        self._ended = False
        self._writer = threading.Thread(target=self._write_events, daemon=True, name="sandbox-websocket")

    def cut(self) -> None:
        """Break the connection."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client was faster

    def serve(self, user: User | None, token: str, query: dict[str, str]) -> None:
        """Speak with the client until the connection ends."""
        try:
            if user is not None and not self._welcome(user.id, token, query):
                return
            self._read()
        except OSError:
            return  # broken, by the client or on purpose
        finally:
            self._end()

    def _end(self) -> None:
        self._ended = True
        self.cut()
        if self._session is not None:
            self._session.subscription.wake()
            self._writer.join(_SETTLE_SECONDS)
            self._sockets.leave(self._session)

    def _welcome(self, user_id: str, token: str, query: dict[str, str]) -> bool:
        """Begin or resume a session; False for a connection id that cannot be one."""
        connection_id, seq = query.get("connection_id", ""), query.get("sequence_number", "")
        session = None
        if connection_id:
            if len(connection_id) != len(new_id()) or not seq.isdigit():
                return False
            session = self._sockets.come_back(user_id, connection_id)
        if session is None:
            session = self._sockets.start_session(user_id, token)
            self._send(session.hello())
        else:
            for event in session.resume(int(seq)):
                self._send(event)
        session.token = token
        self._session = session
        self._writer.start()
        return True

    def _read(self) -> None:
        authenticated_by = time.monotonic() + _AUTHENTICATION_SECONDS
        while self._protocol.state is Phase.OPEN:
            wait = _PONG_SECONDS if self._session else authenticated_by - time.monotonic()
            if wait <= 0:
                return
            self._socket.settimeout(wait)
            received = self._socket.recv(_CHUNK)
            self._sockets.wait_while_frozen()
            if not received:
                return
            with self._sending:
                self._protocol.receive_data(received)
            self._flush()
            for frame in self._protocol.events_received():
                if isinstance(frame, Frame) and frame.opcode in (Opcode.TEXT, Opcode.BINARY):
                    self._answer(frame.data)

    def _answer(self, content: bytes | bytearray | memoryview) -> None:
        """Answer a client's request; one that is no JSON object breaks the connection."""
        try:
            asked = json.loads(bytes(content))
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            self.cut()
            return
        seq, action = asked.get("seq"), asked.get("action")
        if action == "authentication_challenge":
            self._authenticate(asked)
        elif self._session is None:
            return
        elif not action:
            self._refuse(seq, "no_action")
        elif not isinstance(seq, int) or seq <= 0:
            self._refuse(None, "bad_seq")
        elif not self._is_valid(self._session):
            self._refuse(seq, "not_authenticated", HTTPStatus.UNAUTHORIZED)
        elif action in ("presence", "ping"):
            self._send({"status": "OK", "seq_reply": seq} | ({"data": {"text": "pong"}} if action == "ping" else {}))
        else:
            self._refuse(seq, "bad_action", HTTPStatus.INTERNAL_SERVER_ERROR)

    def _authenticate(self, asked: Json) -> None:
        """Begin a session by a token sent as a message; a bad one breaks the connection, a second one counts not."""
        if self._session is not None:
            return
        data = asked.get("data")
        token = data.get("token") if isinstance(data, dict) else None
        with self._state.lock:
            user = self._state.user_of_token(token) if isinstance(token, str) else None
        if user is None or not self._welcome(user.id, str(token), {}):
            self.cut()
            return
        self._send({"status": "OK", "seq_reply": asked.get("seq")})

    def _refuse(self, seq: object, reason: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        error_id = f"api.web_socket_router.{reason}.app_error"
        error = {"id": error_id, "message": error_id, "detailed_error": "", "status_code": status}
        self._send({"status": "FAIL", "error": error} | ({"seq_reply": seq} if seq else {}))

    def _write_events(self) -> None:
        """Send the session's events and pings until the connection ends or too many events wait."""
        session = self._session
        assert session is not None
        ping_at = time.monotonic() + _PING_SECONDS
        while not self._ended:
            event = session.subscription.take(ping_at - time.monotonic(), lambda: self._ended)
            self._sockets.wait_while_frozen()
            try:
                if event is not None and self._is_valid(session):
                    self._send(session.number(event))
                elif session.subscription.closed:
                    self._close()
                    return
                if time.monotonic() >= ping_at:
                    ping_at += _PING_SECONDS
                    self._ping()
            except OSError:
                return  # the reader notices as well

    def _is_valid(self, session: _Session) -> bool:
        """Whether the session's token is good still; without it the client hears nothing, and is not told."""
        with self._state.lock:
            return self._state.user_of_token(session.token) is not None

    def _send(self, content: Json) -> None:
        with self._sending:
            if self._protocol.state is Phase.OPEN:
                self._protocol.send_text(json.dumps(content).encode())
        self._flush()

    def _ping(self) -> None:
        with self._sending:
            self._protocol.send_ping(b"")
        self._flush()

    def _close(self) -> None:
        with self._sending:
            if self._protocol.state is Phase.OPEN:
                self._protocol.send_close()
        self._flush()
        self.cut()

    def _flush(self) -> None:
        with self._sending:
            self._write(self._protocol.data_to_send())

    def _write(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if piece:
                self._socket.sendall(piece)
            else:
                self._socket.shutdown(socket.SHUT_WR)
