"""A load generator: many keep-alive connections driven by one thread, so that the clients cost next to nothing.

Requests are made and signed beforehand. Every answer is read whole before the connection sends its next request.
"""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CONNECTIONS = 16
PATIENCE = 30.0  # seconds without any answer
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_RESULT = re.compile(rb'"result": *"([a-z_]+)"')
_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Load:
    """What came of it: how long all took, each request's time in seconds, and the answers by their `result`."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.times) / self.seconds

    def expect(self, *results: str) -> None:
        """Refuse a load that was answered otherwise: its figure would be one of something else."""
        other = {result: count for result, count in self.results.items() if result not in results}
        if other:
            raise RuntimeError(f"expected {' or '.join(results)}, was answered {other} among {dict(self.results)}")


class Connection:
    """One keep-alive connection."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""
        self.sent_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def send(self, request: bytes) -> None:
        """Send one request."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """Read what is there; the whole answer once it is complete, else None."""
        came = self.socket.recv(1 << 16)
        if not came:
            raise RuntimeError(f"the server closed a connection after {self._read[:200]!r}")
        self._read += came
        head, end, body = self._read.partition(_HEAD_END)
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return None
        answer, self._read = self._read, b""
        return answer

    def ask(self, request: bytes) -> bytes:
        """Send a request and wait for its answer."""
        self.send(request)
        while (answer := self.receive()) is None:
            pass
        return answer

    def close(self) -> None:
        """Let it go."""
        self.socket.close()


def run(url: str, requests: Iterable[bytes], connections: int = CONNECTIONS) -> Load:
    """Send all requests, at most one at a time on each connection."""
    waiting = iter(list(requests))  # which makes them all before the clock starts
    opened = [Connection(url) for _ in range(connections)]
    load = Load()
    with selectors.DefaultSelector() as selector:
        start = time.perf_counter()
        try:
            for connection in opened:
                selector.register(connection.socket, selectors.EVENT_READ, connection)
                _next(connection, waiting, selector)
            while selector.get_map():
                _answers(selector, waiting, load)
        finally:
            for connection in opened:
                connection.close()
        load.seconds = time.perf_counter() - start
    return load


def _answers(selector: selectors.BaseSelector, waiting: Iterator[bytes], load: Load) -> None:
    ready = selector.select(PATIENCE)
    if not ready:
        raise RuntimeError(f"no answer within {PATIENCE:g} seconds")
    for key, _ in ready:
        connection: Connection = key.data
        answer = connection.receive()
        if answer is not None:
            load.times.append(time.perf_counter() - connection.sent_at)
            load.results[result_of(answer)] += 1
            _next(connection, waiting, selector)


def _next(connection: Connection, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> None:
    request = next(waiting, None)
    if request is None:
        selector.unregister(connection.socket)
    else:
        connection.send(request)


def result_of(answer: bytes) -> str:
    """Give the `result` of an answer, or its status line when it was no success."""
    status = answer.partition(b"\r\n")[0].decode("latin-1")
    result = _RESULT.search(answer)
    return result[1].decode() if result and " 200 " in f"{status} " else status
