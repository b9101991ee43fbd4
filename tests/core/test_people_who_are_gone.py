"""Accounts that are gone or go by another name: who counts as present, who is mentioned how, what becomes of cases."""

from dataclasses import replace

import pytest
from core_builders import (
    NOW,
    PEOPLE,
    POLICY,
    ROLES,
    STRANGER,
    do,
    in_state,
    mentioned,
    opened,
    policy,
    replies,
    told_backstop,
)

from router.core.cases import Outcome
from router.core.effects import Announces, Notice, RootUpdate, Says, lane
from router.core.escalations import OwnerGone, addressed, decide
from router.core.people import Absence, Gone, PersonId

WHY = "Ann Alder's account ann.mm is deactivated"
ANN, BOB = PersonId("ann"), PersonId("bob")
DEACTIVATED, RENAMED = Absence(Gone.DEACTIVATED), Absence(Gone.RENAMED, "ann.now")


def without(*people):
    return replace(POLICY, gone={PersonId(one): DEACTIVATED for one in people})


def gone(case, rules):
    return decide(case, OwnerGone(WHY), rules, NOW)


@pytest.mark.parametrize("absence", [DEACTIVATED, RENAMED, Absence(Gone.DELETED), Absence(Gone.NO_ACCOUNT)])
def test_whoever_is_gone_counts_as_away_for_good(absence):
    assert not replace(POLICY, gone={ANN: absence}).present(ANN, NOW.replace(year=9999))


def test_acting_shows_that_somebody_is_there():
    assert replace(POLICY, gone={ANN: RENAMED}).acted_by(ANN).present(ANN, NOW)


def test_a_renamed_person_is_mentioned_by_the_present_name():
    rules = replace(POLICY, gone={ANN: RENAMED})
    assert (rules.mention(ANN), rules.username(ANN)) == ("ann.now", "ann.now")


def test_a_person_without_an_account_is_mentioned_by_no_name_and_called_as_in_the_file():
    rules = without("ann")
    assert (rules.mention(ANN), rules.username(ANN)) == ("", "ann.mm")


def test_who_has_left_the_file_is_mentioned_by_no_name():
    assert (POLICY.mention(PersonId("zoe")), POLICY.username(PersonId("zoe"))) == ("", "zoe")


@pytest.mark.parametrize(
    ("absence", "sentence"),
    [
        (RENAMED, "Ann Alder's account ann.mm is called ann.now now"),
        (DEACTIVATED, "Ann Alder's account ann.mm is deactivated"),
        (Absence(Gone.DELETED), "Ann Alder's account ann.mm is deleted"),
        (Absence(Gone.NO_ACCOUNT), "Ann Alder has no account: there is no ann.mm"),
    ],
)
def test_what_became_of_an_account_is_a_sentence(absence, sentence):
    assert replace(POLICY, gone={ANN: absence}).why_gone(ANN) == sentence


def test_what_was_found_replaces_what_was_known():
    rules = replace(POLICY, gone={ANN: DEACTIVATED, BOB: DEACTIVATED}).with_gone({ANN: None})
    assert rules.gone == {BOB: DEACTIVATED}


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ((), ("eve",)),  # the policy contact
        (("eve",), ("fay",)),  # and default manager; then the backstop
        (("eve", "fay"), ("ann", "bob", "cat", "gus")),  # then whoever has a role
        (("eve", "fay", "ann", "bob", "cat", "gus"), ("dan",)),
        (tuple(PEOPLE), ()),
    ],
)
def test_somebody_present_is_told_of_what_is_wrong_with_the_desk(missing, told):
    assert set(without(*missing).menders(NOW)) == set(told)


def test_the_manager_is_told_where_the_contact_is_nobody():
    rules = policy(policy_contact="Lawyer", roles={**ROLES, "Lawyer": ()})
    assert rules.menders(NOW) == ("eve",)


def test_an_open_case_goes_to_the_next_at_once_and_says_why():
    decision = gone(opened().case, without("ann"))
    assert (decision.case.owner, mentioned(decision, Says.NEW_OWNER)) == ("bob", ["bob"])
    assert decision.reason == f"{WHY}: handed over to Bob Birch"
    assert RootUpdate("ESC-1") in [replace(one, key="") for one in decision.effects]


def test_with_nobody_left_the_backstop_is_told():
    decision = gone(opened().case, without("ann", "bob", "cat"))
    assert (decision.case.owner, told_backstop(decision)) == (None, True)


def test_a_claimed_case_is_open_for_the_next_and_says_why():
    decision = gone(in_state("acknowledged"), without("ann"))
    assert (decision.case.state, decision.case.owner) == ("open", "bob")
    assert replies(decision, Says.GIVEN_BACK)[0].facts == {"why": WHY}
    assert decision.reason == f"{WHY}: open again, Bob Birch is next"


@pytest.mark.parametrize("state", ["answered", "closed"])
def test_a_case_that_needs_nobody_stays_as_it_is(state):
    case = in_state(state)
    decision = gone(case, without("ann"))
    assert (decision.case, decision.effects, decision.outcome) == (case, (), Outcome.UNCHANGED)


def test_a_case_whose_owner_is_present_stays_as_it_is():
    assert gone(opened().case, without("bob")).outcome is Outcome.UNCHANGED


def test_a_root_post_is_addressed_to_the_approved_and_the_looped_in_and_in_triage_to_the_manager():
    followed = do(opened("privacy").case, "loop-in", "bob", user=STRANGER).case
    assert addressed(followed) == (("ann", "dan", "gus"), ("stranger",))
    assert addressed(in_state("triage")) == (("eve",), ())


def test_a_notice_waits_for_no_case():
    assert lane(Notice(Announces.PEOPLE_GONE, key="people-gone/1")) == "people-gone/1"
