"""Calls from the server to integrations: one attempt, 30 s at most, 1 MiB of an answer at most."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

_CONNECT_SECONDS = 3.0
_LONGEST_SECONDS = 30.0  # the HTTP client's own cap, whatever the setting says
_ANSWER_BYTES = 1024 * 1024  # MaxIntegrationResponseSize
_JOIN_SECONDS = 2.0


class CallFailedError(Exception):
    """The integration could not be reached or did not answer in time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an integration answered."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Way:
    """How integrations are reached: which addresses at all, and how many seconds they may take."""

    allows: Callable[[str], bool]
    timeout: float


def call(method: str, url: str, headers: dict[str, str], body: str, way: Way) -> Answer:
    """Send one request and return the answer; redirects are followed as a GET, nothing is tried twice."""
    if not way.allows(url):
        raise CallFailedError("address forbidden")
    headers = {"User-Agent": "Mattermost-Bot/1.1", "Accept": "application/json"} | headers
    seconds = min(way.timeout, _LONGEST_SECONDS)
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no netrc between the server and a local integration
            response = session.request(
                method, url, data=body.encode(), headers=headers, timeout=(_CONNECT_SECONDS, seconds), stream=True
            )
            with response:
                content = response.raw.read(_ANSWER_BYTES, decode_content=True)
                return Answer(response.status_code, response.headers.get("Content-Type", ""), content)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise CallFailedError(str(error)) from error


class Dispatcher:
    """Runs what a poster does not wait for: outgoing webhooks, each in a thread of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()

    def start(self, work: Callable[[], None]) -> None:
        """Run `work` in the background."""
        thread = threading.Thread(target=self._run, args=(work,), daemon=True, name="sandbox-outgoing")
        with self._changed:
            self._threads.add(thread)
        thread.start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            with self._changed:
                self._threads.discard(threading.current_thread())
                self._changed.notify_all()

    def wait_until_settled(self, timeout: float) -> bool:
        """Wait until nothing runs in the background; False when that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._threads, timeout)

    def close(self) -> None:
        """Give what still runs a moment to end."""
        self.wait_until_settled(_JOIN_SECONDS)
