"""What happens on the Mattermost server, told over the bot's own WebSocket; the only import of websockets.

Only what this module knows is taken out of an event; other events, and frames that are none, pass unread. Nothing that
is heard here is trusted with more than a post's id: whoever acts on it reads the post itself. A lost event shows in the
numbers of those that come (`seq`, from 0 on in each connection), and then, as after every connect, comes Missed: asking
the server to go on where a connection ended would save reading little, and not work after its restart.

As found on a running 11.6 server: a token that is refused leaves a connection open for five seconds without a word, and
one revoked later leaves it open and silent for good. So the token is asked about first, and in every silence again.
"""

import json
import logging
import ssl
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from router.core.errors import ChatError, ChatUnavailable
from router.mattermost import answers, remedies
from router.mattermost.connection import Connection
from router.ports import AccountChanged, Happening, Missed, PostDeleted, Posted

LARGEST_FRAME = 4 * 1024 * 1024  # a post is at most 300 kB there (MaximumPayloadSizeBytes), escaped twice here
WAITING_FRAMES = 1024  # kept while what was missed is read; further ones wait in the sockets
SILENCE = 30.0  # seconds without a word, after which the server is asked whether it still talks to us
OPENING = 10.0
CLOSING = 1.0
WHAT = "WebSocket /api/v4/websocket"
NO_UPGRADE = (
    "Mattermost's WebSocket is not reached: let the proxy in front of Mattermost pass /api/v4/websocket on, with the "
    "headers Upgrade and Connection"
)
_UNLOGGED = logging.Logger("websockets", logging.CRITICAL)  # noqa: LOG001  (out of reach: its debug lines hold the token)

T = TypeVar("T")
_Seq = Annotated[int, msgspec.Meta(ge=0)]


class _Frame(msgspec.Struct):
    event: str = ""
    seq: _Seq = 0
    seq_reply: int = 0
    status: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _PostedData(msgspec.Struct):
    post: str  # JSON
    channel_type: str = ""


class _DeletedPost(msgspec.Struct):
    id: str
    channel_id: str
    root_id: str = ""


class _UserData(msgspec.Struct):
    user_id: str = ""


class _ChangedUser(msgspec.Struct):
    id: str


class _ChangedData(msgspec.Struct):
    user: _ChangedUser


class MattermostEvents:
    """What the bot that `token` belongs to may hear of the server at `url`, which is as for `Connection`."""

    def __init__(self, url: str, token: str, silence: float = SILENCE) -> None:
        self._connection = Connection(url, token)
        address: str = self._connection.driver.client.url
        self._url = f"ws{address.removeprefix('http')}/websocket"
        self._token = token
        self._silence = silence
        self._changing = threading.Lock()
        self._socket: ClientConnection | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"<MattermostEvents {self._url}>"

    def listen(self) -> Generator[Happening, None, None]:
        """Connect and tell, first of all Missed, until the connection ends. Raises ChatUnavailable, ChatRefused."""
        me = answers.user(self._connection.driver.users.get_user("me"), "GET /users/me").id
        try:
            with self._connected() as socket:
                yield from _happenings(_frames(socket, self._silence), me)
        except (OSError, WebSocketException) as error:
            raise ChatUnavailable(f"{WHAT}: {_what(error)}", unclear=False, remedy=_remedy(error)) from error

    def close(self) -> None:
        """End what listens, in whatever thread; for good."""
        with self._changing:
            self._closed = True
            socket = self._socket
        if socket is not None:
            socket.close()

    @contextmanager
    def _connected(self) -> Iterator[ClientConnection]:
        with connect(
            self._url,
            ssl=_trust(self._connection.authorities) if self._url.startswith("wss") else None,
            proxy=self._connection.proxy,
            additional_headers={"Authorization": f"Bearer {self._token}"},
            open_timeout=OPENING,
            close_timeout=CLOSING,
            max_size=LARGEST_FRAME,
            max_queue=WAITING_FRAMES,
            logger=_UNLOGGED,
        ) as socket:
            with self._changing:
                if self._closed:
                    raise ChatUnavailable(f"{WHAT}: closed", unclear=False)
                self._socket = socket
            yield socket


def _trust(authorities: str) -> ssl.SSLContext:
    """Trust whom the REST calls trust: a file, or a folder."""
    if Path(authorities).is_dir():
        return ssl.create_default_context(capath=authorities)
    return ssl.create_default_context(cafile=authorities)


def _what(error: Exception) -> str:
    """Say what happened, without a word of what was sent or received."""
    return str(error.response.status_code) if isinstance(error, InvalidStatus) else type(error).__name__


def _remedy(error: Exception) -> str:
    if isinstance(error, ConnectionClosed):
        return ""
    return remedies.of_transport((error,)) if isinstance(error, OSError) else NO_UPGRADE


def _frames(socket: ClientConnection, silence: float) -> Iterator[_Frame | None]:
    """Read frames, None for what is none; in a silence ask whether the token still holds. Raises ChatUnavailable."""
    asked = answered = 0
    while True:
        try:
            frame = _read(socket.recv(timeout=silence), _Frame)
        except TimeoutError:
            if answered < asked:
                raise ChatUnavailable(f"{WHAT}: no answer", unclear=False) from None
            asked += 1
            socket.send(json.dumps({"action": "ping", "seq": asked}))
            continue
        if frame is None or not frame.seq_reply:
            yield frame
        elif frame.status != "OK":
            raise ChatUnavailable(f"{WHAT}: the token does not hold any more", unclear=False)
        else:
            answered = frame.seq_reply


def _happenings(frames: Iterator[_Frame | None], me: str) -> Iterator[Happening]:
    expected = 0
    for frame in frames:
        if frame is None:
            continue
        if frame.seq != expected:
            yield Missed()
        expected = frame.seq + 1
        happening = _happening(frame, me)
        if happening is not None:
            yield happening


def _happening(frame: _Frame, me: str) -> Happening | None:
    match frame.event:
        case "hello":
            return Missed()
        case "posted":
            return _posted(frame.data)
        case "post_edited":  # also when it was pinned, or its links got their previews
            changed = _posted(frame.data)
            return replace(changed, edited=True) if changed is not None else None
        case "post_deleted":
            return _deleted(frame.data)
        case "user_added":  # to a channel: what was said there while we were out is to be read
            added = _read(bytes(frame.data), _UserData)
            return Missed() if added is not None and added.user_id == me else None
        case "user_updated":
            account = _read(bytes(frame.data), _ChangedData)
            return AccountChanged(account.user.id) if account is not None else None
        case _:
            return None


def _posted(data: msgspec.Raw) -> Posted | None:
    """Read a post; it is JSON in a string of JSON."""
    given = _read(bytes(data), _PostedData)
    if given is None:
        return None
    try:
        post = answers.post(msgspec.json.decode(given.post), "event posted")
    except (ChatError, msgspec.DecodeError, ValueError, RecursionError):
        return None
    return Posted(post, given.channel_type == answers.DIRECT_TYPE) if post is not None else None


def _deleted(data: msgspec.Raw) -> PostDeleted | None:
    given = _read(bytes(data), _PostedData)
    post = _read(given.post, _DeletedPost) if given is not None else None
    return PostDeleted(post.id, post.channel_id, post.root_id) if post is not None else None


def _read(text: str | bytes, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


if TYPE_CHECKING:
    from router import ports

    _fits: type[ports.Events] = MattermostEvents  # the checker's proof that the hearing can take it
