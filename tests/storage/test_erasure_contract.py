"""What every store promises of words that are to be forgotten, once per backend."""

from dataclasses import replace

import pytest
from storage.builders import LEASE, NOW, a_case, closed, later, move, moved, opening

from router.core.effects import Confides, DirectMessage, Reply, RootPost, Says, Tell, Withdraw
from router.core.errors import KeySeen
from router.core.escalations.matter import Offered
from router.core.people import PersonId
from router.core.quoting import KEPT_ANSWERS, TITLE, WITHDRAWN, Erasure, Words, quoted
from router.core.units import Done, PostRef, Retry, Said, Unit

OBJECT = "github:github.com:1"  # of the builders' case
JOINED = Reply("ESC-1", Says.JOINED, facts={"signal": OBJECT}, key="joined")
ANSWER = DirectMessage("user", "Is it true?", "answer", {"ESC-1": 1})
TOLD = Tell("ESC-1", Confides.CONFIDENTIAL, "ada", {"signal": OBJECT}, "told")
EVERYTHING = Erasure("ESC-1", None)


@pytest.fixture
def case(store):
    made = a_case()
    store.commit(opening(made, effects=()))
    return made


def ids(cases):
    return [case.id for case in cases]


def erasing(case, erasure=EVERYTHING):
    return replace(move(moved(case)), erasures=(erasure,))


def take(store, now=NOW):
    (pending,) = store.take(now, 1, LEASE, "one")
    return pending


def said(pending, post):
    return Done(said=Said(post, "channel", quoted(pending.effect)))


def say(store, effect, post):
    """Have an effect delivered as a post."""
    store.commit(Unit(effects=(effect,)))
    pending = take(store)
    store.settle(pending.key, said(pending, post))


def withdrawn(store):
    """Take what waits, which must be withdrawals, and give their posts."""
    return sorted(pending.effect.post_id for pending in store.take(NOW, 10**6, LEASE, "one"))


def test_a_case_is_found_by_the_objects_that_it_holds(store, case):
    other = a_case("ESC-2", thread="t:2")
    store.commit(opening(other, effects=()))
    store.commit(move(closed(case)))
    assert (ids(store.holding(OBJECT)), store.holding("github:github.com:2")) == (["ESC-1", "ESC-2"], [])


def test_a_case_is_found_by_the_answer_that_it_was_offered(store, case):
    answer = Offered("github:github.com:3", "https://example.org/3", PersonId("ann"), 1)
    offered = moved(case, matter=replace(case.matter, offers=(answer,)))
    store.commit(move(offered))
    assert ids(store.holding(answer.identity)) == ["ESC-1"]
    store.commit(move(moved(offered, matter=case.matter)))
    assert store.holding(answer.identity) == []


def test_a_case_that_joined_no_more_than_a_post_is_found_by_what_the_post_quotes(store, case):
    say(store, replace(JOINED, facts={"signal": "long gone"}), "reply")
    assert ids(store.holding("long gone")) == ["ESC-1"]
    store.commit(erasing(case, Erasure("ESC-1", ("long gone",))))
    assert store.holding("long gone") == []


@pytest.mark.parametrize("effect", [JOINED, ANSWER, TOLD])
def test_a_post_that_quotes_is_withdrawn_with_the_erasure(store, case, effect):
    say(store, effect, "post")
    store.commit(erasing(case))
    pending = take(store)
    assert pending.effect == Withdraw("post", "channel", "withdraw/post")
    store.settle(pending.key, Done())
    assert store.backlog() == 0


def test_only_posts_that_quote_the_words_are_withdrawn(store, case):
    say(store, JOINED, "joined")
    say(store, ANSWER, "answer")
    store.commit(erasing(case, Erasure("ESC-1", (TITLE,))))
    assert withdrawn(store) == ["answer"]


def test_a_post_that_quotes_two_cases_is_withdrawn_with_either(store, case):
    other = a_case("ESC-2")
    store.commit(opening(other, effects=()))
    say(store, replace(ANSWER, cases={"ESC-1": 1, "ESC-2": 1}), "list")
    store.commit(erasing(other, Erasure("ESC-2", None)))
    assert withdrawn(store) == ["list"]


def test_former_roots_are_withdrawn_with_the_title_and_the_present_one_is_not(store, case):
    for post in ("former", "present"):
        store.commit(Unit(effects=(replace(JOINED, key=post, facts={}),)))
        store.settle(take(store).key, Done(PostRef(post, "channel", case.id)))
    store.commit(erasing(case))
    assert withdrawn(store) == ["former"]


@pytest.mark.parametrize(("effect", "expected"), [(JOINED, ["former"]), (RootPost("ESC-1", "triage"), [])])
def test_a_root_that_is_replaced_after_an_erasure_is_withdrawn_unless_it_was_brought_up_to_date(
    store, case, effect, expected
):
    store.commit(Unit(effects=(replace(effect, key="first"),)))
    store.settle(take(store).key, Done(PostRef("former", "channel", case.id)))
    store.commit(erasing(case))
    store.commit(Unit(effects=(replace(effect, key="second"),)))
    store.settle(take(store).key, Done(PostRef("present", "elsewhere", case.id)))
    assert withdrawn(store) == expected


def test_a_message_that_waits_loses_its_text_in_the_same_commit(store, case):
    store.commit(Unit(effects=(ANSWER,)))
    store.commit(erasing(case))
    assert take(store).effect == DirectMessage("user", WITHDRAWN, "answer")


def test_a_message_that_was_written_before_the_erasure_and_stored_after_it_loses_its_text(store, case):
    store.commit(erasing(case))
    store.commit(Unit(effects=(ANSWER,)))
    assert take(store).effect == DirectMessage("user", WITHDRAWN, "answer")


def test_a_message_that_was_written_after_the_erasure_keeps_its_text(store, case):
    store.commit(erasing(case))
    written = replace(ANSWER, cases={"ESC-1": store.get("ESC-1").entries})
    store.commit(Unit(effects=(written,)))
    assert take(store).effect == written


@pytest.mark.parametrize("effect", [JOINED, ANSWER, TOLD])
def test_a_post_that_was_being_made_is_withdrawn_as_soon_as_it_is_settled(store, case, effect):
    store.commit(Unit(effects=(effect,)))
    pending = take(store)
    store.commit(erasing(case))
    store.settle(pending.key, said(pending, "post"))
    assert withdrawn(store) == ["post"]


def test_what_was_tried_before_is_withdrawn_whenever_it_succeeds(store, case):
    store.commit(Unit(effects=(JOINED,)))
    store.settle(take(store).key, Retry(later(minutes=1), "timed out", unclear=True))
    store.commit(erasing(case))
    pending = take(store, later(minutes=1))
    store.settle(pending.key, said(pending, "found"))
    assert withdrawn(store) == ["found"]


def test_what_is_said_after_the_erasure_stays(store, case):
    store.commit(Unit(effects=(JOINED,)))
    store.commit(erasing(case))
    pending = take(store)
    store.settle(pending.key, said(pending, "post"))
    assert store.backlog() == 0


def test_a_refused_unit_erases_nothing(store, case):
    say(store, JOINED, "post")
    store.commit(Unit(effects=(ANSWER,)))
    refused = replace(erasing(case), effects=(ANSWER,))
    with pytest.raises(KeySeen):
        store.commit(refused)
    assert take(store).effect == ANSWER
    assert store.backlog() == 1


def test_of_too_many_answers_the_oldest_are_withdrawn_early(store, case):
    for number in range(KEPT_ANSWERS + 1):
        say(store, replace(ANSWER, key=f"answer {number}"), f"post {number}")
    assert withdrawn(store) == ["post 0"]


def test_quotes_of_cases_that_nobody_stored_are_nothing(store):
    say(store, replace(ANSWER, cases={"ESC-9": 1}), "post")
    assert store.backlog() == 0


def test_all_that_is_known_of_words_survives_a_restart(reopen):
    store = reopen()
    case = a_case()
    store.commit(opening(case, effects=()))
    say(store, JOINED, "said")
    store.commit(Unit(effects=(replace(TOLD, key="under way"),)))
    pending = take(store)
    store = reopen()
    assert ids(store.holding(OBJECT)) == ["ESC-1"]
    store.commit(erasing(case))
    store = reopen()
    assert store.settle(pending.key, Done(said=Said("late", "dm", (Words("ESC-1", TITLE),)))) is None
    assert withdrawn(store) == ["late", "said"]
    store.commit(Unit(effects=(ANSWER,)))
    assert take(store).effect == DirectMessage("user", WITHDRAWN, "answer")
