"""What may stand between the router and Mattermost: a proxy for outgoing calls, and a front that speaks TLS."""

import socket
import ssl
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class Between:
    """Takes connections on a port of its own and passes them on; what it was asked first is kept in `asked`."""

    def __init__(self, context: ssl.SSLContext | None = None, to: str = "") -> None:
        self._context, self._to = context, to
        self._server = socket.create_server((HOST, 0))
        self._open: list[socket.socket] = []
        self.port = self._server.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://{HOST}:{self.port}"
        self.asked: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._server)
        self._server.close()
        for one in self._open:
            _end(one)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            head = b""
            while b"\r\n\r\n" not in head:
                received = connection.recv(65536)
                if not received:
                    return
                head += received
            method, target, _ = head.split(b" ", 2)
            self.asked.append(f"{method.decode()} {target.decode()}")
            there = self._connect(target.decode())
            if method == b"CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                there.sendall(head)
            threading.Thread(target=_pass, args=(there, connection), daemon=True).start()
            _pass(connection, there)

    def _connect(self, target: str) -> socket.socket:
        """Connect to where this front leads, else to where the proxy is asked to."""
        address = self._to or (target if "://" in target else f"http://{target}")
        parts = urlsplit(address)
        there = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._open.append(there)
        return there


def _pass(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while received := one.recv(65536):
            other.sendall(received)
    _end(one)
    _end(other)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
