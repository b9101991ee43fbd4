"""Asking together: whoever asks the same while an answer is under way shares the next one with all who do.

An answer is never older than the question, and a hundred who ask at once need two answers, not a hundred.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Shares the answers to equal questions; safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[Hashable, _Round[T]] = {}
        self._busy: dict[Hashable, tuple[threading.Lock, int]] = {}

    def ask(self, question: Hashable, answer: Callable[[], T]) -> T:
        """Give an answer that was begun after this call. Raises what `answer` raises, to all who share it."""
        with self._lock:
            mine = self._next.setdefault(question, _Round())
            turn, waiting = self._busy.get(question, (threading.Lock(), 0))
            self._busy[question] = (turn, waiting + 1)
        try:
            with turn:
                if not mine.begun:
                    self._begin(question, mine)
                    mine.run(answer)
        finally:
            self._leave(question)
        return mine.outcome()

    def _begin(self, question: Hashable, mine: "_Round[T]") -> None:
        """Close the round: whoever asks from now on is served by the one after it."""
        with self._lock:
            del self._next[question]
            mine.begun = True

    def _leave(self, question: Hashable) -> None:
        with self._lock:
            turn, waiting = self._busy.pop(question)
            if waiting > 1:
                self._busy[question] = (turn, waiting - 1)


class _Round(Generic[T]):
    """One answer, and all who wait for it."""

    def __init__(self) -> None:
        self.begun = False
        self._answer: list[T] = []
        self._error: BaseException | None = None

    def run(self, answer: Callable[[], T]) -> None:
        try:
            self._answer.append(answer())
        except BaseException as error:  # noqa: BLE001  (whatever it is, it is raised by `outcome`, to each who asked)
            self._error = error

    def outcome(self) -> T:
        if self._error is not None:
            raise self._error
        return self._answer[0]
