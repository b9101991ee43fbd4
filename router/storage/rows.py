"""What the tables hold: immutable rows. A change replaces a row whole, so the old row takes the change back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from router.core.cases import CaseId, Entry
from router.core.quoting import TITLE, Quote
from router.core.units import AnyCase, Key, PendingEffect, PostRef

CLOSED = "closed"  # the one state that every kind of case has


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case with all that belongs to it. `place` is its rank by age; the last root is the present one.

    `quotes` are the other posts that hold its words, oldest first; `erased` is how many entries it had when words of it
    were last erased.
    """

    place: int
    case: AnyCase
    entries: tuple[Entry, ...] = ()
    roots: tuple[PostRef, ...] = ()
    keys: tuple[Key, ...] = ()
    quotes: tuple[Quote, ...] = ()
    erased: int = 0

    @property
    def objects(self) -> set[str]:
        """Identities of the objects that it holds or may be answered by, or that a post of it still quotes.

        Not every kind of case has any.
        """
        matter = self.case.matter
        offered = {one.identity for one in getattr(matter, "offers", ())}
        return offered | objects_of(getattr(matter, "signals", ()), self.quotes)

    def row(self) -> "CaseRow":
        """Give itself: it is at hand."""
        return self


class Named(Protocol):
    """An object of a source, as a case holds it."""

    @property
    def identity(self) -> str:
        """Its name."""

    @property
    def alias(self) -> str:
        """Another name of it, or ""."""


def objects_of(signals: Iterable[Named], quotes: Iterable[Quote]) -> set[str]:
    """Name the objects that signals and quotes are of."""
    named = {name for one in signals for name in (one.identity, one.alias)}
    return (named | {one.words.identity for one in quotes}) - {"", TITLE}


class Filed(Protocol):
    """A case's row, at hand or packed away."""

    @property
    def place(self) -> int:
        """Its rank by age."""

    def row(self) -> CaseRow:
        """Read it."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that is taken. `case` is whose row keeps it, None for a key that is kept by itself."""

    until: datetime | None
    case: CaseId | None


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody delivers the effect until then; `first_unclear` when nothing was unclear before this try."""

    until: datetime
    first_unclear: bool


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An effect in the outbox: its rank by age, when it may be tried again, and who tries now.

    `withdrawn` when what an earlier try may have said, was erased since.
    """

    place: int
    pending: PendingEffect
    not_before: datetime | None = None
    lease: Lease | None = None
    withdrawn: bool = False

    @property
    def ready_at(self) -> datetime:
        """When it may be tried next."""
        if self.lease:
            return self.lease.until
        return self.not_before or self.pending.made_at

    def ready(self, now: datetime) -> bool:
        """Whether it may be tried now; one that was never tried always may."""
        waits_until = self.lease.until if self.lease else self.not_before
        return waits_until is None or waits_until <= now


def thread_of(case: AnyCase) -> str | None:
    """Tell the thread that a case belongs to; not every kind has one."""
    thread: str | None = getattr(case.matter, "thread", None)
    return thread
