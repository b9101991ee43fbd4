"""What every durable store promises across a restart, once per backend."""

import pytest
from storage.builders import LEASE, NOW, a_case, closed, later, move, opening

from router.core.errors import KeySeen
from router.core.units import Done, GivenUp, Key, PostRef, Register, Retry, Unit


def test_everything_is_there_after_a_restart(reopen):
    store = reopen()
    case, done = a_case("ESC-1"), a_case("ESC-2", thread="t:2")
    store.commit(opening(case, "one"))
    store.commit(opening(done, Key("two", later(days=1)), effects=()))
    store.commit(move(closed(done)))
    store.commit(Unit(registers=(Register("away", "ada", "soon"),), keys=(Key("three", later(days=1)),)))
    installation = store.installation
    store = reopen()
    assert store.installation == installation
    assert (store.get("ESC-1"), store.get("ESC-2")) == (case, closed(done))
    assert [entry.seq for entry in store.timeline("ESC-2")] == [1, 2]
    assert ([one.id for one in store.in_thread("t:2")], store.register("away", "ada")) == (["ESC-2"], "soon")
    for name in ("one", "two", "three"):
        with pytest.raises(KeySeen):
            store.commit(Unit(keys=(Key(name),)))


def test_the_outbox_goes_on_where_it_was(reopen):
    store = reopen()
    store.commit(opening(a_case("ESC-1")))
    store.commit(opening(a_case("ESC-2")))
    first, second = store.take(NOW, 2, LEASE, "one")
    store.settle(second.key, Retry(later(minutes=3), "away", unclear=True))
    store = reopen()
    assert store.take(NOW, 2, LEASE, "two") == []
    again, other = store.take(later(minutes=3), 2, LEASE, "two")
    assert (again.key, again.tries, again.unclear_since, again.worker) == (first.key, 1, NOW, "one")
    assert (other.key, other.last_try, other.made_at) == (second.key, NOW, second.made_at)


def test_root_posts_and_what_was_given_up_are_remembered(reopen):
    store = reopen()
    store.commit(opening(a_case()))
    for post in ("old", "new"):
        (pending,) = store.take(NOW, 1, LEASE, "one")
        store.settle(pending.key, Done(PostRef(post, "channel", "ESC-1")))
    store.commit(move(closed(a_case()), effects=opening(a_case("ESC-1")).effects[:1]))
    (pending,) = store.take(NOW, 1, LEASE, "one")
    store.settle(pending.key, GivenUp("no"))
    store = reopen()
    assert (store.root_of("ESC-1").post_id, store.by_post("old").case) == ("new", "ESC-1")
    assert store.given_up() == [(pending.key, "no")]


def test_forgotten_keys_stay_forgotten_and_others_stay_taken(reopen):
    store = reopen()
    store.commit(opening(a_case(), Key("short", later(hours=1)), Key("long", later(hours=9))))
    store.forget(later(hours=2))
    store.commit(opening(a_case("ESC-2"), Key("late", later(hours=1))))
    store = reopen()
    for name in ("long", "late"):
        with pytest.raises(KeySeen):
            store.commit(Unit(keys=(Key(name),)))
    store.commit(Unit(keys=(Key("short"),)))


def test_an_id_that_was_never_stored_is_given_again(reopen):
    store = reopen()
    store.commit(opening(a_case(store.new_id("ESC"))))
    assert store.new_id("ESC") == "ESC-2"
    assert reopen().new_id("ESC") == "ESC-2"


def test_order_by_age_survives(reopen):
    store = reopen()
    for number in (3, 1, 2):
        store.commit(opening(a_case(f"ESC-{number}", thread="t:1")))
    store = reopen()
    assert [one.id for one in store.live()] == [one.id for one in store.in_thread("t:1")] == ["ESC-3", "ESC-1", "ESC-2"]
    store.commit(opening(a_case("ESC-9")))
    assert store.live()[-1].id == "ESC-9"
