"""When something is due: durations, calendars, the steps of a chase."""

import calendar as gregorian
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Unit(StrEnum):
    """Units of the policy file's durations."""

    SECONDS = "s"
    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Duration:
    """A whole number of a unit. Months are calendar months, so this is no timedelta."""

    amount: int
    unit: Unit

    def __str__(self) -> str:
        """Write it as the policy file does."""
        return f"{self.amount} months" if self.unit is Unit.MONTHS else f"{self.amount}{self.unit}"


_WRITTEN = re.compile(r"([1-9][0-9]{0,4})\s*(s|m|h|d|months)")
_LENGTH = {
    Unit.SECONDS: timedelta(seconds=1),
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
}


def duration(text: str) -> Duration:
    """Read "30m", "4h", "2d", "6 months" (and "10s", for tests and demos). Raises ValueError."""
    found = _WRITTEN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no duration: write a whole number and m, h, d or months, such as 30m or 2d")
    return Duration(int(found[1]), Unit(found[2]))


def length(span: timedelta) -> str:
    """Write the two largest units that matter."""
    minutes = int(span.total_seconds()) // 60
    if not minutes:
        return f"{int(span.total_seconds())}s"
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "m"))
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount}{unit}" for amount, unit in parts[first : first + 2] if amount)


class Calendar(Protocol):
    """Says which time counts."""

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Give the moment at which `length` of counting time has passed since `start`."""


class AlwaysOpen:
    """Every minute counts."""

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Add the length, nothing else."""
        return start + length


ALWAYS_OPEN = AlwaysOpen()


def due(start: datetime, length: Duration, calendar: Calendar = ALWAYS_OPEN) -> datetime:
    """When `length` from `start` has passed, in the calendar's time. Always later than `start`."""
    if length.unit is Unit.MONTHS:
        return _months_later(start, length.amount)
    return calendar.after(start, _LENGTH[length.unit] * length.amount)


def _months_later(start: datetime, months: int) -> datetime:
    """Same day of a later month, or that month's last day (31 January and a month: 28 February)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


class Do(StrEnum):
    """What a chase step does."""

    REMIND_OWNER = "remind-owner"
    HAND_OVER = "hand-over"
    NOTIFY_ALL = "notify-all"
    NOTIFY_BACKSTOP = "notify-backstop"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chase; `every` is the time from it to the next, None for the deadline's own length."""

    do: Do
    every: Duration | None = None
