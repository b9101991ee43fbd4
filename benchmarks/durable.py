"""Sensitive signals into TinyDB while they are delivered to a sandbox: how many a second, and what history costs."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.bodies import SENSITIVE, deliveries
from benchmarks.figures import Figure, percentile, spread
from benchmarks.load import run
from benchmarks.processes import STORE, Chat, Running, router, sandbox, store_folder, tinydb
from benchmarks.seeding import seed
from benchmarks.sizes import Size, tell

TITLE = "Sensitive signed GitHub webhooks, durable in TinyDB, 16 keep-alive connections, delivered to a sandbox"
RATE = 150.0
HISTORY = 1.2
READY = 2.0
MEMORY = 150.0
TURNS = 4  # of each store in a round
WARM_UP = 16


@dataclass(slots=True)
class Side:
    """A store and its sandbox, and what was measured on them.

    `rates` are signals answered a second, `posted` the same until the outbox was empty, `times` milliseconds to an
    answer.
    """

    chat: Chat
    store: Path
    rates: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def turn(self, running: Running, count: int) -> None:
        """Send signals, and wait until all of them are posted."""
        requests = list(deliveries(SENSITIVE, count))
        start = time.perf_counter()
        load = run(running.url, requests)
        load.expect("escalated")
        running.wait_for_deliveries()
        self.posted.append(count / (time.perf_counter() - start))
        self.rates.append(load.rate)
        self.times += [1000 * one for one in load.times]


def measure(size: Size) -> Sequence[Figure]:
    """Measure with and without closed cases in turns; each round begins with fresh copies of both stores."""
    with ExitStack() as stack:
        folder = stack.enter_context(store_folder())
        sides = [Side(stack.enter_context(sandbox()), folder / name) for name in ("without", "history")]
        for side, closed in zip(sides, (0, size.closed_cases), strict=True):
            seed(side.store / STORE, open_cases=size.open_cases, closed_cases=closed)
        disk = _disk(sides[0].store / STORE, folder / "written")
        for number in range(size.durable_rounds):
            tell(f"  round {number + 1} of {size.durable_rounds}")
            _round(sides, size.sensitive)
    return [disk, *_figures(*sides, size)]


def _round(sides: Sequence[Side], count: int) -> None:
    """Take turns, so that whatever else the machine does meets both."""
    with ExitStack() as stack:
        running = []
        for side in sides:
            working = stack.enter_context(store_folder())
            shutil.copytree(side.store, working, dirs_exist_ok=True)
            running.append(stack.enter_context(router(side.chat, tinydb(working))))
            run(running[-1].url, deliveries(SENSITIVE, WARM_UP))
            running[-1].wait_for_deliveries()
        pairs = list(zip(sides, running, strict=True))
        for number in range(TURNS):
            for side, one in pairs if number % 2 else reversed(pairs):
                side.turn(one, count)
        for side, one in pairs:
            side.ready.append(one.ready)
            side.memory.append(one.memory())


def _disk(like: Path, path: Path) -> Figure:
    """Time what no store of whole files can do without: a file of that length, written and flushed."""
    content = like.read_bytes()
    times = []
    for _ in range(20):
        start = time.perf_counter()
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        times.append(1000 * (time.perf_counter() - start))
    return spread(f"for comparison: {len(content) / 1e6:.1f} MB written and flushed to this disk", times, "ms")


def _figures(without: Side, history: Side, size: Size) -> list[Figure]:
    grown = size.open_cases + WARM_UP + TURNS * size.sensitive
    slower = [one / other for one, other in zip(without.rates, history.rates, strict=True)]
    posted = [one / other for one, other in zip(without.posted, history.posted, strict=True)]
    return [
        spread(
            f"signals, {size.open_cases:,} open cases, {grown:,} at a round's end",
            without.rates,
            "/s",
            target=RATE,
            at_least=True,
        ),
        spread("  answered within, median", without.times, "ms"),
        Figure("  answered within, 99th percentile", percentile(without.times, 0.99), "ms"),
        spread("  until the last is posted", without.posted, "/s"),
        spread(f"signals, {size.closed_cases:,} closed cases beside them", history.rates, "/s"),
        spread("  until the last is posted", history.posted, "/s"),
        spread("  times as slow with history", slower, "", target=HISTORY),
        spread("  times as slow until the last is posted", posted, "", target=HISTORY),
        spread("  serve ready in, with history", history.ready, "s", target=READY),
        spread("  memory after a round", without.memory, "MB", target=MEMORY),
        spread("  memory after a round, with history", history.memory, "MB", target=MEMORY),
    ]
