"""The table of signals: what a thread's cases make of one more."""

import pytest
from core_builders import (
    DAY,
    HARMLESS,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    actor,
    arrived,
    do,
    doubtful,
    hear,
    in_state,
    mentioned,
    opened,
    policy,
    replies,
    sensitive,
    signal,
    told_backstop,
    triaged,
    uncertain,
    wait,
)

from router.core.cases import CaseId
from router.core.effects import Channel, RootPost, RootUpdate, Says
from router.core.escalations import Resolution, live, open_case, recipient
from router.core.escalations.arriving import KEPT_SIGNALS
from router.core.people import ROUTER
from router.core.signals import same_address
from router.core.topics import Routing, Verdict

LATER = NOW + MINUTE


# ------------------------------------------------------------------------------------------- opening


def test_a_sensitive_signal_opens_an_escalation():
    decision = opened()
    case = decision.case
    assert (case.state, case.owner, case.deadline, case.version, case.entries) == ("open", "ann", NOW + HOUR, 1, 1)
    assert decision.effects == (RootPost("ESC-1", Channel.ESCALATIONS, "ESC-1/1/0"),)
    assert (decision.entries[0].event, decision.reason) == ("opened", "Security: 90% sure")


def test_the_first_who_is_not_away_becomes_owner():
    assert opened(rules=policy(away=["ann"])).case.owner == "bob"


def test_opening_with_everybody_away_tells_the_backstop_in_the_same_commit():
    decision = opened(rules=policy(away=["ann", "bob", "cat"]))
    assert (decision.case.owner, decision.case.step, told_backstop(decision)) == (None, 3, True)
    assert decision.case.deadline == NOW + HOUR


def test_a_vacant_first_role_is_skipped_and_named():
    case = opened("licence").case
    assert (case.owner, case.terms.vacant) == ("dan", ("Lawyer",))


def test_a_topic_of_vacant_roles_only_tells_the_backstop():
    assert told_backstop(opened("law"))


def test_an_uncertain_signal_is_for_triage_by_the_manager():
    decision = triaged("security", "privacy")
    case = decision.case
    assert (case.state, case.owner, case.deadline) == ("triage", "eve", NOW + 3 * HOUR)
    assert (case.matter.topic, case.matter.topics, case.matter.candidates) == (None, (), ("security", "privacy"))
    assert decision.effects == (RootPost("ESC-1", Channel.TRIAGE, "ESC-1/1/0"),)
    assert case.terms.approved == ("ann", "bob", "cat", "dan")


def test_every_source_has_its_own_manager():
    assert triaged("security", source="discourse").case.owner == "gus"


def test_triage_without_a_manager_present_tells_the_backstop():
    decision = triaged("security", rules=policy(away=["eve"]))
    assert (decision.case.owner, told_backstop(decision)) == (None, True)


def test_a_candidate_that_the_policy_does_not_know_is_left_out():
    assert triaged("security", "gone").case.matter.candidates == ("security",)


def test_what_is_perhaps_not_sensitive_is_for_triage_and_says_of_what_the_router_is_how_sure():
    decision = open_case(CaseId("ESC-1"), arrived(doubtful("security")), POLICY, NOW)
    assert (decision.case.state, decision.case.matter.candidates) == ("triage", ("security",))
    assert decision.reason == "uncertain: 70% sure that it is not sensitive"


def test_a_sensitive_verdict_without_a_topic_is_for_triage():
    cause = arrived(Verdict(None, Routing.ESCALATE, 1.0, ()))
    decision = open_case(CaseId("ESC-1"), cause, POLICY, NOW)
    assert (decision.case.state, decision.reason) == ("triage", "uncertain: a person said so")


def test_the_title_is_the_threads_own():
    assert opened().case.matter.title == "A headline"


def test_a_timeline_holds_nothing_of_a_signals_text():
    decision = opened(body="secret words", title="secret title", headline="secret headline", author="secret author")
    assert "secret" not in repr(decision.entries)


# ------------------------------------------------------------------------------------------- where a signal goes


def closed(case, resolution):
    return do(case, "dismiss", case.owner, resolution=Resolution(resolution)).case


def test_a_signal_of_a_new_topic_goes_to_no_case():
    assert recipient([in_state("open")], sensitive("privacy")) is None


def test_a_signal_of_a_thread_without_cases_goes_to_none():
    for verdict in (sensitive(), uncertain("security"), HARMLESS):
        assert recipient([], verdict) is None


@pytest.mark.parametrize("verdict", [uncertain("security"), HARMLESS])
def test_what_is_not_sensitive_for_sure_goes_to_the_latest_live_case(verdict):
    cases = [opened(case_id="ESC-1").case, opened("privacy", case_id="ESC-2").case, in_state("closed")]
    assert recipient(cases, verdict).id == "ESC-2"
    assert recipient([in_state("closed")], verdict) is None


@pytest.mark.parametrize("state", ["open", "acknowledged", "answered", "closed"])
def test_a_sensitive_signal_goes_to_the_case_of_its_topic(state):
    assert recipient([in_state(state), opened("privacy").case], sensitive()).matter.topic == "security"


def test_a_sensitive_signal_of_a_new_topic_goes_to_the_triage_case():
    assert recipient([opened("privacy").case, in_state("triage")], sensitive()).state == "triage"


def test_a_live_case_of_the_topic_goes_before_a_closed_one():
    cases = [opened(case_id="ESC-1").case, closed(opened(case_id="ESC-2").case, "not-sensitive")]
    assert recipient(cases, sensitive()).id == "ESC-1"


def test_a_settled_case_goes_before_a_duplicate():
    cases = [closed(opened(case_id="ESC-1").case, "not-sensitive"), closed(opened(case_id="ESC-2").case, "duplicate")]
    assert recipient(cases, sensitive()).id == "ESC-1"


def test_a_duplicate_is_better_than_a_second_case_of_the_topic():
    assert recipient([closed(in_state("open"), "duplicate")], sensitive()).id == "ESC-1"


def test_a_case_answers_for_a_topic_that_people_moved_it_away_from():
    case = do(in_state("open"), "topic", topic="privacy").case
    assert recipient([case], sensitive("security")) is case


# ------------------------------------------------------------------------------------------- what becomes of it


@pytest.mark.parametrize("state", ["open", "acknowledged"])
def test_one_more_of_the_topic_joins_without_mentions(state):
    case = in_state(state)
    decision = hear(case, sensitive())
    assert (decision.case.state, decision.case.owner, decision.case.deadline) == (state, case.owner, case.deadline)
    assert (decision.entries[0].event, mentioned(decision)) == ("joined", [])
    assert replies(decision, Says.JOINED)[0].facts == {"signal": "github:example.org:o2"}


@pytest.mark.parametrize("state", ["answered", "closed"])
def test_one_more_opens_an_answered_case_again_and_mentions_the_owner_alone(state):
    decision = hear(in_state(state), sensitive())
    assert (decision.case.state, decision.case.owner, decision.case.deadline) == ("open", "ann", LATER + HOUR)
    assert (mentioned(decision), decision.entries[0].event) == (["ann"], "reopen")


@pytest.mark.parametrize("state", ["answered", "closed"])
def test_another_wording_opens_an_answered_case_again(state):
    assert hear(in_state(state), sensitive(), number=1, body="other words").entries[0].event == "reopen"


@pytest.mark.parametrize("resolution", ["not-sensitive", "no-answer-due", "duplicate"])
def test_one_more_joins_a_dismissed_case_which_stays_closed(resolution):
    decision = hear(closed(in_state("open"), resolution), sensitive())
    assert (decision.case.state, decision.case.deadline, mentioned(decision)) == ("closed", None, [])
    assert decision.entries[0].event == "joined"


def test_a_sensitive_signal_gives_a_triage_case_its_topic():
    decision = hear(in_state("triage"), sensitive("privacy"))
    case = decision.case
    assert (case.state, case.matter.topic, case.owner, case.deadline) == ("open", "privacy", "ann", LATER + 4 * HOUR)
    assert (decision.entries[0].event, decision.entries[0].actor) == ("topic", ROUTER.username)
    assert (case.matter.verdict, mentioned(decision)) == (sensitive("privacy"), ["ann", "dan", "gus"])


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged", "answered"])
def test_an_uncertain_signal_joins_a_live_case_without_mentions(state):
    decision = hear(in_state(state), uncertain("privacy"))
    assert (decision.case.state, decision.entries[0].event, mentioned(decision)) == (state, "joined", [])


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged", "answered"])
def test_a_harmless_signal_is_counted_on_the_root_post(state):
    decision = hear(in_state(state), HARMLESS)
    assert (decision.case.state, decision.case.matter.counted, decision.entries[0].event) == (state, 1, "counted")
    assert [type(one) for one in decision.effects] == [RootUpdate]
    assert decision.case.matter.signals == in_state(state).matter.signals


def test_a_sensitive_verdict_without_a_topic_joins():
    assert hear(in_state("answered"), Verdict(None, Routing.ESCALATE, 1.0, ())).entries[0].event == "joined"


def test_an_edited_signal_takes_the_place_of_its_earlier_wording():
    case = hear(hear(in_state("open"), sensitive()).case, sensitive(), number=1, body="other words").case
    assert [(one.identity[-2:], one.text) for one in case.matter.signals] == [("o1", "other words"), ("o2", "text")]


def test_a_case_keeps_the_first_signal_and_the_latest():
    case = in_state("open")
    for number in range(2, KEPT_SIGNALS + 10):
        case = hear(case, sensitive(), number=number).case
    assert len(case.matter.signals) == KEPT_SIGNALS
    assert [one.identity[-4:] for one in (case.matter.signals[0], case.matter.signals[-1])] == ["g:o1", "o109"]


@pytest.mark.parametrize("verdict", [sensitive(), uncertain("security"), HARMLESS])
def test_a_signal_without_an_address_is_entered_with_a_reason(verdict):
    """Every decision has a reason that a person can read; sources need not know an address."""
    assert hear(in_state("open"), verdict, url="").entries[0].reason


def test_an_answered_case_that_was_moved_opens_again_for_its_earlier_topic():
    case = do(in_state("open"), "topic", topic="privacy").case
    case = do(case, "answered", "ann", url="https://example.org/answer").case
    assert hear(case, sensitive("security")).case.state == "open"


def test_a_case_reopened_by_its_thread_waits_for_its_topic_as_long_as_at_first():
    case = hear(in_state("closed"), sensitive(), now=NOW + 30 * DAY).case
    assert case.deadline == NOW + 30 * DAY + HOUR


def test_a_topic_taken_by_the_router_is_no_longer_overdue():
    """A chase of the manager says nothing about the responders, who have just been asked."""
    case = wait(in_state("triage")).case
    assert not hear(case, sensitive(), now=case.deadline).case.overdue


# ------------------------------------------------------------------------------------------- own answers


def test_a_host_may_be_spelt_in_any_case():
    assert same_address("https://Example.org/a/#c-1", "https://example.org/a#c-1")
    assert not same_address("https://example.org/a#c-1", "https://example.org/a#c-2")
    assert not same_address("https://example.org/a", "")


@pytest.mark.parametrize("damaged", ["https://[oops", "https://[::1/x"])
def test_a_damaged_address_is_that_of_nothing(damaged):
    """The door takes any address that begins with https://; later signals of the thread must still get in."""
    assert not same_address(damaged, "https://example.org/2")
    assert not same_address("https://example.org/2", damaged)


def test_an_edit_of_its_own_answer_takes_nothing_from_a_case_that_holds_it():
    assert hear(in_state("open"), HARMLESS, number=1, own=True).entries[0].event == "counted"


def test_live_is_any_state_but_closed():
    assert [live(in_state(one)) for one in ("triage", "open", "acknowledged", "answered", "closed")] == [True] * 4 + [
        False
    ]


def test_a_raised_matter_is_entered_under_the_persons_name():
    assert opened(by=actor("gus")).entries[0].actor == "gus.mm"


def test_a_signal_is_told_apart_by_object_and_wording():
    one = signal()
    assert one.identity == signal(body="x", at=LATER).identity
    assert one.version(b"k") != signal(body="x").version(b"k")
    assert one.version(b"k") == signal(at=LATER).version(b"k")
    assert one.version(b"k") != one.version(b"other")
    assert signal(title="a", body="b").version(b"k") != signal(title="ab", body="").version(b"k")


def test_a_wording_that_is_no_unicode_has_a_version_too():
    assert signal(body="\udcff").version(b"k")


def test_only_an_excerpt_of_a_long_text_is_kept():
    text = opened(body="x" * 5000).case.matter.signals[0].text
    assert (len(text), text[-1]) == (2000, "…")
