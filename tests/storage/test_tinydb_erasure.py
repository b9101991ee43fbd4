"""Words that were erased stand in no file of the folder any more, wherever their case was."""

from dataclasses import replace
from pathlib import Path

import pytest
from storage.builders import LEASE, NOW, a_case, closed, eventually, move, moved, opening

from router.core.effects import DirectMessage
from router.core.quoting import Erasure
from router.core.units import Unit
from router.storage.tinydb_store import closed_beside, open_file

SECRET = "swordfish"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.json"


def files_with(folder: Path) -> list[str]:
    return [one.name for one in sorted(folder.iterdir()) if one.is_file() and SECRET.encode() in content(one)]


def content(path: Path) -> bytes:
    """A file's bytes; none of one that was put in another's place meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def open_with_a_case(path, *, archived=False, again=False):
    """A store whose case holds the word: live, archived, or archived and reopened."""
    store = open_file(path, gathered=1)
    case = a_case(text=SECRET)
    store.commit(opening(case, effects=()))
    if archived or again:
        case = closed(case)
        store.commit(move(case))
        eventually(lambda: files_with(path.parent) == [closed_beside(path).name])
    if again:
        case = moved(case, state="open", deadline=NOW)
        store.commit(move(case))
    return store, case


def forgetting(case):
    matter = replace(case.matter, signals=tuple(replace(one, text="") for one in case.matter.signals))
    return replace(move(moved(case, matter=matter)), erasures=(Erasure(case.id, None),))


def test_the_words_of_a_live_case_are_gone_with_the_commit(path):
    store, case = open_with_a_case(path)
    store.commit(forgetting(case))
    assert files_with(path.parent) == []
    store.close()


@pytest.mark.parametrize("again", [False, True])
def test_the_words_of_an_archived_case_are_gone_from_both_files(path, again):
    store, case = open_with_a_case(path, archived=True, again=again)
    store.commit(forgetting(case))
    eventually(lambda: files_with(path.parent) == [])
    assert store.get(case.id).matter.signals[0].text == ""
    store.close()
    assert files_with(path.parent) == []


@pytest.mark.parametrize("again", [False, True])
def test_what_a_kill_left_in_the_second_file_is_gone_after_the_next_start(path, again):
    store, case = open_with_a_case(path, archived=True, again=again)
    old = closed_beside(path).read_bytes()
    store.commit(forgetting(case))
    store.close()
    closed_beside(path).write_bytes(old)
    store = open_file(path, gathered=100)
    if not again:
        assert store.get(case.id).matter.signals[0].text == ""
    eventually(lambda: files_with(path.parent) == [])
    store.close()


def test_a_case_in_the_second_file_is_found_by_either_name_of_an_object(path):
    store = open_file(path, gathered=1)
    case = a_case(text=SECRET)
    (heard,) = case.matter.signals
    case = replace(case, matter=replace(case.matter, signals=(replace(heard, alias="x:x.com:2"),)))
    store.commit(opening(case, effects=()))
    store.commit(move(closed(case)))
    eventually(lambda: files_with(path.parent) == [closed_beside(path).name])
    store.close()
    store = open_file(path)
    assert [[one.id for one in store.holding(name)] for name in (heard.identity, "x:x.com:2")] == [["ESC-1"]] * 2
    store.close()


def test_a_half_written_file_with_the_words_is_swept_at_the_start(path):
    store, case = open_with_a_case(path)
    left = path.with_name(f".{path.name}.new")
    old = path.read_bytes()
    store.commit(forgetting(case))
    store.close()
    left.write_bytes(old)
    open_file(path).close()
    assert files_with(path.parent) == []


def test_a_second_file_that_cant_be_written_is_cleaned_when_it_can(path, caplog):
    store, case = open_with_a_case(path, archived=True)
    blocked = closed_beside(path).with_name(".router.closed.json.new")
    blocked.mkdir()
    store.commit(forgetting(case))
    eventually(lambda: "stay where they are" in caplog.text)
    assert files_with(path.parent) == [closed_beside(path).name]
    blocked.rmdir()
    store.commit(opening(a_case("ESC-2"), effects=()))
    eventually(lambda: files_with(path.parent) == [])
    store.close()


def test_what_is_erased_while_cases_move_is_gone_from_both_files(path):
    store = open_file(path, gathered=1)
    for number in range(1, 30):
        case = a_case(f"ESC-{number}", thread=f"t:{number}", text=f"{SECRET} {number}")
        store.commit(opening(case, effects=()))
        shut = closed(case)
        store.commit(move(shut))
        store.commit(forgetting(shut))
    eventually(lambda: files_with(path.parent) == [])
    store.close()
    store = open_file(path)
    assert len(store.closed()) == 29
    store.close()


def test_a_message_that_waits_is_gone_with_the_commit(path):
    store, case = open_with_a_case(path)
    store.commit(forgetting(case))
    store.commit(Unit(effects=(DirectMessage("user", SECRET, "answer", {case.id: 9}),)))
    store.take(NOW, 1, LEASE, "one")
    store.commit(forgetting(moved(case)))
    assert files_with(path.parent) == []
    store.close()
