"""The table of commands: who may, from which states, to where, whose it is then, and until when."""

from dataclasses import replace

import pytest
from core_builders import (
    DAY,
    GUEST,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    STRANGER,
    actor,
    changed,
    do,
    hear,
    in_state,
    mentioned,
    opened,
    policy,
    replies,
    sensitive,
    told_backstop,
    triaged,
    wait,
)

from router.core.cases import Outcome
from router.core.deadlines import Do, Step
from router.core.effects import Reply, RootPost, RootUpdate, Says
from router.core.escalations import ROWS, Resolution, State, Word, decide
from router.core.escalations.arriving import follow
from router.core.escalations.matter import Arrived
from router.core.people import Door
from router.core.signals import Signal

LATER = NOW + MINUTE
GIVEN = {
    "assign": {"user": actor("bob")},
    "topic": {"topic": "privacy"},
    "note": {"text": "a note"},
    "loop-in": {"user": STRANGER},
    "dismiss": {"resolution": Resolution.NO_ANSWER_DUE},
    "answered": {"url": "https://example.org/answer"},
}


def give(case, word, by="ann", rules=POLICY, **more):
    return do(case, word, by, rules, **(GIVEN.get(word, {}) | more))


# ------------------------------------------------------------------------------------------- the two dimensions

TABLE = {
    "topic": {"triage", "open", "acknowledged"},
    "claim": {"open"},
    "assign": {"open", "acknowledged"},
    "release": {"open", "acknowledged"},
    "note": set(State),
    "loop-in": set(State),
    "dismiss": {"triage", "open", "acknowledged"},
    "answered": {"open", "acknowledged"},
    "close": {"answered"},
    "reopen": {"answered", "closed"},
}
EVERYWHERE = [(word, state) for word in TABLE for state in State]


def test_the_table_has_these_commands_and_no_other():
    assert {row.word for row in ROWS} == set(TABLE) == set(Word)


@pytest.mark.parametrize(("word", "state"), [(word, state) for word, state in EVERYWHERE if state in TABLE[word]])
def test_a_command_works_in_its_states(word, state):
    by = "eve" if word == "release" and state == "triage" else "ann"
    decision = give(in_state(state), word, by)
    assert (decision.outcome, len(decision.entries)) == (Outcome.DONE, 1)


@pytest.mark.parametrize(("word", "state"), [(word, state) for word, state in EVERYWHERE if state not in TABLE[word]])
def test_a_command_in_another_state_is_refused_with_what_is_possible(word, state):
    case = in_state(state)
    decision = give(case, word, case.owner)
    if (word, state) == ("claim", "acknowledged"):
        assert (decision.outcome, decision.case) == (Outcome.UNCHANGED, case)
        return
    assert (decision.outcome, decision.case, decision.effects) == (
        Outcome.REFUSED,
        case,
        (),
    ) or "may" in decision.reason
    possible = [one for one, states in TABLE.items() if state in states]
    may = [one for one in possible if one in decision.reason]
    assert may == possible or "answer or dismiss it first" in decision.reason or "may" in decision.reason


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged"])
def test_close_before_the_answer_says_what_to_do_first(state):
    decision = give(in_state(state), "close")
    assert (decision.outcome, "answer or dismiss it first" in decision.reason) == (Outcome.REFUSED, True)


def test_close_of_a_closed_one_names_what_is_possible():
    assert give(in_state("closed"), "close").reason == "ESC-1 is closed; possible now: note, loop-in, reopen"


# Ann, bob and cat are approved, bob owns it; eve is manager, fay backstop, dan of a candidate topic, gus looped in.
RIGHTS = {
    "claim": {"ann", "bob", "cat"},
    "assign": {"ann", "bob", "cat", "fay"},
    "release": {"bob"},
    "topic": {"ann", "bob", "cat", "eve", "dan"},
    "note": {"ann", "bob", "cat", "dan", "eve", "fay", "gus", "stranger"},
    "loop-in": {"ann", "bob", "cat", "dan", "eve", "fay", "gus", "stranger"},
    "dismiss": {"ann", "bob", "cat"},
    "answered": {"ann", "bob", "cat"},
    "close": {"ann", "bob", "cat"},
    "reopen": {"ann", "bob", "cat", "dan", "eve", "fay", "gus", "stranger"},
}
SOMEBODY = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "stranger")


@pytest.mark.parametrize("name", SOMEBODY)
@pytest.mark.parametrize("word", TABLE)
def test_only_those_of_the_table_may(word, name):
    start = {"close": "answered", "reopen": "answered"}.get(word, "open")
    case = opened(others=["security", "privacy"]).case if start == "open" else in_state(start)
    case = replace(case, owner="bob")
    decision = give(case, word, name, **({"topic": "law"} if word == "topic" else {}))
    assert (decision.outcome is not Outcome.REFUSED) == (name in RIGHTS[word])


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("word", TABLE)
def test_a_guest_may_nothing_and_it_is_entered(word, state):
    case = in_state(state)
    decision = give(case, word, GUEST)
    assert decision.outcome is Outcome.REFUSED
    assert (decision.effects, decision.entries[0].event, decision.entries[0].actor) == ((), "refused", "guest")
    assert decision.case == replace(case, entries=case.entries + 1, version=case.version + 1)


def test_a_refusal_says_who_may_and_whom_to_ask():
    reason = give(in_state("open"), "claim", "dan").reason
    assert "Ann Alder, Bob Birch, Cat Cedar" in reason
    assert "ask Eve Elder (@eve.mm)" in reason


def test_a_refusal_to_guests_says_so():
    assert give(in_state("open"), "note", GUEST).reason == "guests may not note"


def test_a_refused_release_names_the_owner():
    assert give(in_state("open"), "release", "cat").reason.endswith("Ann Alder")


def test_a_refused_release_of_nobodys_case_says_so():
    assert give(opened("law").case, "release", "cat").reason.endswith("nobody")


def test_a_refused_assignment_names_the_backstop_too():
    assert "Fay Fir" in give(in_state("open"), "assign", "gus").reason


def test_a_refusal_in_triage_names_the_manager():
    assert "Eve Elder" in give(in_state("triage"), "dismiss", "gus").reason


def test_a_refusal_where_nobody_is_approved_says_so():
    assert "nobody yet" in give(opened("law").case, "claim", "gus").reason


def test_a_policy_contact_that_nobody_holds_is_named_as_it_stands():
    assert (
        "ask press@example.org"
        in give(in_state("open"), "claim", "gus", policy(policy_contact="press@example.org")).reason
    )


def test_the_refused_topic_command_names_those_of_the_candidate_topics():
    """Approved responders of a candidate topic may, so the refusal must not keep silent about them."""
    case = opened(others=["security", "privacy"]).case
    assert "Dan Dogwood" in give(case, "topic", "gus").reason


# ------------------------------------------------------------------------------------------- claim


def test_claim_makes_the_actor_owner_until_the_answer_is_due():
    case = give(in_state("open"), "claim", "cat").case
    assert (case.state, case.owner, case.deadline) == ("acknowledged", "cat", LATER + 2 * DAY)
    assert (case.step, case.had, case.matter.acknowledged_at) == (0, ("ann", "cat"), LATER)


def test_the_owner_claims_without_being_counted_twice():
    assert give(in_state("open"), "claim", "ann").case.had == ("ann",)


def test_a_case_claimed_by_another_is_refused_naming_them():
    decision = give(in_state("acknowledged"), "claim", "bob")
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, "ESC-1 is claimed by Ann Alder already")


def test_a_case_claimed_by_somebody_who_is_gone_is_refused_all_the_same():
    case = replace(in_state("acknowledged"), owner=None)
    assert "somebody" in give(case, "claim", "bob").reason


def test_claiming_twice_is_unchanged_and_said():
    decision = give(in_state("acknowledged"), "claim", "ann")
    assert (decision.outcome, decision.entries, decision.reason) == (Outcome.UNCHANGED, (), "ESC-1 is yours already")


def test_anybody_approved_may_claim_what_nobody_is_left_for():
    rules = policy(away=["ann", "bob", "cat"])
    case = give(opened(rules=rules).case, "claim", "cat", rules).case
    assert (case.state, case.owner) == ("acknowledged", "cat")


def test_a_claim_ends_the_chase_so_far():
    case = wait(wait(in_state("open")).case).case
    claimed = do(case, "claim", "bob", now=case.deadline - HOUR / 2).case
    assert (claimed.overdue, claimed.step, claimed.pulse) == (False, 0, case.pulse + 1)


# ------------------------------------------------------------------------------------------- assign


@pytest.mark.parametrize("state", ["open", "acknowledged"])
def test_assign_gives_it_to_an_approved_one_who_has_not_claimed(state):
    decision = give(in_state(state), "assign", "fay", user=actor("cat"))
    case = decision.case
    assert (case.state, case.owner, case.deadline) == ("open", "cat", LATER + HOUR)
    assert (case.step, case.had, case.matter.acknowledged_at) == (0, ("cat",), None)
    assert mentioned(decision) == ["cat"]


@pytest.mark.parametrize("user", [actor("dan"), STRANGER, None])
def test_assign_to_somebody_not_approved_is_refused_with_those_who_are(user):
    decision = give(in_state("open"), "assign", "ann", user=user)
    assert (decision.outcome, "approved: Ann Alder, Bob Birch, Cat Cedar" in decision.reason) == (Outcome.REFUSED, True)


def test_assign_where_nobody_is_approved_says_so():
    assert "approved: nobody" in give(opened("law").case, "assign", "fay", user=actor("dan")).reason


def test_assign_to_oneself_is_a_claim():
    decision = give(in_state("open"), "assign", "bob", user=actor("bob"))
    assert (decision.case.state, decision.case.owner, decision.entries[0].event) == ("acknowledged", "bob", "claim")


def test_assign_to_oneself_of_what_another_has_claimed_is_refused():
    assert "claimed by Ann" in give(in_state("acknowledged"), "assign", "bob", user=actor("bob")).reason


def test_the_backstop_who_is_not_approved_can_not_take_it():
    assert give(in_state("open"), "assign", "fay", user=actor("fay")).outcome is Outcome.REFUSED


def test_assign_to_somebody_away_is_refused():
    decision = give(in_state("open"), "assign", "ann", policy(away=["bob"]))
    assert (decision.outcome, decision.reason) == (Outcome.REFUSED, "Bob Birch is away")


# ------------------------------------------------------------------------------------------- release


@pytest.mark.parametrize("state", ["open", "acknowledged"])
def test_release_gives_it_to_the_next_candidate(state):
    decision = give(in_state(state), "release")
    case = decision.case
    assert (case.state, case.owner, case.deadline, case.step) == ("open", "bob", LATER + HOUR, 0)
    assert (mentioned(decision), case.matter.acknowledged_at) == (["bob"], None)


def test_release_skips_those_who_are_away():
    assert give(in_state("open"), "release", "ann", policy(away=["bob"])).case.owner == "cat"


def test_release_by_the_only_one_leaves_nobody_and_the_backstop_is_told():
    decision = do(opened("licence").case, "release", "dan")
    case = decision.case
    assert (case.owner, case.step, mentioned(decision, Says.NOBODY_LEFT)) == (None, 1 + 2, ["fay"])
    assert case.deadline > LATER


def test_release_does_not_come_back_to_who_has_just_given_it_back():
    case = give(in_state("open"), "release").case
    assert give(case, "release", "bob").case.owner != "bob"


# ------------------------------------------------------------------------------------------- note, loop-in


def test_a_note_changes_nothing_and_is_said_in_the_thread():
    case = in_state("open")
    decision = give(case, "note", STRANGER)
    assert decision.case == replace(case, entries=2, version=2)
    assert replies(decision)[0].facts == {"by": "Stranger", "text": "a note"}
    assert decision.entries[0].reason == "a note"


def test_a_note_typed_in_the_thread_is_not_repeated_there():
    assert give(in_state("open"), "note", door=Door.THREAD).effects == ()


def test_loop_in_tells_somebody_who_gains_no_right():
    decision = give(in_state("open"), "loop-in")
    assert (decision.case.matter.followers, mentioned(decision)) == (("stranger",), ["stranger"])
    assert decision.case.terms == in_state("open").terms


@pytest.mark.parametrize("user", [STRANGER, actor("gus")])
def test_looping_in_twice_is_unchanged_and_said(user):
    case = give(in_state("open"), "loop-in").case
    assert give(case, "loop-in", user=user).outcome is Outcome.UNCHANGED


def test_looping_in_nobody_is_refused():
    assert give(in_state("open"), "loop-in", user=None).outcome is Outcome.REFUSED


# ------------------------------------------------------------------------------------------- dismiss


@pytest.mark.parametrize("resolution", ["not-sensitive", "no-answer-due", "duplicate"])
@pytest.mark.parametrize("state", ["triage", "open", "acknowledged"])
def test_dismiss_closes_for_a_reason(state, resolution):
    decision = give(in_state(state), "dismiss", resolution=Resolution(resolution), text="why")
    case = decision.case
    assert (case.state, case.deadline, case.matter.resolution) == ("closed", None, resolution)
    assert (case.matter.closed_at, decision.entries[0].reason) == (LATER, f"{resolution}: why")


def test_dismiss_without_words_is_no_answer_due():
    assert do(in_state("open"), "dismiss").reason == "no-answer-due"


@pytest.mark.parametrize(("name", "may"), [("ann", True), ("dan", True), ("eve", True), ("fay", False), ("gus", False)])
def test_in_triage_the_manager_and_those_of_the_candidates_may_dismiss(name, may):
    case = triaged("security", "privacy").case
    assert (give(case, "dismiss", name).outcome is Outcome.DONE) == may


def test_the_manager_may_not_dismiss_what_is_an_escalation_already():
    assert give(in_state("open"), "dismiss", "eve").outcome is Outcome.REFUSED


# ------------------------------------------------------------------------------------------- answered, close, reopen


def test_answered_by_one_who_had_not_claimed_makes_them_owner():
    case = give(in_state("open"), "answered", "cat").case
    assert (case.state, case.owner, case.deadline) == ("answered", "cat", LATER + 7 * DAY)
    assert (case.matter.answer_url, case.matter.answered_at, case.matter.acknowledged_at) == (
        "https://example.org/answer",
        LATER,
        LATER,
    )


def test_answered_leaves_it_with_the_one_who_claimed():
    case = give(in_state("acknowledged"), "answered", "cat").case
    assert (case.owner, case.matter.own_answers) == ("ann", ("https://example.org/answer",))


def test_close_ends_an_answered_one():
    case = give(in_state("answered"), "close", "bob").case
    assert (case.state, case.deadline, case.matter.resolution) == ("closed", None, "answered")


@pytest.mark.parametrize("state", ["answered", "closed"])
def test_reopen_gives_it_to_its_last_owner(state):
    decision = give(in_state(state), "reopen", STRANGER)
    case = decision.case
    assert (case.state, case.owner, case.deadline, case.step) == ("open", "ann", LATER + HOUR, 0)
    assert mentioned(decision) == ["ann"]
    matter = case.matter
    assert (matter.answered_at, matter.answer_url, matter.closed_at, matter.resolution) == (None, None, None, None)


def test_reopen_goes_to_the_first_present_when_the_last_owner_is_away():
    assert give(in_state("closed"), "reopen", STRANGER, policy(away=["ann"])).case.owner == "bob"


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (in_state("answered"), "the answer did not settle it"),
        (do(in_state("answered"), "close").case, "the answer did not settle it"),
        (do(in_state("open"), "dismiss", resolution=Resolution.NOT_SENSITIVE).case, "it needs an answer after all"),
    ],
)
def test_reopen_says_that_an_answer_did_not_settle_it_only_where_there_was_one(case, why):
    assert give(case, "reopen", STRANGER).reason == why


def test_reopen_with_everybody_away_tells_the_backstop():
    decision = give(in_state("closed"), "reopen", STRANGER, policy(away=["ann", "bob", "cat"]))
    assert (decision.case.owner, told_backstop(decision)) == (None, True)


def test_reopen_of_one_without_a_topic_is_triage_again():
    closed = give(in_state("triage"), "topic", "eve", topic=None).case
    case = give(closed, "reopen", STRANGER).case
    assert (case.state, case.owner, case.deadline) == ("triage", "eve", LATER + 3 * HOUR)


# ------------------------------------------------------------------------------------------- topic


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged"])
def test_topic_gives_the_case_the_topics_people_owner_and_time(state):
    decision = give(in_state(state), "topic", "eve")
    case = decision.case
    assert (case.state, case.owner, case.deadline) == ("open", "ann", LATER + 4 * HOUR)
    assert (case.matter.topic, case.step, case.matter.acknowledged_at) == ("privacy", 0, None)
    assert mentioned(decision, Says.NEW_TOPIC) == ["ann", "dan", "gus"]


def test_a_case_keeps_every_topic_it_has_had():
    case = give(in_state("open"), "topic").case
    case = give(case, "topic", topic="security").case
    assert (case.matter.topic, case.matter.topics) == ("security", ("security", "privacy"))


def test_the_topic_it_has_already_is_unchanged_and_said():
    decision = give(in_state("open"), "topic", topic="security")
    assert (decision.outcome, decision.reason) == (Outcome.UNCHANGED, "ESC-1 is about Security already")


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged"])
def test_topic_none_closes_as_not_sensitive(state):
    case = give(in_state(state), "topic", "eve", topic=None).case
    assert (case.state, case.matter.resolution, case.deadline) == ("closed", "not-sensitive", None)


def test_a_topic_nobody_holds_tells_the_backstop_at_once():
    decision = give(in_state("open"), "topic", topic="law")
    assert (decision.case.owner, decision.case.step, told_backstop(decision)) == (None, 3, True)


def test_a_triage_case_moves_to_the_channel_of_escalations():
    effects = give(in_state("triage"), "topic", "eve").effects
    assert [type(one) for one in effects[:3]] == [RootUpdate, RootPost, Reply]
    assert effects[0].moved


def test_a_triage_case_stays_where_the_channels_are_one():
    rules = policy(triage_channel="escalations")
    assert not any(isinstance(one, RootPost) for one in give(in_state("triage"), "topic", "eve", rules).effects)


def test_approved_for_a_candidate_topic_may_still_move_it():
    case = opened(others=["security", "privacy"]).case
    assert give(case, "topic", "dan", topic="privacy").outcome is Outcome.DONE


def test_a_candidate_topic_that_has_left_the_policy_gives_no_right():
    case = opened(others=["security", "privacy"]).case
    without = replace(POLICY, topics={"security": POLICY.topics["security"]})
    assert give(case, "topic", "dan", without, topic=None).outcome is Outcome.REFUSED


def merged(other):
    case = opened("privacy", case_id="ESC-2").case
    decision = give(case, "topic", topic="security", merge=other)
    first = Signal("github", "example.org", "issue", "o9", other.matter.thread, "u", "", "", "", None, NOW)
    event = Arrived(first, sensitive("security"), actor("ann"), Door.SLASH)
    return decision, follow(other, decision.case, event, POLICY, LATER)


def test_a_topic_that_the_thread_has_a_case_of_closes_this_one_as_its_duplicate():
    decision, _ = merged(in_state("open"))
    matter = decision.case.matter
    assert (decision.case.state, matter.resolution, matter.duplicate_of) == ("closed", "duplicate", "ESC-1")
    assert decision.case.deadline is None


def test_the_case_that_goes_on_answers_for_the_duplicates_topics_too():
    _, followed = merged(in_state("open"))
    assert followed.case.matter.topics == ("security", "privacy")
    assert (followed.entries[0].event, mentioned(followed)) == ("joined", [])


def test_the_duplicates_signal_opens_an_answered_case_again():
    _, followed = merged(in_state("answered"))
    assert (followed.case.state, mentioned(followed)) == ("open", ["ann"])


def test_the_duplicates_signal_leaves_a_dismissed_case_closed():
    _, followed = merged(give(in_state("open"), "dismiss").case)
    assert (followed.case.state, mentioned(followed)) == ("closed", [])


# ------------------------------------------------------------------------------------------- acting and being present


def test_whoever_acts_is_present_while_doing_so():
    rules = policy(away=["bob"])
    assert give(in_state("open"), "assign", "ann", rules).outcome is Outcome.REFUSED
    assert give(in_state("open"), "claim", "bob", rules).case.owner == "bob"


def test_every_effect_has_a_key_of_case_entry_and_place():
    effects = give(in_state("open"), "release").effects
    assert [one.key for one in effects] == ["ESC-1/2/0", "ESC-1/2/1"]


def test_a_step_of_the_chase_is_overdue_until_the_next_command():
    case = wait(in_state("open")).case
    assert case.overdue
    assert not give(case, "claim").case.overdue


def test_whoever_is_handed_a_triage_case_may_decide_it():
    """An owner is expected to act next, so the hand-over must go to somebody who can."""
    rules = changed("security")
    case = wait(wait(in_state("triage"), rules).case, rules).case
    assert case.owner == "fay"
    assert give(case, "topic", "fay").outcome is Outcome.DONE


def test_a_chase_of_one_step_reminds_again_and_again():
    rules = changed("security", chase=(Step(Do.REMIND_OWNER),))
    case = wait(wait(opened(rules=rules).case, rules).case, rules).case
    assert (case.step, case.owner) == (0, "ann")


def test_decide_is_total_for_commands_after_the_policy_lost_its_people():
    empty = replace(POLICY, people={}, roles={}, topics={})
    case = in_state("open")
    assert hear(case, sensitive(), empty).case.state == "open"
    assert decide(
        case,
        Arrived(Signal("s", "i", "k", "o", "t", "u", "", "", "", None, NOW), sensitive(), STRANGER, Door.API),
        empty,
        LATER,
    )
