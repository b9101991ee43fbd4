"""The people who can be acted as, each with the calls and events of that person's client."""

import json
import threading
from collections.abc import Iterator, Sequence
from http import HTTPStatus

import urllib3

from router.sandbox.records import Json
from router.sandbox.sandbox import Sandbox

_TIMEOUT_SECONDS = 35.0  # an integration may take 30
_BREATH_SECONDS = 5.0  # the longest silence on a stream of events


class Seat:
    """One person's client: the calls carry the person's own token."""

    def __init__(self, seats: "Seats", username: str) -> None:
        self._seats = seats
        self._username = username

    def call(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Call the REST API below `/api/v4/`; give status and body. A server that can't be reached is a 502."""
        sandbox = self._seats.sandbox
        headers = {"Authorization": f"Bearer {sandbox.token_of(self._username)}", "Content-Type": "application/json"}
        try:
            answer = self._seats.pool.request(
                method, f"{sandbox.url}/api/v4/{target}", body=body or None, headers=headers
            )
        except urllib3.exceptions.HTTPError:
            return HTTPStatus.BAD_GATEWAY, json.dumps({"message": "The server can't be reached."}).encode()
        return answer.status, answer.data

    def events(self) -> Iterator[Json | None]:
        """Yield what happens from now on, None now and then when nothing does, until the seats are closed.

        Ends too when the listener was cut off for being slow; a client then reads everything anew.
        """
        with self._seats.sandbox.events_of(self._username) as subscription:
            while not (subscription.closed or self._seats.closed.is_set()):
                yield subscription.next(_BREATH_SECONDS)


class Seats:
    """Who can be acted as on one sandbox."""

    def __init__(self, sandbox: Sandbox, usernames: Sequence[str]) -> None:
        self.sandbox = sandbox
        self.usernames = usernames
        self.closed = threading.Event()
        timeout = urllib3.Timeout(_TIMEOUT_SECONDS)
        self.pool = urllib3.PoolManager(retries=False, timeout=timeout, maxsize=16)

    def of(self, username: str) -> Seat | None:
        """Return a person's seat; None for anybody else."""
        return Seat(self, username) if username in self.usernames else None

    def close(self) -> None:
        """End the streams and let the connections go."""
        self.closed.set()
        self.pool.clear()
