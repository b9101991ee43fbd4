"""Counts by day: in memory until they are written down, and never counted twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from router.core.errors import StoreUnavailable
from router.service.tally import KEPT_DAYS, Tally, between, counted
from router.storage import open_store

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path):
    store = open_store(f"tinydb:///{tmp_path}/router.json")
    yield store
    store.close()


def test_what_was_counted_is_added_to_what_was_written_before(store):
    for _ in range(2):
        tally = Tally("verdicts")
        tally.count("none", TODAY)
        tally.count("licensing", TODAY)
        tally.write(store, TODAY)
        tally.write(store, TODAY)
    assert counted(store, "verdicts") == {TODAY: {"none": 2, "licensing": 2}}


def test_nothing_is_written_while_nothing_was_counted(store, tmp_path):
    before = (tmp_path / "router.json").stat().st_mtime_ns
    Tally("verdicts").write(store, TODAY)
    assert (tmp_path / "router.json").stat().st_mtime_ns == before


def test_days_are_counted_apart_and_dropped_when_they_are_old(store):
    tally = Tally("verdicts")
    for ago in range(KEPT_DAYS + 5):
        tally.count("none", TODAY - ago * DAY)
        tally.write(store, TODAY - ago * DAY)
    tally.count("none", TODAY)
    tally.write(store, TODAY)
    days = counted(store, "verdicts")
    assert (len(days), min(days), days[TODAY]) == (KEPT_DAYS, TODAY - (KEPT_DAYS - 1) * DAY, {"none": 2})


def test_what_could_not_be_written_is_written_later(store):
    tally = Tally("verdicts")
    tally.count("none", TODAY)
    with pytest.raises(StoreUnavailable):
        tally.write(open_store("memory://", read_only=True), TODAY)
    tally.count("none", TODAY)
    tally.write(store, TODAY)
    assert counted(store, "verdicts") == {TODAY: {"none": 2}}


def test_many_threads_count_and_nothing_is_lost(store):
    tally = Tally("verdicts")
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: tally.count("none", TODAY), range(400)):
            tally.write(store, TODAY)
    tally.write(store, TODAY)
    assert counted(store, "verdicts")[TODAY] == {"none": 400}


def test_days_between_two_are_added_up_both_included():
    days = {TODAY - ago * DAY: {"none": 10**ago} for ago in range(4)}
    assert between(days, TODAY - 2 * DAY, TODAY - DAY) == {"none": 110}
