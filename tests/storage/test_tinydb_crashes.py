"""Killed at any moment, or out of space: nothing acknowledged is lost, nothing is doubled, the files stay whole."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from router.core.errors import KeySeen
from router.core.units import Key, Unit
from router.storage.tinydb_store import open_file

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])}
ROUNDS = 6


def killed_after(path: Path, first: int, lines: int) -> list[list[str]]:
    """Run the writing program, kill it once it has said so many lines, and give all that it said."""
    command = [sys.executable, HERE / "writing.py", path, str(first)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


def test_nothing_acknowledged_is_lost_however_often_it_is_killed(tmp_path):
    path, chance = tmp_path / "router.json", random.Random(20260302)
    said: list[list[str]] = []
    for turn in range(ROUNDS):
        said += killed_after(path, 1 + 10_000 * turn, chance.randint(1, 150))
        store = open_file(path)
        live, shut = ({case.id for case in cases} for cases in (store.live(), store.closed()))
        assert not live & shut
        assert {f"ESC-{number}" for what, number in said if what == "opened"} <= live | shut
        assert {f"ESC-{number}" for what, number in said if what == "closed"} <= shut
        assert all(store.by_post(post.replace("_", " ")) for what, post in said if what == "settled")
        assert all(len(store.timeline(one)) == store.get(one).entries for one in live | shut)
        store.close()


def test_keys_of_what_was_acknowledged_are_taken_after_a_kill(tmp_path):
    path = tmp_path / "router.json"
    said = killed_after(path, 1, 60)
    store = open_file(path)
    for what, number in said:
        if what == "opened":
            with pytest.raises(KeySeen):
                store.commit(Unit(keys=(Key(f"key {number}"),)))
    store.close()


FULL = """
import json, resource, sys
from pathlib import Path
from router.core.errors import StoreUnavailable
from router.storage.tinydb_store import open_file
from storage.builders import a_case, opening, move, moved, LEASE, NOW

path = Path(sys.argv[1])
store = open_file(path)
case = a_case("ESC-1")
store.commit(opening(case, "one"))
before = path.read_bytes()
unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 50, unlimited[1]))
refused = []
for unit in (opening(a_case("ESC-2", thread="t:2"), "two"), move(moved(case, step=7), "three")):
    try:
        store.commit(unit)
    except StoreUnavailable as refusal:
        refused.append(str(refusal))
held = {
    "live": [one.id for one in store.live()],
    "thread": len(store.in_thread("t:2")),
    "version": store.get("ESC-1").version,
    "backlog": store.backlog(),
    "same": path.read_bytes() == before,
    "files": sorted(one.name for one in path.parent.iterdir()),
}
resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
store.commit(opening(a_case("ESC-2", thread="t:2"), "two"))
store.commit(move(moved(case, step=8), "three"))
store.close()
print(json.dumps({"refused": refused, "held": held}))
"""


def test_a_full_disk_refuses_leaves_no_trace_and_goes_on_when_there_is_space(tmp_path):
    path = tmp_path / "router.json"
    child = subprocess.run(
        [sys.executable, "-c", FULL, path], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    told = json.loads(child.stdout)
    assert [refusal.startswith("nothing can be stored now") for refusal in told["refused"]] == [True, True]
    assert told["held"] == {
        "live": ["ESC-1"],
        "thread": 0,
        "version": 1,
        "backlog": 2,
        "same": True,
        "files": ["router.json", "router.json.lock"],
    }
    store = open_file(path)
    assert [(one.id, one.step) for one in store.live()] == [("ESC-1", 8), ("ESC-2", 0)]
    store.close()
