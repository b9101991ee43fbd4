"""What the files of the embedded store are on disk: whole, private, locked, readable meanwhile, never overwritten."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from storage.builders import NOW, a_case, closed, move, opening

from router.core.errors import StoreLocked, StoreUnavailable
from router.storage.tinydb_store import GATHERED, closed_beside, open_file

CHILD = "import sys; from pathlib import Path; from router.storage.tinydb_store import open_file; "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "router.json"


def test_folders_are_made_and_files_are_private(path):
    open_file(path).close()
    assert {one.name: one.stat().st_mode & 0o777 for one in path.parent.iterdir()} == {
        "router.json": 0o600,
        "router.json.lock": 0o600,
    }


def test_the_file_is_plain_json_with_natural_ids(path):
    store = open_file(path)
    store.commit(opening(a_case(), "seen"))
    store.close()
    stored = json.loads(path.read_text())
    assert stored["cases"]["ESC-1"]["case"]["matter"]["title"] == "A question"
    assert stored["facts"]["installation"]["value"] == store.installation


def test_a_second_process_is_told_which_file_is_taken_and_what_to_do(path):
    store = open_file(path)
    child = subprocess.run(
        [sys.executable, "-c", CHILD + "open_file(Path(sys.argv[1]))", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 1
    assert f"StoreLocked: {path} is open in another process: stop" in child.stderr
    store.close()
    open_file(path).close()


def test_the_same_process_is_locked_out_as_well(path):
    store = open_file(path)
    with pytest.raises(StoreLocked):
        open_file(path)
    store.close()


def test_a_reader_needs_no_lock_and_sees_what_was_stored_when_it_came(path):
    store = open_file(path)
    store.commit(opening(a_case("ESC-1")))
    reader = open_file(path, read_only=True)
    store.commit(opening(a_case("ESC-2")))
    assert [one.id for one in reader.live()] == ["ESC-1"]
    reader.close()
    store.close()


def test_a_reader_refuses_every_change(path):
    store = open_file(path)
    store.commit(opening(a_case()))
    reader = open_file(path, read_only=True)
    (pending,) = store.take(NOW, 1, NOW - NOW, "one")
    for change in (
        lambda: reader.commit(opening(a_case("ESC-2"))),
        lambda: reader.take(NOW, 1, NOW - NOW, "two"),
        lambda: reader.settle(pending.key, None),
        lambda: reader.forget(NOW),
    ):
        with pytest.raises(StoreUnavailable, match="reading only"):
            change()
    reader.close()
    store.close()


def test_a_reader_of_nothing_says_so_and_makes_nothing(path):
    with pytest.raises(StoreUnavailable, match=r"nothing was stored at .*router.json yet"):
        open_file(path, read_only=True)
    assert not path.parent.parent.exists()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"cases": {"ESC-1": 5}}', '{"facts": {}}', '{"facts": {"installation": {"v": 7}}}'],
)
def test_a_damaged_file_is_named_and_never_overwritten(path, content, read_only):
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(StoreUnavailable, match=r"router.json is damaged .*restore a backup"):
        open_file(path, read_only=read_only)
    assert path.read_text() == content


@pytest.mark.parametrize("field", ["case", "entries", "place", "v"])
def test_a_document_without_one_of_its_fields_is_damage(path, field):
    store = open_file(path)
    store.commit(opening(a_case()))
    store.close()
    stored = json.loads(path.read_text())
    del stored["cases"]["ESC-1"][field]
    path.write_text(json.dumps(stored))
    with pytest.raises(StoreUnavailable, match="damaged"):
        open_file(path)


def test_a_damaged_file_of_closed_cases_is_named(path):
    open_file(path).close()
    closed_beside(path).write_text('{"cases":')
    with pytest.raises(StoreUnavailable, match=r"router.closed.json is damaged"):
        open_file(path)


def test_closed_cases_without_the_live_file_are_damage_not_a_new_store(path):
    open_file(path).close()
    path.rename(closed_beside(path))
    with pytest.raises(StoreUnavailable, match=r"router.json is damaged .*router.closed.json beside it"):
        open_file(path)
    assert not path.exists()


def test_a_refused_opening_gives_the_lock_back(path):
    path.parent.mkdir(parents=True)
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            open_file(path)


def test_a_place_that_is_no_folder_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        open_file(tmp_path / "file" / "router.json")


def test_what_a_killed_write_left_is_swept_away(path):
    open_file(path).close()
    left = path.with_name(".router.json.new")
    left.write_text("half")
    open_file(path).close()
    assert not left.exists()


def test_few_closed_cases_stay_in_the_live_file(path):
    store = open_file(path)
    case = a_case()
    store.commit(opening(case))
    store.commit(move(closed(case)))
    store.close()
    assert GATHERED > 1
    assert not closed_beside(path).exists()
