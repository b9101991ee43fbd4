"""What sources bring: by which secret it is signed, how often it comes, and who has fallen silent, told once.

All of it is counted in memory and written down once a minute at most, so that a delivery costs no write; a kill loses
what was counted since then.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from threading import Lock

from router.core.deadlines import length
from router.core.effects import Announces, Notice
from router.core.errors import RouterError
from router.core.pace import Day, Pace, falls_silent, heard, lately, longest, passed
from router.core.units import Register, Unit
from router.ports import Store
from router.service.desk import PROOFS, Desk
from router.service.tally import between, counted
from router.service.watching import SOURCE

PACE = "pace"
LATELY_DAYS = 7
WRITTEN_ANYWAY = timedelta(minutes=10)  # how long a source has been quiet is written down at least so often
log = logging.getLogger(__name__)


class Listening:
    """Knows the pace of every source that has brought something; safe to use from many threads. Raises StoreError."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = Lock()
        self._written = desk.real.now()
        self._paces = paces(desk.store, self._written)
        self._fresh = False

    @property
    def paces(self) -> Mapping[str, Pace]:
        """What is known of each source."""
        with self._lock:
            return dict(self._paces)

    @property
    def remarks(self) -> list[str]:
        """Which sources are silent, since when."""
        silent = ((source, pace.last) for source, pace in self.paces.items() if pace.silent)
        return [f"nothing has come from {source} since {last:%d %b %Y, %H:%M} UTC" for source, last in silent]

    def heard(self, source: str, secret: int) -> None:
        """Take note of a proved delivery, whatever is in it, and by which of the secrets it was proved."""
        now = self._desk.real.now()
        self._desk.proofs.count(f"{source} {secret + 1}", now.date())
        with self._lock:
            self._paces[source] = heard(self._paces.get(source), now)
            self._fresh = True

    def look(self) -> None:
        """Let time pass: tell who has fallen silent, and write down what is new. It raises nothing."""
        now = self._desk.real.now()
        try:
            self._settle(now)
            self._desk.proofs.write(self._desk.store, now.date())
        except RouterError:
            log.exception("what came from which source was not written down; tried again in a minute")

    def _settle(self, now: datetime) -> None:
        today = now.date()
        with self._lock:
            self._paces = paces = {source: passed(pace, now) for source, pace in self._paces.items()}
            fallen = [one for one in self._expected if one in paces and falls_silent(paces[one], today)]
            if not (fallen or self._fresh or (paces and now - self._written >= WRITTEN_ANYWAY)):
                return
            after = paces | {source: replace(paces[source], silent=True) for source in fallen}
            kept = {source: pace for source, pace in after.items() if lately(pace, today)}
            registers = tuple(Register(PACE, one, _written(kept[one]) if one in kept else None) for one in after)
            notices = tuple(self._notice(source, paces[source], today) for source in fallen)
            self._desk.store.commit(Unit(effects=notices, registers=registers))
            self._paces, self._fresh, self._written = kept, False, now
        for source in fallen:
            log.warning("%s has fallen silent", source)
            self._desk.wake()

    @property
    def _expected(self) -> list[str]:
        """The sources that may not fall silent; what is said in Mattermost matters where its channels are watched."""
        return [*self._desk.sources, *([SOURCE] if self._desk.policy.watched else [])]

    def _notice(self, source: str, pace: Pace, today: date) -> Notice:
        facts = {
            "source": source,
            "last": f"{pace.last:%a %d %b %Y, %H:%M} UTC",
            "quiet": length(pace.quiet),
            "longest": length(longest(pace, today)),
            "replay": "yes" if source in self._desk.sources and self._desk.sources[source].tokens else "",
        }
        return Notice(Announces.SOURCE_SILENT, facts, key=f"source-silent/{source}/{pace.last:%Y%m%dT%H%M%S}")


@dataclass(frozen=True, slots=True)
class Brought:
    """What a source has brought: the `last` delivery, those of the last LATELY_DAYS by the place of their secret.

    `second_used` is the last day on which the second one proved a delivery.
    """

    source: str
    last: datetime
    silent: bool
    by_secret: Mapping[int, int]
    second_used: date | None


def brought(store: Store, now: datetime) -> list[Brought]:
    """Say of each source what it has brought. Raises StoreError."""
    days = counted(store, PROOFS)
    by_day = {day: by_secret(words) for day, words in days.items()}
    today = now.date()
    late = by_secret(between(days, today - timedelta(days=LATELY_DAYS - 1), today))
    return [
        Brought(
            source,
            pace.last,
            pace.silent,
            {secret: count for (name, secret), count in sorted(late.items()) if name == source},
            max((day for day, counts in by_day.items() if (source, 2) in counts), default=None),
        )
        for source, pace in sorted(paces(store, now).items())
    ]


def by_secret(words: Mapping[str, int]) -> dict[tuple[str, int], int]:
    """Read what was counted: how many by source and by the place of its secret, the first being 1."""
    split = ((word.rpartition(" "), count) for word, count in words.items())
    return {(source, int(secret)): count for (source, _, secret), count in split}


def paces(store: Store, now: datetime) -> dict[str, Pace]:
    """Read the pace of each source; time passes for it from now on. Raises StoreError."""
    return {source: _read(written, now) for source, written in store.registers(PACE).items()}


def _written(pace: Pace) -> str:
    days = {day.isoformat(): (one.count, one.longest.total_seconds()) for day, one in pace.days.items()}
    facts = {"last": pace.last.isoformat(), "quiet": pace.quiet.total_seconds(), "silent": pace.silent, "days": days}
    return json.dumps(facts)


def _read(written: str, now: datetime) -> Pace:
    facts = json.loads(written)
    days = {
        date.fromisoformat(day): Day(count, timedelta(seconds=longest))
        for day, (count, longest) in facts["days"].items()
    }
    last, quiet = datetime.fromisoformat(facts["last"]), timedelta(seconds=facts["quiet"])
    return Pace(now, last, quiet, days, facts["silent"])
