"""How often a source brings something, learnt from what it has brought, and whether it is silent by that measure.

Only time in which the router listened counts: while it is down, its sources are not silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

KEPT = timedelta(days=28)
FEWEST, FEWEST_DAYS = 20, 3
KNOWN = timedelta(days=8)  # a weekend is among them, and the day that ends it
SHORTEST = timedelta(hours=1)
TIMES = 2
UNHEARD = timedelta(minutes=5)  # when the time was not told for longer, nobody listened


@dataclass(frozen=True, slots=True)
class Day:
    """How many deliveries came on a day, and the longest quiet that one of them ended."""

    count: int = 0
    longest: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a source: its `last` delivery, how long it has been `quiet` since, up to `told`, and its days.

    `silent` once that was reported, until something comes.
    """

    told: datetime
    last: datetime
    quiet: timedelta = timedelta()
    days: Mapping[date, Day] = field(default_factory=dict)
    silent: bool = False


def passed(pace: Pace, now: datetime) -> Pace:
    """Let time pass in which nothing came."""
    listened = now - pace.told
    if not timedelta() <= listened <= UNHEARD:
        listened = timedelta()
    return replace(pace, told=now, quiet=pace.quiet + listened)


def heard(pace: Pace | None, now: datetime) -> Pace:
    """Take a delivery in. The end of a silence that was reported teaches nothing: that was no pace."""
    pace = passed(pace, now) if pace else Pace(now, now)
    today = now.date()
    before = pace.days.get(today, Day())
    quiet = before.longest if pace.silent else max(before.longest, pace.quiet)
    kept = pace.days if today in pace.days else lately(pace, today)
    days = {**kept, today: Day(before.count + 1, quiet)}
    return Pace(now, now, days=days)


def lately(pace: Pace, today: date) -> Mapping[date, Day]:
    """Give the days that still count."""
    return {day: known for day, known in pace.days.items() if day > today - KEPT}


def patience(pace: Pace, today: date) -> timedelta | None:
    """Say for how long a source may be quiet; None while too little is known of it."""
    days = lately(pace, today)
    count = sum(one.count for one in days.values())
    if count < FEWEST or len(days) < FEWEST_DAYS or today - min(days) < KNOWN:
        return None
    return max(SHORTEST, TIMES * longest(pace, today))


def longest(pace: Pace, today: date) -> timedelta:
    """Say for how long it has been quiet at most, of late."""
    return max((one.longest for one in lately(pace, today).values()), default=timedelta())


def falls_silent(pace: Pace, today: date) -> bool:
    """Whether this source has now been quiet for too long, and nobody was told yet."""
    limit = patience(pace, today)
    return not pace.silent and limit is not None and pace.quiet > limit
