"""All tables and indexes of a store in memory; the one place that keeps them in step with each other.

What may be done to them is decided in `commits` and `outbox`; durability is the business of the backends.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from threading import Condition, Lock, RLock
from typing import TypeVar

from router.core.cases import CaseId
from router.core.units import AnyCase, PostRef
from router.storage.journal import Journal, Table
from router.storage.rows import CLOSED, CaseRow, EffectRow, Filed, KeyRow, thread_of

T = TypeVar("T")
INSTALLATION = "installation"
FORGOTTEN = "forgotten"
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Tables:
    """Rows by their natural keys, and the indexes `threads`, `objects`, `posts` and `open` over the cases.

    `erased` has the cases that words were erased of. Hold `lock` while reading or changing. `told` is the latest time
    that anybody mentioned: a store has no clock.
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self.lock = RLock()
        self._durable = Condition(self.lock)
        self.facts: Table[str, str] = Table("facts", self.journal)
        self.cases: Table[CaseId, Filed] = Table("cases", self.journal)
        self.keys: Table[str, KeyRow] = Table("keys", self.journal)
        self.registers: Table[str, dict[str, str]] = Table("registers", self.journal)
        self.outbox: Table[str, EffectRow] = Table("outbox", self.journal)
        self.given_up: Table[str, str] = Table("given_up", self.journal)
        self.threads: Table[str, tuple[CaseId, ...]] = Table("threads", self.journal)
        self.objects: Table[str, tuple[CaseId, ...]] = Table("objects", self.journal)
        self.posts: Table[str, PostRef] = Table("posts", self.journal)
        self.open: Table[CaseId, CaseRow] = Table("open", self.journal)
        self.erased: Table[CaseId, int] = Table("erased", self.journal)
        self.told = _LONG_AGO
        self._places = 0
        self._numbers: dict[str, int] = {}
        self._numbers_lock = Lock()

    # -- changing ------------------------------------------------------------------------------------------------------

    def found(self) -> None:
        """Begin a new store: give it its installation's id."""
        self.facts.put(INSTALLATION, secrets.token_hex(8))

    def attempt(self, work: Callable[[], T]) -> T:
        """Do a piece of work whole or, when it raises, not at all."""
        mark = self.journal.mark()
        try:
            return work()
        except BaseException:
            self.journal.back_to(mark)
            raise

    def settle(self) -> None:
        """Everything so far is durable: whoever waits to read it may."""
        with self.lock:
            self.journal.settle()
            self._durable.notify_all()

    def undo(self) -> None:
        """Go back to what is durable."""
        with self.lock:
            self.journal.back_to(0)
            self._durable.notify_all()

    def hear(self, now: datetime) -> None:
        """Remember the latest time that was mentioned."""
        self.told = max(self.told, now)

    def next_place(self) -> int:
        """Rank whatever comes now behind everything there is."""
        self._places += 1
        return self._places

    def store_case(self, row: CaseRow) -> None:
        """Add or replace a case, and keep the index of open ones in step."""
        case_id = row.case.id
        self.cases.put(case_id, row)
        if row.case.state != CLOSED:
            self.open.put(case_id, row)
        elif case_id in self.open:
            self.open.drop(case_id)

    def index_case(self, case_id: CaseId, place: int, thread: str | None, roots: Iterable[PostRef]) -> None:
        """Make a case that is new here known by thread, root posts and number."""
        self._places = max(self._places, place)
        if thread is not None:
            self.threads.put(thread, (*(self.threads.get(thread) or ()), case_id))
        for root in roots:
            self.posts.put(root.post_id, root)
        self._count(case_id)

    def rethread(self, case_id: CaseId, before: AnyCase, after: AnyCase) -> None:
        """Follow a case that has moved to another thread."""
        old, new = thread_of(before), thread_of(after)
        if old == new:
            return
        if old is not None:
            self.threads.put(old, tuple(one for one in self.threads[old] if one != case_id))
        if new is not None:
            self.threads.put(new, (*(self.threads.get(new) or ()), case_id))

    def index_objects(self, case_id: CaseId, identities: Iterable[str]) -> None:
        """Make a case known by the objects that it holds; that it held one stays known."""
        for identity in identities:
            known = self.objects.get(identity) or ()
            if case_id not in known:
                self.objects.put(identity, (*known, case_id))

    def load_effect(self, row: EffectRow) -> None:
        """Put an effect back that was stored before."""
        self._places = max(self._places, row.place)
        self.outbox.put(row.pending.key, row)
        self.hear(row.pending.made_at)

    # -- reading -------------------------------------------------------------------------------------------------------

    def read_case(self, case_id: CaseId) -> CaseRow | None:
        """Read a durable row: one that is being written is waited for."""
        with self.lock:
            self._durable.wait_for(lambda: not self.journal.holds(self.cases, case_id))
            filed = self.cases.get(case_id)
            return filed.row() if filed else None

    def read_thread(self, thread: str) -> list[CaseRow]:
        """Read the durable rows of a thread, oldest first."""
        return self._read_indexed(self.threads, thread)

    def read_holding(self, identity: str) -> list[CaseRow]:
        """Read the durable rows that hold an object of a source, oldest first."""
        return [row for row in self._read_indexed(self.objects, identity) if identity in row.objects]

    def _read_indexed(self, index: Table[str, tuple[CaseId, ...]], key: str) -> list[CaseRow]:
        with self.lock:
            self._durable.wait_for(lambda: self._is_durable(index, key))
            return self.rows(self.cases[one] for one in index.get(key) or ())

    def rows(self, filed: Iterable[Filed]) -> list[CaseRow]:
        """Unpack rows, oldest first."""
        return [one.row() for one in sorted(filed, key=lambda one: one.place)]

    def _is_durable(self, index: Table[str, tuple[CaseId, ...]], key: str) -> bool:
        if self.journal.holds(index, key):
            return False
        return not any(self.journal.holds(self.cases, one) for one in index.get(key) or ())

    # -- numbers -------------------------------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> CaseId:
        """Reserve the next number of a prefix."""
        with self._numbers_lock:
            self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
            return CaseId(f"{prefix}-{self._numbers[prefix]}")

    def _count(self, case_id: CaseId) -> None:
        prefix, _, number = case_id.rpartition("-")
        if number.isascii() and number.isdigit():
            with self._numbers_lock:
                self._numbers[prefix] = max(self._numbers.get(prefix, 0), int(number))
