"""What every store promises of its outbox, once per backend."""

import pytest
from storage.builders import LEASE, NOW, a_case, closed, later, move, moved, opening

from router.core.effects import Channel, DirectMessage, RootPost, RootUpdate
from router.core.errors import KeySeen
from router.core.units import Done, GivenUp, PostRef, Retry, Unit


def taken(store, now=NOW, limit=10, worker="one"):
    return [pending.effect.key for pending in store.take(now, limit, LEASE, worker)]


def message(name: str) -> DirectMessage:
    return DirectMessage("user", "hello", name)


@pytest.fixture
def case(store):
    """A case with a root post and a reply in the outbox."""
    made = a_case()
    store.commit(opening(made))
    return made


def test_a_taken_effect_carries_the_installation_in_its_key_and_is_as_before_the_try(store, case):
    (pending,) = store.take(NOW, 10, LEASE, "one")
    assert pending.effect == RootPost(case.id, Channel.ESCALATIONS, "ESC-1/1/0")
    assert store.installation in pending.key
    assert pending.key.endswith("ESC-1/1/0")
    assert (pending.tries, pending.last_try, pending.unclear_since, pending.worker) == (0, None, None, None)
    assert pending.made_at == NOW


def test_the_next_try_tells_of_the_one_before(store, case):
    store.take(NOW, 1, LEASE, "one")
    (again,) = store.take(NOW + LEASE, 1, LEASE, "two")
    assert (again.tries, again.last_try, again.unclear_since, again.worker) == (1, NOW, NOW, "one")


def test_effects_of_a_case_are_taken_in_order_one_at_a_time(store, case):
    (first,) = store.take(NOW, 10, LEASE, "one")
    assert taken(store) == []
    store.settle(first.key, Done())
    assert taken(store) == ["ESC-1/1/1"]


def test_lanes_do_not_wait_for_each_other_and_the_oldest_comes_first(store):
    store.commit(Unit(effects=(message("b"), message("a"))))
    store.commit(opening(a_case()))
    assert taken(store, limit=2) == ["b", "a"]
    assert taken(store) == ["ESC-1/1/0"]


def test_a_later_effect_of_the_lane_waits_while_the_first_waits_for_its_retry(store, case):
    (first,) = store.take(NOW, 10, LEASE, "one")
    store.settle(first.key, Retry(later(minutes=1), "away"))
    assert taken(store, later(seconds=59)) == []
    assert taken(store, later(minutes=1)) == ["ESC-1/1/0"]


def test_a_lease_that_ran_out_can_be_taken_by_another_and_not_before(store, case):
    store.take(NOW, 1, LEASE, "one")
    assert taken(store, NOW + LEASE / 2, worker="two") == []
    assert taken(store, NOW + LEASE, worker="two") == ["ESC-1/1/0"]


def test_a_clear_retry_takes_back_the_doubt_of_its_own_try(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.settle(first.key, Retry(NOW, "refused", unclear=False))
    (again,) = store.take(NOW, 1, LEASE, "one")
    assert (again.unclear_since, again.tries) == (None, 1)


def test_a_clear_retry_keeps_the_doubt_of_an_earlier_try(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.settle(first.key, Retry(later(seconds=5), "timed out", unclear=True))
    store.take(later(seconds=5), 1, LEASE, "one")
    store.settle(first.key, Retry(later(seconds=9), "refused", unclear=False))
    (again,) = store.take(later(seconds=9), 1, LEASE, "one")
    assert again.unclear_since == NOW


def test_doubt_of_a_try_that_nobody_settled_is_kept(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.take(NOW + LEASE, 1, LEASE, "two")
    store.settle(first.key, Retry(later(minutes=2), "refused", unclear=False))
    (again,) = store.take(later(minutes=2), 1, LEASE, "two")
    assert (again.unclear_since, again.tries) == (NOW, 2)


@pytest.mark.parametrize("outcome", [Done(), Retry(later(minutes=1), "away"), GivenUp("never valid")])
def test_settling_twice_is_once_and_settling_the_unknown_is_nothing(store, case, outcome):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.settle(first.key, outcome)
    before = (store.backlog(), store.next_effect(), store.given_up())
    store.settle(first.key, outcome)
    store.settle("unknown", outcome)
    assert (store.backlog(), store.next_effect(), store.given_up()) == before


def test_a_late_second_retry_does_not_move_the_first(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.settle(first.key, Retry(later(minutes=1), "away"))
    store.settle(first.key, Retry(later(minutes=9), "away"))
    assert store.next_effect() == later(minutes=1)


def test_what_is_given_up_leaves_the_lane_and_is_shown(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.settle(first.key, GivenUp("too long"))
    assert store.given_up() == [(first.key, "too long")]
    assert taken(store) == ["ESC-1/1/1"]


def test_the_backlog_counts_what_waits_leased_or_not(store, case):
    assert store.backlog() == 2
    (first,) = store.take(NOW, 1, LEASE, "one")
    assert store.backlog() == 2
    store.settle(first.key, Done())
    assert store.backlog() == 1


def test_the_next_effect_is_when_the_first_lane_may_go_on(store, case):
    assert store.next_effect() == NOW
    (first,) = store.take(NOW, 1, LEASE, "one")
    assert store.next_effect() == NOW + LEASE
    store.settle(first.key, Retry(later(minutes=5), "away"))
    assert store.next_effect() == later(minutes=5)


def test_the_next_effect_of_an_empty_outbox_is_none(store):
    assert store.next_effect() is None


def test_an_effect_that_waits_already_is_not_queued_again(store):
    store.commit(Unit(effects=(message("a"),)))
    with pytest.raises(KeySeen):
        store.commit(Unit(effects=(message("a"),)))
    assert store.backlog() == 1


def test_a_settled_root_post_is_the_cases_root(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    root = PostRef("post", "channel", case.id)
    store.settle(first.key, Done(root))
    assert store.by_post("post") == store.root_of(case.id) == root


def test_a_new_root_from_an_update_is_the_present_one_and_the_old_one_stays_known(store, case):
    for pending, post in ((store.take(NOW, 1, LEASE, "one")[0], "old"),):
        store.settle(pending.key, Done(PostRef(post, "channel", case.id)))
    store.settle(store.take(NOW, 1, LEASE, "one")[0].key, Done())
    store.commit(move(moved(case), effects=(RootUpdate(case.id, key="ESC-1/2/0"),)))
    (update,) = store.take(NOW, 1, LEASE, "one")
    store.settle(update.key, Done(PostRef("new", "channel", case.id)))
    assert store.root_of(case.id).post_id == "new"
    assert [store.by_post(post).case for post in ("old", "new")] == [case.id, case.id]


def test_a_root_that_comes_late_belongs_to_a_closed_case_too(store, case):
    (first,) = store.take(NOW, 1, LEASE, "one")
    store.commit(move(closed(case)))
    store.settle(first.key, Done(PostRef("post", "channel", case.id)))
    assert store.by_post("post").case == case.id
    assert store.live() == []
