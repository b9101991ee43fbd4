"""While a write fails, everybody who waits for it hears so, and nobody ever reads what is taken back."""

import os
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from storage.builders import a_case, move, moved, opening

from router.core.errors import StoreUnavailable
from router.ports import Store
from router.storage.tinydb_store import open_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.json"


@pytest.fixture
def beside(path: Path) -> Path:
    """Where the store writes before it replaces its file."""
    return path.with_name(".router.json.new")


@pytest.fixture
def store(path: Path):
    opened = open_file(path)
    yield opened
    opened.close()


def stuck(store: Store, pool: ThreadPoolExecutor, beside: Path) -> Future[None]:
    """Begin a move of ESC-1 whose write waits for `let_fail`; it is in memory when this returns."""
    os.mkfifo(beside)
    writing = pool.submit(store.commit, move(moved(store.get("ESC-1")), "key"))
    give_up = time.monotonic() + 10
    while store.live()[0].version == 1:
        assert time.monotonic() < give_up
        time.sleep(0.001)
    return writing


def let_fail(beside: Path) -> None:
    """Read what is written; a pipe can't be flushed to disk, so the write fails then."""
    beside.read_bytes()


def test_everybody_in_a_batch_that_fails_hears_so_and_all_can_go_on_afterwards(store, beside):
    beside.mkdir()
    barrier = Barrier(8)

    def commit(number: int) -> bool:
        barrier.wait()
        try:
            store.commit(opening(a_case(f"ESC-{number}"), "same key"))
        except StoreUnavailable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(commit, range(8))) == [False] * 8
    assert (store.live(), store.backlog()) == ([], 0)
    beside.rmdir()
    store.commit(opening(a_case("ESC-1"), "same key"))


def test_a_read_of_a_case_that_is_being_written_waits_and_never_sees_what_is_taken_back(store, beside):
    store.commit(opening(a_case()))
    with ThreadPoolExecutor(4) as pool:
        writing = stuck(store, pool, beside)
        reads = [pool.submit(store.get, "ESC-1"), pool.submit(lambda: store.in_thread("github:acme/app#1")[0])]
        let_fail(beside)
        with pytest.raises(StoreUnavailable):
            writing.result(10)
        assert [one.result(10).version for one in reads] == [1, 1]
    assert store.live()[0].version == 1


def test_a_duplicate_of_what_could_not_be_stored_is_none(store, beside):
    store.commit(opening(a_case()))
    with ThreadPoolExecutor(4) as pool:
        writing = stuck(store, pool, beside)
        again = pool.submit(store.commit, move(moved(a_case()), "key"))
        let_fail(beside)
        with pytest.raises(StoreUnavailable):
            writing.result(10)
        again.result(10)
    assert store.get("ESC-1").version == 2
