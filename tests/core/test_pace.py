"""How long a source may be quiet follows from what it has brought; only time in which somebody listened counts."""

from datetime import datetime, timedelta

import pytest
from core_builders import NOW
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.pace import FEWEST, KEPT, SHORTEST, UNHEARD, Pace, falls_silent, heard, passed, patience

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def listen(pace: Pace, length: timedelta) -> Pace:
    """Be told of the time every minute, as long as that lasts."""
    until = pace.told + length
    while pace.told < until:
        pace = passed(pace, min(until, pace.told + MINUTE))
    return pace


def brought(*pauses: timedelta, start: datetime = NOW) -> Pace:
    """A source that brought one thing, and after each of these pauses another."""
    pace = heard(None, start)
    for pause in pauses:
        pace = listen(pace, pause)
        pace = heard(pace, pace.told)
    return pace


def quiet_for(pace: Pace, length: timedelta) -> bool:
    pace = listen(pace, length)
    return falls_silent(pace, pace.told.date())


@pytest.fixture(scope="module")
def steady() -> Pace:
    """One delivery every six hours, for nine days."""
    return brought(*[6 * HOUR] * 36)


def test_a_source_is_silent_after_twice_its_longest_pause(steady: Pace) -> None:
    assert patience(steady, steady.told.date()) == 12 * HOUR
    assert not quiet_for(steady, 12 * HOUR)
    assert quiet_for(steady, 12 * HOUR + MINUTE)


def test_a_busy_source_is_given_an_hour_all_the_same() -> None:
    pace = brought(*[MINUTE] * 9 * 24 * 60)
    assert patience(pace, pace.told.date()) == SHORTEST


@pytest.mark.parametrize(
    "pauses",
    [[12 * HOUR] * (FEWEST - 2), [6 * HOUR] * 30, [9 * DAY, *[MINUTE] * FEWEST]],
    ids=["too few", "not over a weekend", "on two days"],
)
def test_of_a_source_that_is_little_known_nobody_says_when_it_is_silent(pauses: list[timedelta]) -> None:
    pace = brought(*pauses)
    assert patience(pace, pace.told.date()) is None


def test_time_of_which_nobody_told_is_no_quiet(steady: Pace) -> None:
    """The router was down, or its machine asleep."""
    back = passed(steady, steady.told + 5 * DAY)
    assert not falls_silent(back, back.told.date())
    assert heard(back, back.told + MINUTE).days[back.told.date()].longest == MINUTE


def test_a_clock_that_is_put_back_makes_no_quiet(steady: Pace) -> None:
    assert passed(steady, steady.told - DAY).quiet == steady.quiet


def test_a_silence_that_was_told_is_not_told_again(steady: Pace) -> None:
    silent = Pace(steady.told, steady.last, steady.quiet, steady.days, silent=True)
    assert not quiet_for(silent, 5 * DAY)


def test_a_silence_that_was_told_teaches_nothing(steady: Pace) -> None:
    silent = listen(Pace(steady.told, steady.last, steady.quiet, steady.days, silent=True), 5 * DAY)
    back = heard(silent, silent.told)
    assert not back.silent
    assert patience(back, back.told.date()) == 12 * HOUR


def test_what_is_long_ago_does_not_count_any_more(steady: Pace) -> None:
    assert patience(steady, steady.told.date() + KEPT) is None


@settings(deadline=None)  # many minutes pass one by one
@given(st.lists(st.integers(1, 20 * 60), min_size=1, max_size=60))
def test_a_pause_as_long_as_one_it_has_had_is_no_silence(minutes: list[int]) -> None:
    pace = brought(*(number * MINUTE for number in minutes))
    assert not quiet_for(pace, max(minutes) * MINUTE)


@given(st.lists(st.tuples(st.booleans(), st.integers(-600, 6000)), max_size=80))
def test_quiet_is_never_longer_than_the_time_since_somebody_began_to_listen(steps: list[tuple[bool, int]]) -> None:
    pace, ahead = heard(None, NOW), timedelta()
    for comes, seconds in steps:
        at = pace.told + timedelta(seconds=seconds)
        ahead = timedelta() if comes else ahead + max(timedelta(), min(at - pace.told, UNHEARD))
        pace = heard(pace, at) if comes else passed(pace, at)
        assert timedelta() <= pace.quiet <= ahead
