"""Confidential cases and moved threads: who is told, and what the channel learns."""

import pytest
from core_builders import (
    HARMLESS,
    MINUTE,
    NOW,
    POLICY,
    STRANGER,
    actor,
    do,
    hear,
    in_state,
    move,
    opened,
    replies,
    sensitive,
    triaged,
    wait,
)

from router.core.cases import Audience, may_see, unseen
from router.core.effects import RootPost, RootUpdate, Tell


def told(decision):
    return [one.person for one in decision.effects if isinstance(one, Tell)]


def test_a_confidential_signal_is_told_to_each_approved_responder_and_to_nobody_else():
    decision = opened(confidential=True)
    assert told(decision) == list(POLICY.terms("security", "github").approved)
    assert decision.case.terms.loop_in == ()
    assert isinstance(decision.effects[0], RootPost)


def test_what_everybody_may_read_is_told_to_nobody_in_private():
    assert told(opened()) == []


def test_an_uncertain_confidential_signal_is_told_to_the_manager_alone():
    assert told(triaged("security", confidential=True)) == list(POLICY.holders(["Manager"]))


def test_a_confidential_case_with_nobody_approved_is_told_to_the_backstop():
    assert told(opened("law", confidential=True)) == list(POLICY.holders(["Backstop"]))


def test_who_is_approved_for_the_new_topic_of_a_confidential_case_is_told_once():
    case = opened("security", confidential=True).case
    decision = do(case, "topic", topic="privacy")
    assert set(told(decision)) == set(decision.case.terms.approved) - set(case.terms.approved)
    assert decision.case.terms.loop_in == ()


def test_a_further_confidential_signal_makes_an_open_case_confidential_and_is_told():
    decision = hear(opened().case, sensitive(), confidential=True)
    assert decision.case.audience is Audience.RESPONDERS
    assert told(decision) == list(decision.case.terms.approved)


@pytest.mark.parametrize("verdict", [sensitive(), HARMLESS])
@pytest.mark.parametrize("state", ["triage", "open", "acknowledged", "answered"])
def test_what_makes_a_case_confidential_empties_its_root_whatever_else_it_does(state, verdict):
    decision = hear(in_state(state), verdict, confidential=True)
    assert [one.erases for one in decision.effects if isinstance(one, RootUpdate)] == [True]


@pytest.mark.parametrize("viewer", ["ann", "bob"])
def test_whoever_must_act_sees_a_confidential_case(viewer):
    case = opened(confidential=True).case
    assert may_see(case.audience, case, viewer)


@pytest.mark.parametrize("viewer", [None, "eve", "fay"])
def test_nobody_else_sees_a_confidential_case(viewer):
    case = opened(confidential=True).case
    assert not may_see(case.audience, case, viewer)


def test_the_backstop_sees_a_confidential_case_while_it_is_overdue():
    chased = wait(opened(confidential=True).case).case
    assert may_see(chased.audience, chased, "fay")
    assert do(chased, "assign", "fay", user=actor("bob")).case.owner == "bob"


def test_who_may_not_see_a_confidential_case_is_refused_whatever_it_is_and_entered():
    decision = do(opened(confidential=True).case, "note", STRANGER, text="let me in")
    assert [(one.event, one.reason) for one in decision.entries] == [
        ("refused", "note: ESC-1 is confidential: only those who must act on it are shown it")
    ]


def test_that_there_is_a_case_of_the_committee_is_told_to_nobody_else():
    assert unseen(Audience.COMMITTEE, "ESC-1") == "there is no ESC-1"


def test_a_case_follows_its_thread():
    decision = move(opened().case, to="github:owner/other#3")
    assert (decision.case.matter.thread, decision.case.matter.url) == (
        "github:owner/other#3",
        "https://example.org/moved",
    )
    assert decision.entries[0].event == "transferred"
    assert replies(decision)[0].people == ()


def test_a_case_that_followed_its_thread_already_stays():
    case = move(opened().case).case
    assert move(case).entries == ()


def test_a_thread_that_moves_to_a_private_place_makes_its_case_confidential():
    assert move(opened().case, confidential=True).case.audience is Audience.RESPONDERS


def test_a_thread_that_moves_to_a_private_place_is_told_in_private_and_its_root_is_emptied():
    decision = move(opened().case, confidential=True)
    assert told(decision) == list(decision.case.terms.approved)
    assert decision.effects[0].erases


def test_what_opens_a_confidential_case_again_is_told_in_private():
    case = do(opened(confidential=True).case, "answered", url="https://example.org/answer").case
    decision = hear(case, sensitive(), confidential=True)
    assert decision.entries[0].event == "reopen"
    assert told(decision) == list(case.terms.approved)


def test_a_confidential_case_stays_so_wherever_its_thread_moves():
    assert move(opened(confidential=True).case).case.audience is Audience.RESPONDERS


@pytest.mark.parametrize("confidential", [False, True])
def test_a_closed_case_follows_without_a_word(confidential):
    case = do(opened().case, "dismiss").case
    decision = move(case, now=NOW + 2 * MINUTE, confidential=confidential)
    assert (replies(decision), told(decision)) == ([], [])
    assert hear(decision.case, HARMLESS).case.matter.thread == "github:owner/other#3"
