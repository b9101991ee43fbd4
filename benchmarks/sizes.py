"""How much is measured: the whole, a quick look, and the least that still goes every way."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

SHIPPED_TEXTS = Path(__file__).parent.parent / "tests" / "classify" / "development_set.jsonl"


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of rounds and of requests in each; `texts` is what is classified."""

    rounds: int
    plain: int  # non-sensitive signals a round, to each of the two servers
    durable_rounds: int
    sensitive: int  # sensitive signals a turn; a round is several turns
    open_cases: int
    closed_cases: int
    unloaded: int  # signals sent one by one, for the latency
    passes: int  # over all texts
    starts: int  # of each process that is timed
    signals: int  # before the memory is read again
    texts: Path = field(default=SHIPPED_TEXTS)


FULL = Size(
    rounds=25,
    plain=600,
    durable_rounds=4,
    sensitive=150,
    open_cases=500,
    closed_cases=10_000,
    unloaded=300,
    passes=30,
    starts=9,
    signals=1000,
)
QUICK = Size(
    rounds=8,
    plain=250,
    durable_rounds=1,
    sensitive=100,
    open_cases=500,
    closed_cases=1500,
    unloaded=60,
    passes=8,
    starts=3,
    signals=1000,
)
SMALLEST = Size(
    rounds=1,
    plain=32,
    durable_rounds=1,
    sensitive=16,
    open_cases=10,
    closed_cases=10,
    unloaded=5,
    passes=1,
    starts=1,
    signals=32,
)


def tell(what: str) -> None:
    """Say on standard error how far it is."""
    print(what, file=sys.stderr, flush=True)
