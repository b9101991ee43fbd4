"""Strangers' texts and times on a terminal."""

from datetime import UTC, datetime, timedelta

import pytest

from router.cli.plain import away_from, moment, plain

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "hostile",
    [
        "a\x1b[31mb",
        "a\x1b[2J\x1b[Hb",
        "a\x9b31mb",
        "a\x1b]0;owned\x07b",
        "a\x1b]8;;https://evil.example\x1b\\b",
        "a\x9downed\x9cb",
        "a\x1bPowned\x1b\\b",
        "a\x1bcb",
        "a\x1b(0b",
        "a\x00\x08\x7fb",
        "a\u202e\u2066\u200bb",
        "a\ud800b",
    ],
)
def test_nothing_of_a_text_acts_on_a_terminal(hostile):
    assert plain(hostile) == "ab"


def test_a_sequence_without_an_end_hides_nothing_of_the_text():
    assert plain("a\x1b]b") == plain("a\x9db") == plain("a\x1bPb") == "ab"
    assert plain("a\x1b") == plain("a\x1b[") == "a"


def test_line_breaks_of_every_kind_become_blanks():
    assert plain(" a\r\nb\tc\u2028d\x85e\x0bf ") == "a b c d e f"


def test_other_scripts_and_symbols_stay():
    assert plain("Größe 大小 🔒 مقاس") == "Größe 大小 🔒 مقاس"


def test_a_long_text_is_cut_where_it_must_be():
    assert (plain("a long title", 7), plain("fitting", 7)) == ("a long…", "fitting")


@pytest.mark.parametrize(
    ("away", "written"),
    [
        ({"seconds": 42}, "in 42s"),
        ({"minutes": 5, "seconds": 59}, "in 5m"),
        ({"hours": 4}, "in 4h"),
        ({"hours": 3, "minutes": 12}, "in 3h 12m"),
        ({"days": 2, "hours": 1, "minutes": 30}, "in 2d 1h"),
        ({"days": 2, "minutes": 30}, "in 2d"),
        ({"minutes": -90}, "1h 30m ago"),
    ],
)
def test_a_time_is_told_by_how_far_away_it_is(away, written):
    assert away_from(NOW + timedelta(**away), NOW) == written


def test_a_time_is_written_in_utc():
    assert moment(NOW) == "2026-03-02 09:30 UTC"
