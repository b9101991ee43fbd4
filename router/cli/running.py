"""Running a wired router under waitress until it is told to stop."""

import logging
import threading
import time
from collections.abc import Iterable
from ipaddress import ip_address
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.server import create_server

from router.bootstrap import Router
from router.core.errors import RouterError
from router.web.app import LARGEST_BODY

THREADS = 16
CONNECTIONS = 400  # at once, most of them idle; with a body on disk each has two files open, of 1024 in many places
IN_MEMORY, LARGEST_HEADERS = 64 * 1024, 32 * 1024  # bytes of a request that has not come whole yet; the rest is on disk
NAP = 1.0  # seconds; a signal that comes just before the wait for requests does not end it
DRAIN = 10.0  # seconds that requests under way get to be answered once the end has come
log = logging.getLogger(__name__)


class CannotListen(RouterError):
    """The address is taken, or is none of this machine's."""


class Listener:
    """The address of a router to be, `private` if only this machine reaches it. It takes connections from `run` on."""

    def __init__(self, host: str, port: int) -> None:
        try:
            self._server = create_server(
                self._answer,
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                inbuf_overflow=IN_MEMORY,
                max_request_header_size=LARGEST_HEADERS,
                ident="escalation-router",
                max_request_body_size=LARGEST_BODY + 1,
                clear_untrusted_proxy_headers=True,
            )
        except (OSError, ValueError) as error:
            raise CannotListen(f"can't listen on {host}:{port}: {error}. Choose another --host or --port") from error
        self._router: Router | None = None
        self._ending = threading.Event()
        self._closing = threading.RLock()  # a signal may come while it is held
        self._closed = False
        self.private = ip_address(self._server.socket.getsockname()[0]).is_loopback
        shown = "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104  (what to type, not to bind)
        self.url = f"http://{f'[{shown}]' if ':' in shown else shown}:{self._server.effective_port}"

    def run(self, router: Router) -> None:
        """Serve until `end` is called; then answer what is under way, deliver what is in hand, close the store."""
        self._router = router
        router.start()
        try:
            while not self._ending.is_set():
                self._loop(NAP)
            self._drain()
        finally:
            self.close()
            router.stop()

    def close(self) -> None:
        """Let the address and every connection go."""
        self._server.task_dispatcher.shutdown()
        with self._closing:
            self._closed = True
            self._server.asyncore.close_all(self._server._map)  # noqa: SLF001  (waitress ends with its process else)

    def end(self) -> None:
        """Ask `run` to end; safe in a signal handler and from any thread."""
        self._ending.set()
        with self._closing:
            if not self._closed:  # else the trigger's file may be somebody else's by now
                self._server.pull_trigger()

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert self._router is not None
        return self._router.app(environ, start_response)

    def _loop(self, seconds: float) -> None:
        self._server.asyncore.loop(timeout=seconds, map=self._server._map, use_poll=True, count=1)  # noqa: SLF001

    def _drain(self) -> None:
        until = time.monotonic() + DRAIN
        while time.monotonic() < until and any(
            channel.requests or channel.total_outbufs_len for channel in self._server.active_channels.values()
        ):
            self._loop(0.05)
