"""The thread that listens: it connects again whatever happened, and tells how it stands."""

import queue
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from world import ManualClock, eventually

from router.core.errors import ChatRefused, ChatUnavailable, Refusal, StoreUnavailable
from router.hearing import PASSING, Hearing
from router.ports import AccountChanged, Happening, Missed, Posted


@dataclass
class Events:
    """Connections, one after the other, of what is put into the line; an error ends one."""

    line: "queue.Queue[Happening | Exception]" = field(default_factory=queue.Queue)
    connections: int = 0

    def listen(self) -> Generator[Happening, None, None]:
        self.connections += 1
        while True:
            happening = self.line.get()
            if isinstance(happening, Exception):
                raise happening
            yield happening

    def close(self) -> None:
        self.line.put(ChatUnavailable("closed", unclear=False))


@dataclass
class CatchingUp:
    """Counts, and fails as told."""

    caught_up: int = 0
    writes: int = 0
    failing: list[Exception] = field(default_factory=list)

    def hear(self, posted: Posted) -> None:
        raise AssertionError(posted)

    def catch_up(self) -> None:
        if self.failing:
            raise self.failing.pop()
        self.caught_up += 1

    def write(self) -> None:
        self.writes += 1


@dataclass
class Roster:
    """Takes down whom it was to look at again."""

    looked_at: list[str] = field(default_factory=list)

    def look_again(self, user_ids: list[str]) -> None:
        self.looked_at += user_ids


@dataclass
class Parts:
    events: Events = field(default_factory=Events)
    catching_up: CatchingUp = field(default_factory=CatchingUp)
    roster: Roster = field(default_factory=Roster)
    clock: ManualClock = field(default_factory=ManualClock)


@pytest.fixture
def parts() -> Parts:
    return Parts()


@contextmanager
def hearing(parts: Parts) -> Iterator[Hearing]:
    started = Hearing(parts.events, parts.catching_up, parts.roster, parts.clock)
    started.start()
    try:
        yield started
    finally:
        started.stop()


def test_what_was_missed_is_caught_up_with_at_once(parts: Parts) -> None:
    with hearing(parts) as heard:
        assert heard.deaf
        parts.events.line.put(Missed())
        eventually(lambda: heard.deaf is None, "the connection")
    assert parts.catching_up.caught_up == 1


@pytest.mark.parametrize(
    "error",
    [
        ChatUnavailable("away", unclear=False),
        ChatRefused(Refusal.CREDENTIALS, "no"),
        StoreUnavailable("full"),
        ValueError("a mistake of ours"),
    ],
    ids=["unavailable", "refused", "not stored", "unforeseen"],
)
def test_whatever_goes_wrong_it_listens_again(parts: Parts, error: Exception) -> None:
    parts.catching_up.failing.append(error)
    parts.events.line.put(Missed())
    with hearing(parts) as heard:
        parts.events.line.put(Missed())
        eventually(lambda: heard.deaf is None, "the connection")
    assert (parts.events.connections, parts.catching_up.caught_up) == (2, 1)


def test_a_loss_is_passing_at_first_and_lasting_after_a_while(parts: Parts) -> None:
    with hearing(parts) as heard:
        parts.events.line.put(ChatRefused(Refusal.CREDENTIALS, "no", remedy="make a new token"))
        eventually(lambda: heard.deaf and heard.deaf.why == "make a new token", "the loss")
        assert heard.deaf
        assert not heard.deaf.lasting
        parts.clock.at += PASSING + timedelta(seconds=1)
        assert heard.deaf.lasting


def test_how_far_was_heard_is_written_when_it_ends(parts: Parts) -> None:
    with hearing(parts) as heard:
        parts.events.line.put(Missed())
        eventually(lambda: heard.deaf is None, "the connection")
    assert parts.catching_up.writes == 1


def test_it_ends_at_once_while_it_waits_for_the_next_try(parts: Parts) -> None:
    parts.catching_up.failing += [ChatUnavailable("away", unclear=False, retry_after=timedelta(minutes=5))]
    parts.events.line.put(Missed())
    with hearing(parts) as heard:
        eventually(lambda: heard.deaf and heard.deaf.why == "away", "the loss")
    assert parts.events.connections == 1


def test_an_account_that_changed_is_looked_at_again(parts: Parts) -> None:
    parts.events.line.put(AccountChanged("u1"))
    with hearing(parts):
        eventually(lambda: parts.roster.looked_at == ["u1"], "the look")
