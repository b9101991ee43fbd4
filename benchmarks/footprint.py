"""Memory and start time of the whole service, as its processes show them."""

import subprocess
import sys
import time
from collections.abc import Sequence

from benchmarks.bodies import ORDINARY, SENSITIVE, deliveries
from benchmarks.figures import Figure, spread
from benchmarks.load import run
from benchmarks.processes import Chat, command_line, router, sandbox, store_folder, tinydb
from benchmarks.sizes import Size, tell

TITLE = "Memory and start"
HELP = 0.3
READY = 2.0
MEMORY = 150.0


def measure(size: Size) -> Sequence[Figure]:
    """Start every process several times, in turns; send signals to the last router, half of them sensitive."""
    tell(f"  `--help` and `serve`, {size.starts} times")
    bare, helped = [], []
    for _ in range(size.starts):
        bare.append(_seconds([sys.executable, "-c", "pass"]))
        helped.append(_seconds([*command_line(), "--help"]))
    with sandbox() as chat:
        starts = [_start(chat, signals=0 if one else size.signals) for one in range(size.starts)]
    answering, ready, after_start, after_signals = zip(*starts, strict=True)
    return [
        spread("escalation-router --help", helped, "s", target=HELP),
        spread("  a Python that does nothing", bare, "s"),
        spread("serve ready in", ready, "s", target=READY),
        spread("  of it until it answers requests", answering, "s"),
        spread("memory of serve after its start", after_start, "MB", target=MEMORY),
        Figure(f"memory of serve after {size.signals:,} signals", after_signals[0], "MB", target=MEMORY),
    ]


def _seconds(command: Sequence[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return time.perf_counter() - start


def _start(chat: Chat, *, signals: int) -> tuple[float, float, float, float]:
    """Give seconds to the first answer and to readiness, and MB before and after the signals."""
    with store_folder() as folder, router(chat, tinydb(folder)) as running:
        before = running.memory()
        if signals:
            run(running.url, deliveries(ORDINARY, signals - signals // 2)).expect("not_sensitive")
            run(running.url, deliveries(SENSITIVE, signals // 2)).expect("escalated")
            running.wait_for_deliveries()
        return running.answering, running.ready, before, running.memory()
