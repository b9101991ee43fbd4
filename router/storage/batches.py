"""Group commit: one thread carries out the changes of all others, and one write to disk makes a whole batch last."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any, TypeVar

from router.core.errors import StoreUnavailable
from router.storage.tables import Tables

log = logging.getLogger(__name__)
T = TypeVar("T")
_GATHER = 0.002  # seconds; a durable write takes several times as long


@dataclass(frozen=True, slots=True)
class _Change:
    """A piece of work, and who waits for it."""

    work: Callable[[], Any]
    answer: Future[Any]


@dataclass(frozen=True, slots=True)
class _Failed:
    """What a piece of work raised."""

    error: Exception


class Batches:
    """Changes that last when they are answered.

    `write` makes the journal durable; when it raises, the whole batch is taken back and everybody in it hears so. A
    refusal waits for the write as well: "seen before" must not be heard before what was seen is on disk.
    """

    def __init__(self, tables: Tables, write: Callable[[], None], afterwards: Callable[[], None]) -> None:
        self._tables = tables
        self._write = write
        self._afterwards = afterwards
        self._waiting: list[_Change] = []
        self._answered = 0
        self._closed = False
        self._wake = Condition()
        self._thread = Thread(target=self._carry_on, name="store-writer", daemon=True)
        self._thread.start()

    def carry_out(self, work: Callable[[], T]) -> T:
        """Queue a piece of work and wait until it lasts."""
        change = _Change(work, Future())
        with self._wake:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            self._waiting.append(change)
            self._wake.notify()
        result: T = change.answer.result()
        return result

    def close(self) -> None:
        """Finish what was accepted, and accept nothing more."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _carry_on(self) -> None:
        while batch := self._next():
            self._run(batch)

    def _next(self) -> list[_Change]:
        """Wait for work; nothing means that the store is closed.

        Whoever was answered just now is about to ask again, so a busy store waits a moment for them: two half batches
        cost twice the disk.
        """
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closed)
            if self._answered > 1:
                company = self._answered + len(self._waiting)
                self._wake.wait_for(lambda: len(self._waiting) >= company or self._closed, _GATHER)
            batch, self._waiting = self._waiting, []
            self._answered = len(batch)
            return batch

    def _run(self, batch: list[_Change]) -> None:
        with self._tables.lock:
            results = [self._attempt(change) for change in batch]
        try:
            self._write()
        except Exception as error:
            self._tables.undo()
            log.exception("a batch of %d changes could not be stored and was taken back", len(batch))
            for change in batch:
                change.answer.set_exception(_unavailable(error))
            return
        self._afterwards()
        self._tables.settle()
        for change, result in zip(batch, results, strict=True):
            _tell(change, result)

    def _attempt(self, change: _Change) -> object:
        try:
            return self._tables.attempt(change.work)
        except Exception as error:  # noqa: BLE001  (whoever asked hears it; the others of the batch must not)
            return _Failed(error)


def _tell(change: _Change, result: object) -> None:
    if isinstance(result, _Failed):
        change.answer.set_exception(result.error)
    else:
        change.answer.set_result(result)


def _unavailable(error: Exception) -> StoreUnavailable:
    unavailable = StoreUnavailable(f"nothing can be stored now: {error}")
    unavailable.__cause__ = error
    return unavailable
