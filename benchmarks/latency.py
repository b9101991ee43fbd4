"""From a signal to its mention in Mattermost with nothing else to do: sent at one side, seen over REST at the other."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

from benchmarks.bodies import SENSITIVE, deliveries
from benchmarks.figures import Figure, percentile
from benchmarks.load import Connection
from benchmarks.processes import Chat, router, sandbox, store_folder, tinydb
from benchmarks.real import mattermost
from benchmarks.sizes import Size, tell

TITLE = "Signal to mention in Mattermost, unloaded, TinyDB"
MEDIAN = 100.0
SLOWEST = 500.0
PAUSE = 0.02  # seconds of quiet between two signals
EVERY = 0.001  # seconds between two looks at the channel
PATIENCE = 10.0
WARM_UP = 3
_CASE = re.compile(r'"escalation": *"([A-Z]+-[0-9]+)"')
_MENTION = re.compile(r"(?<!\w)@[a-z0-9]")


def measure(size: Size) -> Sequence[Figure]:
    """Send signals one by one, and look at the channel as one of its members until each is there.

    On the sandbox, and on a real server when one is given.
    """
    tell(f"  {size.unloaded} signals, one by one")
    with sandbox() as chat:
        figures = _figures("sandbox", _times(chat, size.unloaded))
    with mattermost() as real:
        return [*figures, *(_figures("real server", _times(real, size.unloaded)) if real else ())]


def _times(chat: Chat, signals: int) -> Sequence[tuple[float, float]]:
    with (
        store_folder() as folder,
        router(chat, tinydb(folder)) as running,
        Connection(running.url) as hook,
        closing(HTTPConnection(chat.url.removeprefix("http://"), timeout=PATIENCE)) as reader,
    ):
        channel = Channel(chat, reader)
        return [_one(hook, channel, request) for request in deliveries(SENSITIVE, WARM_UP + signals)][WARM_UP:]


def _one(hook: Connection, channel: "Channel", request: bytes) -> tuple[float, float]:
    """Give the milliseconds to the hook's answer, and those to the post."""
    time.sleep(PAUSE)
    start = time.perf_counter()
    answer = hook.ask(request).decode()
    answered = time.perf_counter()
    case = _CASE.search(answer)
    if case is None:
        raise RuntimeError(f"no case was opened: {answer[-200:]}")
    channel.wait_for(case[1])
    return 1000 * (answered - start), 1000 * (time.perf_counter() - start)


class Channel:
    """The escalations channel as a member sees it."""

    def __init__(self, chat: Chat, connection: HTTPConnection) -> None:
        self._connection = connection
        self._headers = {"Authorization": f"Bearer {chat.reader}"}
        team = self._ask(f"/teams/name/{chat.team}")["id"]
        channel = self._ask(f"/teams/{team}/channels/name/{chat.channel}")["id"]
        self._newest = f"/channels/{channel}/posts?page=0&per_page=3"

    def wait_for(self, case: str) -> None:
        """Look again and again until the case's root post is there, and mentions somebody."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for post in self._ask(self._newest)["posts"].values():
                first_line = post["message"].partition("\n")[0]
                if not post["root_id"] and re.search(rf"\b{case}\b", first_line):
                    if not _MENTION.search(post["message"]):
                        raise RuntimeError(f"{case} was posted without a mention")
                    return
            time.sleep(EVERY)
        raise RuntimeError(f"{case} was not posted within {PATIENCE:g} seconds")

    def _ask(self, path: str) -> Mapping[str, Any]:
        self._connection.request("GET", f"/api/v4{path}", headers=self._headers)
        told: Mapping[str, Any] = json.loads(self._connection.getresponse().read())
        return told


def _figures(where: str, times: Sequence[tuple[float, float]]) -> list[Figure]:
    answered, posted = ([one[side] for one in times] for side in (0, 1))
    low, high = min(posted), max(posted)
    return [
        Figure(f"{where}: signal to mention, median", percentile(posted, 0.5), "ms", low, high, MEDIAN),
        Figure(f"{where}: signal to mention, 99th percentile", percentile(posted, 0.99), "ms", low, high, SLOWEST),
        Figure("  of it until the hook was answered, median", percentile(answered, 0.5), "ms"),
        Figure("  of it until the hook was answered, 99th percentile", percentile(answered, 0.99), "ms"),
    ]
