"""What sources have sent that never arrived: asked for at the start and once a day, and taken in as if it came now.

Until when all is known of a source is a register, written when a run has ended well; whatever ends one before that,
a kill included, has the next one ask for the same again. What came twice is a duplicate.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from threading import Lock, Thread
from typing import Protocol

from router.core.errors import BadInput, RouterError
from router.core.signals import Incoming
from router.core.units import Register, Unit
from router.service.desk import Desk
from router.service.listening import paces
from router.service.receiving import Received

KNOWN_UNTIL = "known-until"
EVERY, AFTER_FAILURE = timedelta(days=1), timedelta(hours=1)
FURTHEST = timedelta(days=3)  # as long as GitHub keeps what it sent
OVERLAP = timedelta(hours=1)  # what was under way when the last run began
DAMAGED = "damaged"
log = logging.getLogger(__name__)


class Delivery(Protocol):
    """Something that a source sent, and when."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, names in lower case."""

    @property
    def body(self) -> bytes:
        """Its body."""

    @property
    def at(self) -> datetime:
        """When it was sent."""


# Asks a source for what was missed between two times; a sentence tells people that it sends that again by itself.
Ask = Callable[[datetime, datetime], Iterator[Delivery | str]]


class Replaying:
    """Has what was missed processed, in a thread of its own: a source may take its time to answer."""

    def __init__(self, desk: Desk, receive: Callable[[Sequence[Incoming]], Received], asks: Mapping[str, Ask]) -> None:
        self._desk = desk
        self._receive = receive
        self._asks = asks
        self._next: dict[str, datetime] = {}
        self._faults: dict[str, str] = {}
        self._total: Counter[tuple[str, str]] = Counter()
        self._thread: Thread | None = None
        self._lock = Lock()
        self._stopped = False

    @property
    def remarks(self) -> list[str]:
        """Of which sources it is not known what was missed, and why."""
        return [f"what was missed of {source} is not known: {why}" for source, why in dict(self._faults).items()]

    @property
    def known_until(self) -> Mapping[str, datetime]:
        """Until when nothing is missed, of each source that is asked. Raises StoreError."""
        known = self._desk.store.registers(KNOWN_UNTIL)
        return {source: datetime.fromisoformat(known[source]) for source in self._asks if source in known}

    @property
    def total(self) -> Mapping[tuple[str, str], int]:
        """What came of deliveries since the start, by source and result."""
        with self._lock:
            return dict(self._total)

    def look(self) -> None:
        """Ask the sources whose time has come, unless that is under way already. It waits for nothing."""
        now = self._desk.real.now()
        due = [source for source in self._asks if self._next.get(source, now) <= now]
        if due and not (self._thread and self._thread.is_alive()):
            self._thread = Thread(target=self._run, args=(due,), name="replay", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Take nothing in any more, once what is at hand is. No source's answer is waited for."""
        with self._lock:
            self._stopped = True

    def _run(self, due: Sequence[str]) -> None:
        for source in due:
            began = self._desk.real.now()
            self._next[source] = began + AFTER_FAILURE
            try:
                self._replay(source, began)
            except RouterError as error:
                self._faults[source] = str(error)
                log.warning("%s: what was missed is not known, and asked for again in an hour: %s", source, error)
            except Exception as error:  # it may be a fault of the source's module, which must not stop the others
                self._faults[source] = str(error)
                log.exception("%s: what was missed is not known, and asked for again in an hour", source)
            else:
                self._next[source] = began + EVERY
                self._faults.pop(source, None)

    def _replay(self, source: str, began: datetime) -> None:
        since = self._since(source, began)
        results: Counter[str] = Counter()
        for one in self._asks[source](since, began) if since < began else ():
            if isinstance(one, str):
                log.info("%s: %s", source, one)
                continue
            with self._lock:
                if self._stopped:
                    return
                result = self._take_in(source, one)
                results[result] += 1
                self._total[source, result] += 1
        with self._lock:
            if not self._stopped:
                self._desk.store.commit(Unit(registers=(Register(KNOWN_UNTIL, source, began.isoformat()),)))
        told = ", ".join(f"{count} {result}" for result, count in sorted(results.items())) or "nothing"
        log.info("%s: missed since %s: %s", source, since.isoformat(timespec="seconds"), told)

    def _since(self, source: str, now: datetime) -> datetime:
        """From when on is not known what came; before a source was in use nothing was missed."""
        known = self._desk.store.register(KNOWN_UNTIL, source)
        if known is not None:
            return max(now - FURTHEST, datetime.fromisoformat(known) - OVERLAP)
        pace = paces(self._desk.store, now).get(source)
        return max(now - FURTHEST, datetime.combine(min(pace.days), time(), UTC)) if pace else now

    def _take_in(self, source: str, one: Delivery) -> str:
        try:
            return self._receive(self._desk.sources[source].parse(one.headers, one.body, one.at)).result
        except BadInput as error:
            log.warning("%s: a delivery of %s was skipped: %s", source, one.at.isoformat(timespec="seconds"), error)
            return DAMAGED
