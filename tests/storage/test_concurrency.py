"""What every store promises to many threads at once, once per backend."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from storage.builders import LEASE, NOW, a_case, move, moved, opening

from router.core.errors import KeySeen, StaleCase
from router.core.units import Done, PostRef

THREADS = 8


def at_once(work, count: int = THREADS) -> list:
    """Run work(0), work(1), … at the same moment; give results, or the store's refusals."""
    barrier = Barrier(count)

    def one(number: int):
        barrier.wait()
        try:
            return work(number)
        except (KeySeen, StaleCase) as refusal:
            return refusal

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_of_two_units_that_race_for_a_key_one_wins(store):
    for race in range(5):
        results = at_once(lambda n, race=race: store.commit(opening(a_case(f"ESC-{race}{n}"), f"thread {race}")))
        assert sum(result is None for result in results) == 1
    assert len(store.live()) == 5


def test_whoever_hears_of_a_duplicate_finds_what_it_duplicates(store):
    def arrive(number):
        try:
            store.commit(opening(a_case(f"ESC-{number}", thread="t:1"), "seen"))
        except KeySeen:
            return len(store.in_thread("t:1"))
        return 1

    assert at_once(arrive) == [1] * THREADS


def test_of_two_versions_that_race_one_wins(store):
    case = a_case()
    store.commit(opening(case))
    results = at_once(lambda number: store.commit(move(moved(case, step=number))))
    assert sum(result is None for result in results) == 1
    assert (store.get(case.id).version, len(store.timeline(case.id))) == (2, 2)


def test_whoever_decides_again_on_what_is_stored_gets_through(store):
    case = a_case()
    store.commit(opening(case))

    def count(_):
        while True:
            seen = store.get(case.id)
            try:
                return store.commit(move(moved(seen, step=seen.step + 1)))
            except StaleCase:
                continue

    at_once(count)
    assert (store.get(case.id).step, store.get(case.id).version) == (THREADS, THREADS + 1)


def test_ids_are_reserved_once_each(store):
    reserved = at_once(lambda _: [store.new_id("ESC") for _ in range(20)])
    assert len({one for some in reserved for one in some}) == 20 * THREADS


def test_no_effect_is_taken_twice_while_it_is_leased(store):
    for number in range(20):
        store.commit(opening(a_case(f"ESC-{number}")))
    found = at_once(lambda n: [one.key for one in store.take(NOW, 4, LEASE, f"worker {n}")])
    keys = [key for some in found for key in some]
    assert len(keys) == len(set(keys)) == 20


def test_many_threads_commit_take_and_settle_and_nothing_is_lost(store):
    def work(number):
        for turn in range(5):
            store.commit(opening(a_case(f"ESC-{number}{turn}"), f"key {number} {turn}"))
            for pending in store.take(NOW, 3, LEASE, f"worker {number}"):
                store.settle(pending.key, Done(PostRef(pending.key, "channel", pending.effect.case)))

    at_once(work)
    while taken := store.take(NOW, 50, LEASE, "last"):
        for pending in taken:
            store.settle(pending.key, Done())
    assert (store.backlog(), len(store.live())) == (0, 5 * THREADS)


def test_a_unit_is_seen_whole_or_not_at_all(store):
    pair = (a_case("ESC-1", thread="t:1"), a_case("ESC-2", thread="t:1"))
    store.commit(replace(opening(pair[0]), cases=pair))

    def work(number):
        if number == 0:
            for step in range(1, 20):
                seen = store.in_thread("t:1")
                store.commit(
                    replace(move(moved(seen[0], step=step)), cases=tuple(moved(one, step=step) for one in seen))
                )
            return True
        return all(len({case.step for case in store.in_thread("t:1")}) == 1 for _ in range(100))

    assert all(at_once(work))
