"""HTTP/1.1 on 127.0.0.1: one thread per keep-alive connection, every connection known, so that all can be cut.

Werkzeug's server closes each connection after one answer and waitress cannot close one without an answer; a
client's connection pool meets neither at a real Mattermost. So this is the standard library's server.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
_POLL_SECONDS = 0.02
_JOIN_SECONDS = 2.0
_DRAINED_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came: `target` is path and query, header names are in title case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer to send."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Upgrade:
    """A connection that speaks HTTP no more: `serve` has its socket until it ends."""

    serve: Callable[[socket.socket], None]


Application = Callable[[Incoming], Outgoing | Upgrade | None]  # None closes the connection without an answer


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "sandbox"
    sys_version = ""
    wbufsize = -1  # head and body leave in one segment
    disable_nagle_algorithm = True
    server: "_Server"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(min(length, _DRAINED_BYTES))
        headers = {name.title(): value for name, value in self.headers.items()}
        answer = self.server.application(Incoming(self.command, self.path, headers, body))
        if not isinstance(answer, Outgoing):
            self.close_connection = True
            if answer is not None:
                answer.serve(self.connection)
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if length > _DRAINED_BYTES:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *arguments: object) -> None:
        """Say nothing: the sandbox keeps its own log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        self._lock = threading.Lock()
        self._open: dict[Any, threading.Thread | None] = {}
        super().__init__((HOST, port), _Connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open[request] = threading.current_thread()
        super().process_request_thread(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._lock:
            self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away while it was being answered."""

    def cut(self) -> list[threading.Thread]:
        """Close every connection and return the threads that serve them still."""
        with self._lock:
            connections = dict(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster
        return [thread for thread in connections.values() if thread is not None]


class Listener:
    """Serves an application until it is stopped, and again on the same port after a stop."""

    def __init__(self, port: int, application: Application) -> None:
        self._application = application
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._left: list[threading.Thread] = []  # threads whose connection was cut while they were at work
        self.port = port
        self.start()

    def start(self) -> None:
        """Listen; does nothing while listening."""
        if self._server is not None:
            return
        self._server = _Server(self.port, self._application)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True, name="sandbox"
        )
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections from now on and cut the open ones; does nothing while stopped."""
        server, thread, self._server, self._thread = self._server, self._thread, None, None
        if server is None or thread is None:
            return
        server.shutdown()
        thread.join()
        server.server_close()
        self._left += server.cut()

    def close(self) -> None:
        """Stop for good and wait a moment for what is still being answered."""
        self.stop()
        give_up_at = time.monotonic() + _JOIN_SECONDS
        for thread in self._left:
            thread.join(max(0.0, give_up_at - time.monotonic()))
