"""Closed cases move to a file of their own, work from there, come back, and are never lost or doubled on the way."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from storage.builders import LEASE, NOW, a_case, closed, eventually, later, move, moved, opening

from router.core.errors import KeySeen, StaleCase
from router.core.units import Done, Key, PostRef, Unit
from router.storage.tinydb_store import closed_beside, open_file, read_file


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.json"


def in_file(path: Path) -> set[str]:
    return set(read_file(path).get("cases", {}))


def archived(path: Path, *case_ids: str) -> None:
    """Wait until cases stand in the second file alone."""
    eventually(lambda: set(case_ids) <= in_file(closed_beside(path)) and not set(case_ids) & in_file(path))


def open_with_archived(path: Path):
    """A store with ESC-1 closed and archived: two keys, a root post, and ESC-2 open in the same thread."""
    store = open_file(path, gathered=1)
    first, second = a_case("ESC-1"), a_case("ESC-2")
    store.commit(opening(first, Key("ever"), Key("short", later(hours=1)), effects=opening(first).effects[:1]))
    store.commit(opening(second, effects=()))
    (pending,) = store.take(NOW, 1, LEASE, "one")
    store.settle(pending.key, Done(PostRef("post", "channel", first.id)))
    store.commit(move(closed(first)))
    archived(path, "ESC-1")
    return store


@pytest.fixture(params=["kept open", "opened anew"])
def store(request, path):
    opened = open_with_archived(path)
    if request.param == "opened anew":
        opened.close()
        opened = open_file(path, gathered=1)
    yield opened
    opened.close()


def test_an_archived_case_is_read_like_any_other(store):
    assert store.get("ESC-1") == closed(a_case("ESC-1"))
    assert [entry.seq for entry in store.timeline("ESC-1")] == [1, 2]
    assert [one.id for one in store.in_thread("github:acme/app#1")] == ["ESC-1", "ESC-2"]
    assert [one.id for one in store.closed()] == ["ESC-1"]
    assert [one.id for one in store.live()] == ["ESC-2"]


def test_an_archived_case_keeps_its_root_post_and_keys(store):
    assert store.by_post("post") == store.root_of("ESC-1") == PostRef("post", "channel", "ESC-1")
    for name in ("ever", "short"):
        with pytest.raises(KeySeen):
            store.commit(Unit(keys=(Key(name),)))


def test_a_key_of_an_archived_case_is_forgotten_for_good(store, path):
    store.forget(later(hours=1))
    store.close()
    again = open_file(path)
    again.commit(Unit(keys=(Key("short"),)))
    with pytest.raises(KeySeen):
        again.commit(Unit(keys=(Key("ever"),)))
    again.close()


def test_an_archived_case_comes_back_when_it_is_reopened(store, path):
    back = moved(closed(a_case("ESC-1")), state="open", deadline=later(hours=1))
    store.commit(move(back))
    assert "ESC-1" in in_file(path)
    store.close()
    again = open_file(path)
    assert (again.get("ESC-1"), len(again.timeline("ESC-1"))) == (back, 3)
    assert ([one.id for one in again.live()], again.closed()) == (["ESC-1", "ESC-2"], [])
    again.close()


def test_a_case_that_came_back_leaves_the_second_file_with_the_next_move(store, path):
    store.commit(move(moved(closed(a_case("ESC-1")), state="open")))
    store.commit(move(closed(a_case("ESC-2"))))
    archived(path, "ESC-2")
    assert (in_file(closed_beside(path)), in_file(path)) == ({"ESC-2"}, {"ESC-1"})


def test_a_stale_version_of_an_archived_case_is_refused(store):
    with pytest.raises(StaleCase):
        store.commit(move(closed(a_case("ESC-1"))))


def test_a_root_post_that_comes_late_reaches_an_archived_case(store):
    store.commit(replace(opening(a_case("ESC-3")), cases=(), entries=()))
    (pending,) = store.take(NOW, 1, LEASE, "one")
    store.settle(pending.key, Done(PostRef("late", "channel", "ESC-1")))
    assert store.root_of("ESC-1").post_id == "late"
    assert store.by_post("post").case == "ESC-1"


def test_a_crash_between_the_two_files_loses_and_doubles_nothing(path):
    store = open_file(path)
    case = a_case("ESC-1")
    store.commit(opening(case, "ever"))
    store.commit(move(closed(case)))
    store.close()
    before = path.read_bytes()
    store = open_file(path, gathered=1)
    store.commit(opening(a_case("ESC-2")))
    archived(path, "ESC-1")
    store.close()
    path.write_bytes(before)
    store = open_file(path)
    assert [one.id for one in store.in_thread(case.matter.thread)] == [one.id for one in store.closed()] == ["ESC-1"]
    store.commit(move(moved(closed(case), state="open")))
    store.close()
    reader = open_file(path, read_only=True)
    assert (reader.get("ESC-1").state, reader.closed()) == ("open", [])
    reader.close()


def test_closed_cases_left_by_the_last_run_are_moved_by_the_next(path):
    store = open_file(path)
    for number in range(5):
        case = a_case(f"ESC-{number}")
        store.commit(opening(case))
        store.commit(move(closed(case)))
    store.close()
    store = open_file(path, gathered=5)
    store.commit(opening(a_case("ESC-9")))
    archived(path, *(f"ESC-{number}" for number in range(5)))
    store.close()


def test_a_file_that_cant_be_written_leaves_closed_cases_where_they_are(path, caplog):
    store = open_file(path, gathered=1)
    blocked = closed_beside(path).with_name(".router.closed.json.new")
    blocked.mkdir()
    case = a_case()
    store.commit(opening(case))
    store.commit(move(closed(case)))
    eventually(lambda: "stay where they are" in caplog.text)
    assert in_file(path) == {"ESC-1"}
    blocked.rmdir()
    second = a_case("ESC-2")
    store.commit(opening(second))
    store.commit(move(closed(second)))
    archived(path, "ESC-1", "ESC-2")
    store.close()


def test_a_reader_sees_every_unit_whole_while_cases_are_opened_closed_and_moved(path):
    store = open_file(path, gathered=3)
    over = Event()

    def write(worker: int) -> None:
        for number in range(25):
            pair = tuple(a_case(f"ESC-{worker}{number:02}{twin}", thread=f"t:{worker}{number}") for twin in "01")
            store.commit(Unit(cases=pair, registers=()))
            store.commit(Unit(cases=tuple(closed(one) for one in pair)))

    def read() -> int:
        counts = [0]
        while not over.is_set():
            reader = open_file(path, read_only=True)
            live, shut = reader.live(), reader.closed()
            assert len(live) % 2 == len(shut) % 2 == 0
            counts.append(len(live) + len(shut))
            reader.close()
        assert counts == sorted(counts)
        return len(counts)

    with ThreadPoolExecutor(5) as pool:
        reading = pool.submit(read)
        list(pool.map(write, range(4)))
        over.set()
        assert reading.result() > 2
    assert len(store.closed()) == 200
    store.close()
