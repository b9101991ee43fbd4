"""Chasing: what each passed deadline brings, in every state."""

from dataclasses import replace

import pytest
from core_builders import (
    CHASE,
    DAY,
    HOUR,
    MINUTE,
    NOW,
    PEOPLE,
    POLICY,
    changed,
    do,
    in_state,
    mentioned,
    opened,
    policy,
    replies,
    step,
    told_backstop,
    triaged,
    wait,
)

from router.core import chasing
from router.core.deadlines import Do
from router.core.effects import RootUpdate, Says
from router.core.retries import overtaken

EVERYBODY_AWAY = policy(away=PEOPLE)


def walk(case, steps, rules=POLICY):
    """Let deadlines pass; give what was said at each, and the case."""
    said = []
    for _ in range(steps):
        decision = wait(case, rules)
        said.append([one.says for one in replies(decision)])
        case = decision.case
    return said, case


def says(*kinds):
    return [[kind] for kind in kinds]


# ------------------------------------------------------------------------------------------- open


def test_the_steps_come_in_order_and_the_last_one_repeats():
    said, _ = walk(in_state("open"), 6)
    assert said == says(
        Says.REMIND_OWNER,
        Says.NEW_OWNER,
        Says.NOTIFY_ALL,
        Says.NOTIFY_BACKSTOP,
        Says.NOTIFY_BACKSTOP,
        Says.NOTIFY_BACKSTOP,
    )


def test_the_time_to_the_next_step_is_its_own_or_that_of_the_topic():
    case = in_state("open")
    lengths = []
    for _ in range(5):
        before, case = case.deadline, wait(case).case
        lengths.append(case.deadline - before)
    assert lengths == [HOUR, HOUR, HOUR, DAY, DAY]


def test_after_downtime_one_step_is_done_and_the_next_is_reckoned_from_then():
    case = in_state("open")
    decision = wait(case, late=10 * DAY)
    assert [one.says for one in replies(decision)] == [Says.REMIND_OWNER]
    assert decision.case.deadline == case.deadline + 10 * DAY + HOUR


def test_a_hand_over_goes_to_the_first_present_who_has_not_had_it():
    case = wait(in_state("open")).case
    decision = wait(case, policy(away=["bob"]))
    assert (decision.case.owner, decision.case.had, mentioned(decision)) == ("cat", ("ann", "cat"), ["cat"])


def test_a_hand_over_does_not_start_the_chase_anew():
    assert walk(in_state("open"), 2)[1].step == 2


def test_a_step_that_can_do_nothing_falls_through_at_once():
    rules = changed("licence", approved=("dan",))
    said, _ = walk(opened("licence", rules).case, 3, rules)
    assert said == says(Says.REMIND_OWNER, Says.NOTIFY_ALL, Says.NOTIFY_BACKSTOP)


def test_everybody_is_told_once_each():
    assert mentioned(wait(walk(in_state("open"), 2)[1])) == ["ann", "bob", "cat", "gus"]


def test_each_step_makes_earlier_reminders_pointless():
    case = in_state("open")
    first = wait(case)
    second = wait(first.case)
    reminder = replies(first, Says.REMIND_OWNER)[0]
    assert not overtaken(reminder, first.case)
    assert overtaken(reminder, second.case)


def test_a_last_step_that_can_do_nothing_only_waits():
    """`hand-over` last, nobody to hand it to: its owner is not told again that it is theirs now."""
    rules = changed("licence", chase=(step(Do.REMIND_OWNER), step(Do.HAND_OVER, "2h")))
    case = walk(opened("licence", rules).case, 1, rules)[1]
    decision = wait(case, rules)
    assert (decision.case.owner, decision.case.deadline) == ("dan", case.deadline + 2 * HOUR)
    assert replies(decision) == []


def test_a_last_step_that_can_do_nothing_does_not_say_that_it_did():
    rules = changed("licence", chase=(step(Do.REMIND_OWNER), step(Do.HAND_OVER)))
    case = walk(opened("licence", rules).case, 1, rules)[1]
    assert "handed over" not in wait(case, rules).reason


def test_every_step_says_what_was_done():
    case = in_state("open")
    reasons = []
    for _ in range(4):
        decision = wait(case)
        reasons.append(decision.reason)
        case = decision.case
    assert reasons == [
        "reminded Ann Alder",
        "handed over to Bob Birch",
        "told all approved responders and those to loop in",
        "told the backstop",
    ]


# ------------------------------------------------------------------------------------------- absence


def test_an_owner_who_went_away_is_replaced_at_the_next_deadline():
    decision = wait(in_state("open"), policy(away=["ann"]))
    assert (decision.case.owner, mentioned(decision)) == ("bob", ["bob"])


@pytest.mark.parametrize("at", [2, 3])
def test_an_owner_who_is_away_is_replaced_whatever_step_is_due(at):
    case = replace(in_state("open"), step=at)
    decision = wait(case, policy(away=["ann"]))
    assert (decision.case.owner, decision.case.step) == ("bob", at)
    assert [one.says for one in replies(decision)] == [Says.NEW_OWNER]


def test_with_nobody_left_the_owner_is_null_and_the_backstop_told():
    decision = wait(in_state("open"), EVERYBODY_AWAY)
    assert (decision.case.owner, decision.case.step) == (None, len(CHASE) - 1)
    assert mentioned(decision, Says.NOBODY_LEFT) == ["fay"]
    assert decision.case.deadline > NOW + HOUR


def test_the_backstop_is_not_told_twice_in_one_step():
    case = replace(in_state("open"), step=3)
    assert [one.says for one in replies(wait(case, EVERYBODY_AWAY))] == [Says.NOTIFY_BACKSTOP]


def test_with_nobody_left_the_backstop_is_told_again_at_each_deadline():
    case = wait(in_state("open"), EVERYBODY_AWAY).case
    for _ in range(3):
        decision = wait(case, EVERYBODY_AWAY)
        assert (told_backstop(decision), decision.case.owner) == (True, None)
        case = decision.case


def test_who_comes_back_is_given_what_nobody_had():
    case = opened(rules=EVERYBODY_AWAY).case
    assert wait(case, policy(away=["ann", "bob"])).case.owner == "cat"


def test_nobody_is_given_a_case_twice_in_a_round():
    case = wait(opened("licence").case, policy(away=["dan"])).case
    assert wait(case).case.owner is None


@pytest.mark.parametrize("chase", [CHASE[:1], CHASE[1:2], CHASE[2:3], CHASE[3:]])
def test_whatever_the_chase_the_backstop_hears_when_nobody_is_left(chase):
    rules = changed("security", chase=chase)
    decision = wait(opened(rules=rules).case, replace(rules, away=EVERYBODY_AWAY.away))
    assert told_backstop(decision)
    assert decision.case.step == 0


@pytest.mark.parametrize("chase", [CHASE[:1], CHASE[1:2]])
def test_a_step_with_nobody_left_does_not_say_that_somebody_was_reached(chase):
    rules = changed("security", chase=chase)
    reason = wait(opened(rules=rules).case, replace(rules, away=EVERYBODY_AWAY.away)).reason
    assert not reason.startswith(("reminded", "handed over"))


def test_a_topic_of_nobody_still_tells_the_backstop_at_every_step():
    rules = changed("law", chase=(step(Do.NOTIFY_ALL),))
    assert mentioned(wait(opened("law", rules).case, rules)) == ["fay"]


def test_a_backstop_that_is_vacant_can_not_be_told_so_the_step_only_waits():
    rules = policy(roles=POLICY.roles | {"Backstop": ()})
    decision = wait(replace(opened(rules=rules).case, step=3), rules)
    assert mentioned(decision) == []
    assert decision.case.deadline > NOW


def test_what_is_said_when_nobody_is_left_is_not_overtaken_by_its_own_step():
    decision = wait(in_state("open"), EVERYBODY_AWAY)
    assert not any(overtaken(one, decision.case) for one in replies(decision))


# ------------------------------------------------------------------------------------------- triage


def test_triage_is_chased_with_its_own_time_and_hands_over_to_the_backstop():
    case = in_state("triage")
    said, last = walk(case, 4)
    assert said == says(Says.REMIND_OWNER, Says.NEW_OWNER, Says.NOTIFY_ALL, Says.NOTIFY_BACKSTOP)
    assert (last.state, last.owner) == ("triage", "fay")
    assert wait(case).case.deadline == case.deadline + 3 * HOUR


def test_in_triage_all_are_the_approved_of_the_candidate_topics():
    case = replace(triaged("security", "privacy").case, step=2)
    assert mentioned(wait(case), Says.NOTIFY_ALL) == ["ann", "bob", "cat", "dan"]


def test_triage_of_no_candidates_falls_through_to_the_backstop():
    assert [one.says for one in replies(wait(replace(triaged().case, step=2)))] == [Says.NOTIFY_BACKSTOP]


def test_triage_without_anybody_present_still_tells_the_backstop():
    assert told_backstop(wait(in_state("triage"), EVERYBODY_AWAY))


# ------------------------------------------------------------------------------------------- acknowledged


def test_a_claimed_one_reminds_its_owner_first():
    decision = wait(in_state("acknowledged"))
    assert (decision.case.state, mentioned(decision)) == ("acknowledged", ["ann"])
    assert type(decision.effects[0]) is RootUpdate


def test_a_claimed_one_then_opens_again_for_the_next_candidate():
    case = wait(in_state("acknowledged")).case
    decision = wait(case)
    after = decision.case
    assert (after.state, after.owner, after.deadline, after.step) == ("open", "bob", case.deadline + HOUR, 0)
    assert mentioned(decision, Says.GIVEN_BACK) == ["ann", "bob", "cat"]
    assert (after.matter.acknowledged_at, after.overdue) == (None, True)
    assert decision.reason == "no answer in time: open again, Bob Birch is next"


def test_a_claimed_one_whose_owner_went_away_opens_again_at_once():
    decision = wait(in_state("acknowledged"), policy(away=["ann"]))
    assert (decision.case.state, decision.case.owner) == ("open", "bob")


def test_a_claimed_one_without_an_heir_opens_with_nobody_and_tells_the_backstop():
    case = wait(in_state("acknowledged", "licence")).case
    decision = wait(case)
    assert (decision.case.state, decision.case.owner, told_backstop(decision)) == ("open", None, True)
    assert decision.reason.endswith("nobody is next")


def test_a_claimed_one_that_lost_its_owner_says_that_nobody_had_it():
    case = replace(in_state("acknowledged"), owner=None)
    assert replies(wait(case), Says.GIVEN_BACK)[0].facts == {"why": "no answer came in time from nobody"}


ANSWERING = changed("security", answer_chase=(step(Do.NOTIFY_ALL, "1h"), step(Do.NOTIFY_BACKSTOP)))


def test_an_answer_chase_may_tell_all_and_the_backstop():
    said, case = walk(in_state("acknowledged", rules=ANSWERING), 3, ANSWERING)
    assert said == says(Says.NOTIFY_ALL, Says.NOTIFY_BACKSTOP, Says.NOTIFY_BACKSTOP)
    assert case.state == "acknowledged"


def test_an_answer_chase_uses_the_time_of_its_steps_or_the_topics():
    case = in_state("acknowledged", rules=ANSWERING)
    first = wait(case, ANSWERING).case
    assert first.deadline - case.deadline == HOUR
    assert wait(first, ANSWERING).case.deadline - first.deadline == 2 * DAY


PATIENT = changed("security", answer_chase=(step(Do.REMIND_OWNER),))
LOUD = changed("security", answer_chase=(step(Do.NOTIFY_ALL),))


@pytest.mark.parametrize("rules", [PATIENT, LOUD])
def test_an_answer_chase_without_reopen_tells_the_backstop_of_an_owner_who_is_away(rules):
    away = replace(rules, away=EVERYBODY_AWAY.away)
    assert mentioned(wait(in_state("acknowledged", rules=rules), away), Says.NOBODY_LEFT) == ["fay"]


@pytest.mark.parametrize("rules", [PATIENT, LOUD])
def test_what_the_backstop_is_told_of_an_absent_owner_really_goes_out(rules):
    """The delivery drops what is overtaken; with an absent owner still named, this would never be said."""
    decision = wait(in_state("acknowledged", rules=rules), replace(rules, away=EVERYBODY_AWAY.away))
    assert not any(overtaken(one, decision.case) for one in replies(decision, Says.NOBODY_LEFT))


def test_an_absent_owner_of_a_claimed_one_does_not_keep_others_from_it():
    """Nobody left: anybody approved may still claim, whatever the answer chase is made of."""
    case = wait(in_state("acknowledged", rules=PATIENT), replace(PATIENT, away=policy(away=["ann"]).away)).case
    assert do(case, "claim", "bob", PATIENT, case.deadline - MINUTE).case.owner == "bob"


# ------------------------------------------------------------------------------------------- answered, closed


def test_an_answered_one_closes_by_itself():
    case = in_state("answered")
    decision = wait(case)
    assert (decision.case.state, decision.case.deadline, decision.case.matter.resolution) == (
        "closed",
        None,
        "answered",
    )
    assert (decision.entries[0].event, decision.reason) == ("closed", "answered, and quiet for 7d")
    assert replies(decision) == []


def test_a_closed_one_has_nothing_to_chase():
    case = replace(in_state("closed"), deadline=NOW)
    decision = wait(case)
    assert (decision.case, decision.entries, decision.effects) == (case, (), ())


# ------------------------------------------------------------------------------------------- what the kernel offers


def test_a_step_that_opens_again_is_the_kinds_own_business():
    case = replace(in_state("acknowledged"), step=1)
    chased = chasing.chase_answer(case, POLICY, case.deadline)
    assert (chased.effects, chased.reason) == ((RootUpdate("ESC-1"),), "nothing to be done but to wait")


def test_a_hand_over_in_an_answer_chase_can_do_nothing():
    rules = changed("security", answer_chase=(step(Do.HAND_OVER),))
    decision = wait(in_state("acknowledged", rules=rules), rules)
    assert decision.case.owner == "ann"
