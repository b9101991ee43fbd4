"""Whatever is done to them, a store in memory, one on disk, the same opened anew, and a reader show the same."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from storage.builders import LEASE, a_case, closed, later, move, moved, opening

from router.core.errors import CaseNotFound, KeySeen, StaleCase
from router.core.units import Done, GivenUp, Key, PostRef, Register, Retry, Unit
from router.storage import open_store
from router.storage.tinydb_store import open_file

CASES = st.sampled_from(["ESC-1", "ESC-2", "ESC-3"])
STEPS = st.one_of(
    st.tuples(st.just("open"), CASES, st.integers(0, 3)),
    st.tuples(st.just("move"), CASES, st.sampled_from(["open", "closed", "answered"])),
    st.tuples(st.just("key"), st.integers(0, 3), st.integers(0, 40)),
    st.tuples(st.just("take"), st.integers(0, 40), st.integers(1, 3)),
    st.tuples(st.just("settle"), st.integers(0, 40), st.sampled_from(["done", "retry", "unclear", "never"])),
    st.tuples(st.just("forget"), st.integers(0, 40), st.none()),
)


def attempt(store, step) -> object:
    """Do one step; give its result or its refusal, without the installation's own words."""
    try:
        return carry_out(store, *step)
    except (KeySeen, StaleCase, CaseNotFound) as refusal:
        return str(refusal)


def carry_out(store, what, one, other) -> object:
    match what:
        case "open":
            case = a_case(one, thread=f"t:{other}")
            return store.commit(opening(case, f"thread {other}", Key(f"seen {one}", later(minutes=other * 9))))
        case "move":
            seen = store.get(one)
            after = closed(seen) if other == "closed" else moved(seen, state=other)
            return store.commit(move(after, effects=opening(replace(after, id=seen.id)).effects[1:]))
        case "key":
            register = Register("away", f"{one}", f"{other}" if other % 2 else None)
            return store.commit(
                Unit(
                    keys=(Key(one if isinstance(one, str) else f"key {one}", later(minutes=other)),),
                    registers=(register,),
                )
            )
        case "take":
            taken = store.take(later(minutes=one), other, LEASE, "worker")
            return [nameless(store, pending) for pending in taken]
        case "settle":
            return settle_all(store, one, other)
        case "forget":
            return store.forget(later(minutes=one))


def settle_all(store, minutes, how) -> None:
    for pending in store.take(later(minutes=minutes), 5, LEASE, "worker"):
        root = PostRef(f"post {nameless(store, pending).key}", "channel", pending.effect.case)
        outcomes = {
            "done": Done(root),
            "retry": Retry(later(minutes=minutes + 1), "away"),
            "unclear": Retry(later(minutes=minutes + 2), "timed out", unclear=True),
            "never": GivenUp("no"),
        }
        store.settle(pending.key, outcomes[how])


def nameless(store, pending):
    return replace(pending, key=pending.key.removeprefix(store.installation))


def picture(store) -> dict:
    """All that can be read."""
    cases = [*store.live(), *store.closed()]
    return {
        "live": store.live(),
        "closed": store.closed(),
        "timelines": [store.timeline(one.id) for one in cases],
        "roots": [store.root_of(one.id) for one in cases],
        "posts": [store.by_post(f"post /{one.id}/1/{n}") for one in cases for n in range(2)],
        "threads": [store.in_thread(f"t:{n}") for n in range(4)],
        "due": store.due(later(minutes=30)),
        "registers": store.registers("away"),
        "outbox": (store.backlog(), store.next_effect()),
        "given up": sorted((key.removeprefix(store.installation), why) for key, why in store.given_up()),
    }


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=14))
def test_all_show_the_same(steps):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "router.json"
        memory, disk = open_store("memory://"), open_file(path, gathered=1)
        for step in steps:
            assert attempt(memory, step) == attempt(disk, step)
        expected = picture(memory)
        assert picture(disk) == expected
        disk.close()
        reader, anew = open_file(path, read_only=True), open_file(path)
        assert picture(reader) == picture(anew) == expected
        for name in ("key 0", "thread 1", "seen ESC-1"):
            assert attempt(memory, ("key", name, 1)) == attempt(anew, ("key", name, 1))
        for one in (reader, anew, memory):
            one.close()
