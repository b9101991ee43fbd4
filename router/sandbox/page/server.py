"""The page's own address: a threaded server, one thread per request and per stream of events."""

import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from router.sandbox.page.application import create_app
from router.sandbox.page.seats import Seats
from router.sandbox.sandbox import Sandbox

HOST = "127.0.0.1"


class _Quiet(WSGIRequestHandler):
    def log_request(self, *arguments: object) -> None:
        """Say nothing: the sandbox keeps its own log."""


class Page:
    """The page of one sandbox, for the people it lets be acted as. It serves from its start until `close`."""

    def __init__(self, sandbox: Sandbox, usernames: Iterable[str], port: int) -> None:
        self._seats = Seats(sandbox, tuple(usernames))
        self._server: BaseWSGIServer = make_server(
            HOST, port, create_app(self._seats), threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="page")
        self._thread.start()

    @classmethod
    def start(cls, sandbox: Sandbox, usernames: Iterable[str], port: int = 0) -> Self:
        """Return a page that is served, on any free port for 0."""
        return cls(sandbox, usernames, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://{HOST}:{self._server.port}"

    def close(self) -> None:
        """End every stream of events and let the address go."""
        self._seats.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
