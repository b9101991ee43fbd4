"""What was deleted at its source: the words go, the record stays, and only the source brings the words back."""

import pytest
from core_builders import (
    HARMLESS,
    NOW,
    POLICY,
    arrived,
    deletion,
    erase,
    hear,
    in_state,
    opened,
    replies,
    sensitive,
    signal,
)

from router.core.effects import DirectMessage, Reply, RootUpdate, Says, Tell
from router.core.escalations import ERASED, erasure, follow
from router.core.escalations.arriving import KEPT_SIGNALS
from router.core.quoting import KEPT_ANSWERS, TITLE, Quote, Words, in_excess, quoted

STATES = ("triage", "open", "acknowledged", "answered", "closed")
WORDS = ("A title", "A headline", "someone", "'text'", "'evidence'")


@pytest.fixture
def two():
    """A case that one signal opened, and another joined."""
    return hear(opened().case, sensitive(), body="more of it, with evidence").case


@pytest.mark.parametrize("state", STATES)
def test_whatever_the_state_the_words_go_and_all_else_stays(state):
    before = in_state(state)
    decision = erase(before, 1)
    after = decision.case
    assert not [word for word in WORDS if word in str(after.matter)]
    assert (after.state, after.owner, after.deadline, after.step, after.pulse) == (
        before.state,
        before.owner,
        before.deadline,
        before.step,
        before.pulse,
    )
    assert (after.matter.url, after.matter.signals[0].url) == (before.matter.url, before.matter.signals[0].url)


def test_that_it_was_said_where_and_when_stays_on_record():
    heard = erase(opened().case, 1).case.matter.signals[0]
    assert heard.erased
    assert (heard.identity, heard.url, heard.at) == (signal(1).identity, signal(1).url, NOW)


def test_the_timeline_says_that_its_source_had_it_deleted():
    (entry,) = erase(opened().case, 1).entries
    assert (entry.event, entry.actor, entry.door) == ("erased", "github", "hook")
    assert entry.reason == "what opened it was deleted at its source"


def test_an_object_that_joined_goes_alone(two):
    after = erase(two, 2).case.matter
    assert (after.title, after.signals[0], after.signals[1].text) == ("A headline", two.matter.signals[0], "")


def test_what_decided_stays_where_it_is_still_to_be_read(two):
    assert erase(two, 1).case.matter.verdict.evidence == ("evidence",)
    assert erase(two, 2).case.matter.verdict.evidence == ()


def test_a_deleted_thread_takes_all_words_with_it(two):
    after = erase(two).case.matter
    assert (after.title, after.verdict.evidence, [one.text for one in after.signals]) == (ERASED, (), ["", ""])


def test_a_live_case_says_so_once_and_mentions_nobody(two):
    first = erase(two, 1)
    (said,) = replies(first, Says.ERASED)
    assert (said.people, said.usernames) == ((), ())
    assert replies(erase(first.case), Says.ERASED) == []
    assert replies(erase(two, 2), Says.ERASED) == []


def test_a_closed_case_only_shows_it():
    decision = erase(in_state("closed"), 1)
    assert decision.effects == (RootUpdate("ESC-1", erases=True, key=decision.effects[0].key),)


def test_what_is_erased_already_changes_nothing(two):
    gone = erase(two).case
    for number in (None, 1, 2):
        assert erase(gone, number).entries == ()


def test_the_deletion_of_what_is_kept_no_more_is_entered():
    assert erase(opened().case, 77).entries[0].event == "erased"


def test_another_wording_of_what_was_deleted_brings_nothing_back():
    gone = erase(opened().case, 1).case
    assert hear(gone, sensitive(), number=1, body="other words").case.matter.signals == gone.matter.signals


def test_what_its_source_recovered_is_heard_again():
    gone = erase(opened().case, 1).case
    back = hear(gone, sensitive(), number=1, recovered=True).case.matter
    assert (back.title, back.signals[0].text, back.signals[0].erased) == ("A headline", "text", False)
    assert back.verdict.evidence == ("evidence",)


def test_what_was_answered_and_recovered_asks_nobody_again():
    gone = erase(in_state("answered"), 1).case
    decision = hear(gone, sensitive(), number=1, recovered=True)
    assert (decision.case.state, decision.entries[0].event) == ("answered", "joined")


def test_what_was_recovered_and_never_heard_opens_an_answered_case_again():
    assert hear(in_state("answered"), sensitive(), number=3, recovered=True).case.state == "open"


def test_a_signal_that_is_not_sensitive_is_counted_and_nothing_more():
    gone = erase(opened().case, 1).case
    assert hear(gone, HARMLESS).case.matter.signals == gone.matter.signals


def test_a_case_that_takes_over_from_a_duplicate_does_not_hear_what_was_erased_there():
    other = opened("privacy", case_id="ESC-2").case
    gone = erase(opened().case, 1).case
    taken = follow(other, gone, arrived(sensitive("privacy"), 1), POLICY, NOW).case
    assert [one.erased for one in taken.matter.signals] == [True]


def test_of_many_signals_those_that_were_erased_are_remembered_longest():
    case = opened().case
    for number in range(2, KEPT_SIGNALS + 1):
        case = hear(case, sensitive(), number=number).case
    case = hear(erase(case, 2).case, sensitive(), number=999).case
    kept = [one.identity for one in case.matter.signals]
    assert len(kept) == KEPT_SIGNALS
    assert signal(2).identity in kept
    assert signal(3).identity not in kept


# ------------------------------------------------------------------------------------------- whose words stand where


def test_an_erasure_covers_the_title_where_what_opened_the_case_is_deleted(two):
    title, joined = Words("ESC-1", TITLE), Words("ESC-1", signal(2).identity)
    found = {}
    for number in (1, 2, None):
        one = erasure(two, deletion(number))
        found[number] = (one.covers(title), one.covers(joined))
    assert found == {1: (True, False), 2: (False, True), None: (True, True)}


def test_an_erasure_covers_no_other_case(two):
    assert not erasure(two, deletion()).covers(Words("ESC-2", TITLE))


def test_each_effect_says_whose_words_its_post_holds():
    facts = {"signal": "an object"}
    assert quoted(Reply("ESC-1", Says.JOINED, facts=facts)) == (Words("ESC-1", "an object"),)
    assert set(quoted(Tell("ESC-1", "confidential", "ann", facts))) == {
        Words("ESC-1", TITLE),
        Words("ESC-1", "an object"),
    }
    assert quoted(DirectMessage("u", "text", "key", {"ESC-1": 1, "ESC-2": 1})) == (
        Words("ESC-1", TITLE),
        Words("ESC-2", TITLE),
    )
    assert quoted(RootUpdate("ESC-1")) == quoted(Reply("ESC-1", Says.NOTE)) == ()


def test_of_too_many_answers_that_show_a_title_the_oldest_are_in_excess():
    answers = [Quote(Words("ESC-1", TITLE), f"post-{number}", "dm") for number in range(KEPT_ANSWERS + 2)]
    told = [Quote(words, "told", "dm") for words in (Words("ESC-1", "an object"), Words("ESC-1", TITLE))]
    assert [one.post_id for one in in_excess([*told, *answers])] == ["post-0", "post-1"]
