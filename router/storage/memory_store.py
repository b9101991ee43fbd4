"""A store in memory: for tests and demos, and the one implementation of what every embedded store does.

How a change is made lasting is the business of `Changes`: at once here, by groups and on disk in `tinydb_store`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from router.core.cases import CaseId, Entry
from router.core.errors import CaseNotFound, StoreUnavailable
from router.core.units import AnyCase, Outcome, PendingEffect, PostRef, Unit
from router.ports import Store
from router.storage import commits, outbox
from router.storage.codec import check_storable
from router.storage.rows import CaseRow
from router.storage.tables import INSTALLATION, Tables

T = TypeVar("T")


class Changes(Protocol):
    """Carries out pieces of work on the tables, one after the other, and makes them last before it answers."""

    def carry_out(self, work: Callable[[], T], /) -> T:
        """Do it whole or not at all; raises what the work raises, or StoreUnavailable."""

    def close(self) -> None:
        """Finish what was accepted, and accept nothing more."""


class AtOnce:
    """Changes that last as long as the process."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._closed = False

    def carry_out(self, work: Callable[[], T]) -> T:
        """Do it under the lock."""
        with self._tables.lock:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            result = self._tables.attempt(work)
            self._tables.settle()
            return result

    def close(self) -> None:
        """Accept nothing more."""
        self._closed = True


class Refusing:
    """Changes of a store that is only read."""

    def carry_out(self, _work: Callable[[], T], /) -> T:
        """Refuse."""
        raise StoreUnavailable("the store was opened for reading only: the running service writes it")

    def close(self) -> None:
        """Nothing is held."""


class MemoryStore:
    """A store over tables in memory, safe to use from many threads.

    Cases and threads are read when they are durable; lists, registers and the outbox may be a write ahead of the disk.
    """

    def __init__(self, tables: Tables, changes: Changes) -> None:
        self._tables = tables
        self._changes = changes

    @property
    def installation(self) -> str:
        """The id made with the store."""
        return self._tables.facts[INSTALLATION]

    def new_id(self, prefix: str) -> CaseId:
        """Reserve the next id of a kind."""
        return self._tables.new_id(prefix)

    def get(self, case_id: CaseId) -> AnyCase:
        """Read a case. Raises CaseNotFound."""
        return self._row(case_id).case

    def timeline(self, case_id: CaseId) -> Sequence[Entry]:
        """Read a case's entries, oldest first. Raises CaseNotFound."""
        return self._row(case_id).entries

    def in_thread(self, thread: str) -> Sequence[AnyCase]:
        """All cases of a thread, closed ones too, oldest first."""
        return [row.case for row in self._tables.read_thread(thread)]

    def holding(self, identity: str) -> Sequence[AnyCase]:
        """Cases that hold an object of a source, were offered it or quote it in a post; closed too, oldest first."""
        return [row.case for row in self._tables.read_holding(identity)]

    def by_post(self, post_id: str) -> PostRef | None:
        """Find the case that a root post, present or former, belongs to."""
        with self._tables.lock:
            return self._tables.posts.get(post_id)

    def root_of(self, case_id: CaseId) -> PostRef | None:
        """The case's present root post; None until it was posted. Raises CaseNotFound."""
        roots = self._row(case_id).roots
        return roots[-1] if roots else None

    def live(self) -> Sequence[AnyCase]:
        """Cases that are not closed, oldest first."""
        with self._tables.lock:
            return [row.case for row in self._tables.rows(row for _, row in self._tables.open.items())]

    def closed(self) -> Sequence[AnyCase]:
        """Closed cases, oldest first."""
        with self._tables.lock:
            closed = [filed for case_id, filed in self._tables.cases.items() if case_id not in self._tables.open]
        return [row.case for row in self._tables.rows(closed)]

    def due(self, now: datetime) -> Sequence[CaseId]:
        """Live cases whose deadline is `now` or earlier, the most overdue first."""
        with self._tables.lock:
            found = [
                (row.case.deadline, row.place, case_id)
                for case_id, row in self._tables.open.items()
                if row.case.deadline is not None and row.case.deadline <= now
            ]
        return [case_id for _, _, case_id in sorted(found)]

    def register(self, name: str, key: str) -> str | None:
        """Read a small value."""
        return self.registers(name).get(key)

    def registers(self, name: str) -> Mapping[str, str]:
        """Read all small values of that name, by key."""
        with self._tables.lock:
            return dict(self._tables.registers.get(name) or {})

    def commit(self, unit: Unit) -> None:
        """Write a unit, all or nothing. Raises KeySeen, StaleCase, CaseNotFound, BadInput, StoreUnavailable."""
        check_storable(unit)
        self._changes.carry_out(lambda: commits.commit(self._tables, unit))

    def forget(self, now: datetime) -> None:
        """Drop keys whose time has passed."""
        self._changes.carry_out(lambda: commits.forget(self._tables, now))

    def take(self, now: datetime, limit: int, lease: timedelta, worker: str) -> Sequence[PendingEffect]:
        """Lease effects that are due, oldest first; of a lane only the earliest, and none while one is leased."""
        return self._changes.carry_out(lambda: outbox.take(self._tables, now, limit, lease, worker))

    def settle(self, key: str, outcome: Outcome) -> None:
        """End a lease. Twice is once."""
        check_storable(outcome)
        self._changes.carry_out(lambda: outbox.settle(self._tables, key, outcome))

    def next_effect(self) -> datetime | None:
        """When the next effect of the outbox may be tried, None while it is empty."""
        with self._tables.lock:
            return outbox.next_effect(self._tables)

    def backlog(self) -> int:
        """How many effects wait."""
        with self._tables.lock:
            return len(self._tables.outbox)

    def given_up(self) -> Sequence[tuple[str, str]]:
        """Key and reason of effects that can never be delivered."""
        with self._tables.lock:
            return list(self._tables.given_up.items())

    def close(self) -> None:
        """Finish what was accepted and let go of files and locks."""
        self._changes.close()

    def _row(self, case_id: CaseId) -> CaseRow:
        row = self._tables.read_case(case_id)
        if row is None:
            raise CaseNotFound(f"there is no case {case_id}")
        return row


def open_store(_url: str, *, read_only: bool = False) -> Store:
    """Make an empty store in memory: `memory://`."""
    tables = Tables()
    tables.found()
    tables.settle()
    return MemoryStore(tables, Refusing() if read_only else AtOnce(tables))
