"""When an effect is tried again and how, and when it is pointless."""

from datetime import timedelta

import pytest
from core_builders import NOW, do, in_state, opened, policy, replies, wait

from router.core.effects import Channel, DirectMessage, Reaction, Reply, Resolve, RootPost, RootUpdate, Says, lane
from router.core.retries import LONGEST, REPEATABLE, SETTLED, SOON, Move, failed, next_move, overtaken
from router.core.units import PendingEffect

POST = RootPost("ESC-1", Channel.ESCALATIONS)


def seconds(number):
    return NOW + timedelta(seconds=number)


def pending(tries=0, unclear=None, last=None, worker="w1"):
    since = None if unclear is None else seconds(unclear)
    tried = None if last is None else seconds(last)
    return PendingEffect("key", POST, NOW, tries, since, tried, worker)


def test_what_was_never_tried_or_surely_failed_is_sent():
    assert next_move(pending(), "w1", NOW) is Move.SEND
    assert next_move(pending(3, last=0), "w2", seconds(1000)) is Move.SEND


@pytest.mark.parametrize(("at", "move"), [(0, Move.SEND), (24.9, Move.SEND), (25, Move.LOOK), (300, Move.LOOK)])
def test_within_25_seconds_of_the_first_unclear_try_it_is_repeated_and_later_looked_for(at, move):
    assert next_move(pending(1, unclear=0, last=0), "w1", seconds(at)) is move


def test_after_a_restart_it_is_looked_for():
    assert next_move(pending(1, unclear=0, last=0), "w2", seconds(61)) is Move.LOOK


def test_after_a_restart_nobody_looks_before_60_seconds_from_the_last_try():
    """A retry was due at once when the process died; what it sent last may still be under way."""
    move = next_move(pending(1, unclear=0, last=0), "w2", seconds(2))
    assert move not in {Move.SEND, Move.LOOK}


def test_an_unclear_failure_is_repeated_soon():
    again = failed(pending(), NOW, NOW, "timed out", unclear=True)
    assert (again.at, again.unclear, again.why) == (NOW + SOON, True, "timed out")


@pytest.mark.parametrize("at", [23, 30, 600])
def test_when_the_repeat_would_come_too_late_it_waits_60_seconds_to_look(at):
    again = failed(pending(1, unclear=0, last=at), seconds(at), seconds(at), "timed out", unclear=True)
    assert again.at == seconds(at) + SETTLED
    assert next_move(pending(2, unclear=0, last=at), "w1", again.at) is Move.LOOK


def test_just_in_time_it_is_repeated():
    again = failed(pending(1, unclear=0, last=22), seconds(22), seconds(22.5), "timed out", unclear=True)
    assert again.at < NOW + REPEATABLE


def test_a_sure_failure_after_an_unclear_one_still_waits_to_look():
    again = failed(pending(1, unclear=0, last=20), seconds(23), seconds(24), "503", unclear=False)
    assert again.at == seconds(24) + SETTLED


@pytest.mark.parametrize(("tries", "wait"), [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (50, 300), (10**6, 300)])
def test_sure_failures_back_off_to_five_minutes(tries, wait):
    again = failed(pending(tries), NOW, NOW, "503", unclear=False)
    assert (again.at, again.unclear) == (seconds(wait), False)
    assert again.at - NOW <= LONGEST


def test_a_server_that_asks_to_be_left_alone_is():
    assert failed(pending(), NOW, NOW, "429", unclear=False, retry_after=timedelta(minutes=9)).at == seconds(540)
    assert failed(pending(), NOW, NOW, "429", unclear=True, retry_after=timedelta(seconds=1)).at == NOW + SOON


def test_a_repeat_that_a_server_puts_off_past_25_seconds_is_looked_for():
    assert failed(pending(), NOW, NOW, "429", unclear=True, retry_after=timedelta(seconds=30)).at == NOW + SETTLED


# ------------------------------------------------------------------------------------------- overtaken


def reply(says, people=(), pulse=None):
    return Reply("ESC-1", says, people, pulse=pulse)


@pytest.mark.parametrize("says", [Says.JOINED, Says.NOTE, Says.LOOPED_IN, Says.REOPENED, Says.ANSWER])
def test_what_people_said_and_what_joined_is_always_posted(says):
    assert not overtaken(reply(says), in_state("closed"))


def test_a_reminder_is_dropped_once_anything_has_moved():
    case = wait(in_state("open")).case
    reminder = reply(Says.REMIND_OWNER, ("ann",), case.pulse)
    assert not overtaken(reminder, case)
    assert not overtaken(reminder, do(case, "note", text="x").case)
    for word, given in (("claim", {}), ("dismiss", {}), ("answered", {"url": "u"}), ("release", {})):
        assert overtaken(reminder, do(case, word, **given).case)


def test_a_new_owner_is_not_told_when_another_has_it_by_then():
    decision = do(in_state("open"), "release")
    told = replies(decision)[0]
    assert not overtaken(told, decision.case)
    assert overtaken(told, do(decision.case, "release", "bob").case)
    assert overtaken(told, opened("law").case)


@pytest.mark.parametrize("word", ["dismiss", "answered"])
def test_a_new_owner_is_not_asked_to_claim_what_is_closed_or_answered_by_then(word):
    decision = do(in_state("open"), "release")
    told = replies(decision)[0]
    assert overtaken(told, do(decision.case, word, "bob", url="https://example.org/a").case)


def test_that_nobody_is_left_is_not_said_when_somebody_has_it_by_then_or_it_is_closed():
    decision = opened(rules=policy(away=["ann", "bob", "cat"]))
    told = replies(decision)[0]
    assert not overtaken(told, decision.case)
    assert overtaken(told, do(decision.case, "claim").case)
    assert overtaken(told, do(decision.case, "dismiss").case)


# ------------------------------------------------------------------------------------------- lanes


def test_effects_of_a_case_share_a_lane_and_others_have_their_own():
    of_case = (POST, RootUpdate("ESC-1"), reply(Says.NOTE))
    assert {lane(one) for one in of_case} == {"ESC-1"}
    alone = (DirectMessage("u", "t", "k1"), Reaction("p", "e", "k2"), Resolve("p", key="k3"))
    assert [lane(one) for one in alone] == ["k1", "k2", "k3"]
