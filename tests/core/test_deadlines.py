"""Durations, and when something is due."""

from datetime import UTC, datetime, timedelta

import pytest
from core_builders import NOW

from router.core.deadlines import ALWAYS_OPEN, Duration, Unit, due, duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10s", timedelta(seconds=10)),
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
    ],
)
def test_a_duration_is_a_whole_number_of_a_unit(text, length):
    assert due(NOW, duration(text)) - NOW == length


@pytest.mark.parametrize("text", ["30m", "4h", "2d", "10s", "6 months"])
def test_a_duration_is_written_as_it_was_read(text):
    assert str(duration(text)) == text


@pytest.mark.parametrize("text", [" 30 m ", "6months", "6 months"])
def test_spaces_in_a_duration_do_not_matter(text):
    assert duration(text).amount in {30, 6}


@pytest.mark.parametrize("text", ["", "0m", "-1h", "1.5h", "h", "30", "1w", "1 month", "100000m", "1h30m", "１h", "4H"])
def test_what_is_no_duration_is_refused_with_what_would_be_one(text):
    with pytest.raises(ValueError, match="write a whole number"):
        duration(text)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2026, 1, 15), 1, (2026, 2, 15)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2026, 12, 31), 12, (2027, 12, 31)),
        ((2026, 6, 1), 6, (2026, 12, 1)),
        ((2026, 7, 1), 6, (2027, 1, 1)),
    ],
)
def test_months_are_calendar_months(start, months, end):
    assert due(datetime(*start, 9, tzinfo=UTC), Duration(months, Unit.MONTHS)) == datetime(*end, 9, tzinfo=UTC)


@pytest.mark.parametrize("unit", Unit)
def test_what_is_due_is_later_than_its_start(unit):
    assert due(NOW, Duration(1, unit)) > NOW


def test_a_calendar_may_stretch_time():
    class Twice:
        def after(self, start, length):
            return start + 2 * length

    assert due(NOW, duration("1h"), Twice()) == due(NOW, duration("2h"))
    assert ALWAYS_OPEN.after(NOW, timedelta(hours=1)) == due(NOW, duration("1h"))
