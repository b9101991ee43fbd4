"""A second classifier judges what the active one has judged, later and for a report alone.

What it is to judge waits in memory, so that no signal waits for it; what is too much is passed over, and counted. Texts
are not kept: of signals that the two judge differently, the link and both verdicts are.
"""

import json
import logging
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import NamedTuple

from router.core.errors import RouterError
from router.core.signals import Signal
from router.core.topics import Verdict
from router.core.units import Register, Unit
from router.ports import Classifier, Clock, Store
from router.service.tally import Tally, counted
from router.service.verdicts import Said, said, word_of

SHADOW, DIFFERING, WATCHED = "shadow", "shadow-differing", "shadow-watched"  # names of registers
KEPT = 200
MOST_WAITING, LONGEST_WAITING = 1000, 10_000_000  # signals, and characters of all of them
_SAME, _FAILED, _SKIPPED = "same", "failed", "skipped"
_BETWEEN = " > "
log = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    signal: Signal
    verdict: Verdict
    at: datetime


class Differing(NamedTuple):
    """A signal that both judge differently."""

    at: datetime
    url: str
    active: Said
    shadow: Said

    def written(self) -> str:
        """Write it as a small value."""
        return json.dumps([self.at.isoformat(), self.url, word_of(self.active), word_of(self.shadow)])


class Shadow:
    """Compares a classifier with the active one. `name` stands for it: what was counted under another is dropped."""

    def __init__(self, classifier: Classifier, name: str, store: Store, clock: Clock) -> None:
        self._classifier = classifier
        self._name = name
        self._store = store
        self._clock = clock
        self._tally = Tally(SHADOW)
        self._lock = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._length = 0

    def note(self, signal: Signal, verdict: Verdict) -> None:
        """Take in what the active classifier has just judged."""
        now = self._clock.now()
        length = len(signal.title) + len(signal.body)
        with self._lock:
            taken = len(self._waiting) < MOST_WAITING and self._length + length <= LONGEST_WAITING
            if taken:
                self._length += length
                self._waiting.append(_Waiting(signal, verdict, now))
        if not taken:
            self._tally.count(_SKIPPED, now.date())

    @property
    def total(self) -> Mapping[str, int]:
        """How often what came of a comparison, since the start."""
        return self._tally.total

    def catch_up(self) -> None:
        """Judge what waits, and write down what came of it. One caller at a time."""
        with self._lock:
            waiting, self._waiting, self._length = self._waiting, deque(), 0
        differing = self._differing(waiting)
        try:
            self._begin()
            self._tally.write(self._store, self._clock.now().date())
            if differing:
                self._store.commit(Unit(registers=tuple(self._registers(differing))))
        except RouterError:
            log.exception("what the shadow said could not all be written down")

    def _differing(self, waiting: Iterable[_Waiting]) -> list[Differing]:
        """Judge and count; what the shadow fails on is counted, too, and its message not told: it may hold a text."""
        differing: list[Differing] = []
        failures: Counter[str] = Counter()
        for one in waiting:
            try:
                found = self._compare(one)
            except Exception as failure:  # noqa: BLE001
                failures[type(failure).__name__] += 1
                self._tally.count(_FAILED, one.at.date())
            else:
                differing.extend([found] if found else [])
        if failures:
            log.error("the shadow failed: %s", ", ".join(f"{count} {name}" for name, count in failures.items()))
        return differing

    def _compare(self, one: _Waiting) -> Differing | None:
        signal, day = one.signal, one.at.date()
        verdict = self._classifier.classify(signal.title, signal.body, source=signal.source, kind=signal.kind)
        active, shadow = word_of(one.verdict), word_of(verdict)
        if active == shadow:
            self._tally.count(_SAME, day)
            return None
        self._tally.count(f"{active}{_BETWEEN}{shadow}", day)
        return Differing(one.at, signal.url, said(active), said(shadow))

    def _begin(self) -> None:
        """Drop what was counted of another shadow."""
        if self._store.register(WATCHED, "name") == self._name:
            return
        old = [Register(name, key, None) for name in (SHADOW, DIFFERING) for key in self._store.registers(name)]
        self._store.commit(Unit(registers=(*old, Register(WATCHED, "name", self._name))))

    def _registers(self, differing: Sequence[Differing]) -> Iterable[Register]:
        """Number the signals, and let the oldest go."""
        known = sorted(map(int, self._store.registers(DIFFERING)))
        first = known[-1] + 1 if known else 1
        for number, one in enumerate(differing[-KEPT:], first):
            yield Register(DIFFERING, str(number), one.written())
        for number in known[: max(0, len(known) + len(differing) - KEPT)]:
            yield Register(DIFFERING, str(number), None)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it since `since`; `pairs` are the active and the shadow's verdicts, `latest` the newest first."""

    since: date | None
    same: int
    failed: int
    skipped: int
    pairs: Mapping[tuple[Said, Said], int]
    latest: Sequence[Differing]

    @property
    def judged(self) -> int:
        """How many signals both have judged."""
        return self.same + self.different

    @property
    def different(self) -> int:
        """How many of them differently."""
        return sum(self.pairs.values())


def compared(store: Store) -> Compared:
    """Gather what is written down."""
    days = counted(store, SHADOW)
    total: Counter[str] = Counter()
    for words in days.values():
        total.update(words)
    pairs = {word: count for word, count in total.items() if _BETWEEN in word}
    latest = store.registers(DIFFERING)
    return Compared(
        min(days, default=None),
        total[_SAME],
        total[_FAILED],
        total[_SKIPPED],
        {_pair(word): count for word, count in pairs.items()},
        [_differing(latest[key]) for key in sorted(latest, key=int, reverse=True)],
    )


def _pair(word: str) -> tuple[Said, Said]:
    active, _, shadow = word.partition(_BETWEEN)
    return said(active), said(shadow)


def _differing(value: str) -> Differing:
    at, url, active, shadow = json.loads(value)
    return Differing(datetime.fromisoformat(at), url, said(active), said(shadow))
