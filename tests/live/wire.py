"""A wire between the router and Mattermost that a test can cut, or make deaf to WebSockets."""

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

UPGRADE = b"GET /api/v4/websocket"


class Wire:
    """Listens on a port of its own and passes every byte on, until told otherwise."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.is_cut = False
        self.is_deaf = False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and let no new one through: Mattermost is down."""
        self.is_cut = True
        self._break()

    def mend(self) -> None:
        """Let everything through again."""
        self.is_cut = self.is_deaf = False

    def deafen(self) -> None:
        """Break every connection, and let no WebSocket through."""
        self.is_deaf = True
        self._break()

    def close(self) -> None:
        """End."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _break(self) -> None:
        with self._lock:
            for one in self._open:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        with caller, suppress(OSError):
            first = caller.recv(65536)
            if not first or self.is_cut or (self.is_deaf and first.startswith(UPGRADE)):
                return
            with socket.create_connection(self._target) as server:
                with self._lock:
                    self._open |= {caller, server}
                try:
                    server.sendall(first)
                    back = threading.Thread(target=_pass, args=(server, caller), daemon=True)
                    back.start()
                    _pass(caller, server)
                    back.join()
                finally:
                    with self._lock:
                        self._open -= {caller, server}


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while given := source.recv(65536):
            target.sendall(given)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
