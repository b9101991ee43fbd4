"""How often something happened on each day: counted in memory, written down by the tick.

So a signal that is not sensitive costs no write; a kill loses what was counted since the last tick.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from threading import Lock

from router.core.errors import RouterError
from router.core.units import Register, Unit
from router.ports import Store

VERDICTS = "verdicts"  # the name under which those of the router are counted
KEPT_DAYS = 70
Days = Mapping[date, Mapping[str, int]]


class Tally:
    """Counts under one name, by day and word; safe to use from many threads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = Lock()
        self._fresh: Counter[tuple[date, str]] = Counter()
        self._total: Counter[str] = Counter()

    def count(self, word: str, day: date) -> None:
        """Count one more of it."""
        with self._lock:
            self._fresh[day, word] += 1
            self._total[word] += 1

    @property
    def total(self) -> Mapping[str, int]:
        """What was counted since this was made, by word."""
        with self._lock:
            return dict(self._total)

    def write(self, store: Store, today: date) -> None:
        """Add to the registers what is new, and drop days that are too old. One caller at a time. Raises StoreError."""
        with self._lock:
            fresh, self._fresh = self._fresh, Counter()
        if not fresh:
            return
        try:
            store.commit(Unit(registers=tuple(self._registers(store, fresh, today))))
        except RouterError:
            with self._lock:
                self._fresh.update(fresh)
            raise

    def _registers(self, store: Store, fresh: Counter[tuple[date, str]], today: date) -> Iterator[Register]:
        days = counted(store, self.name)
        for day in {day for day, _ in fresh}:
            total = Counter(days.get(day, {})) + Counter(
                {word: count for (on, word), count in fresh.items() if on == day}
            )
            yield Register(self.name, day.isoformat(), json.dumps(total))
        for day in days:
            if day <= today - timedelta(days=KEPT_DAYS):
                yield Register(self.name, day.isoformat(), None)


def counted(store: Store, name: str) -> Days:
    """Read what was written down under a name."""
    return {date.fromisoformat(day): json.loads(words) for day, words in store.registers(name).items()}


def between(days: Days, first: date, last: date) -> Counter[str]:
    """Add up the days from the first to the last, both included."""
    total: Counter[str] = Counter()
    for day, words in days.items():
        if first <= day <= last:
            total.update(words)
    return total
