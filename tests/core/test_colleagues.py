"""What colleagues say in public: by whom it may be the answer, who is asked, and what becomes of the question."""

from dataclasses import replace

import pytest
from core_builders import (
    DAY,
    HARMLESS,
    HOUR,
    MINUTE,
    NOW,
    POLICY,
    STRANGER,
    actor,
    arrived,
    do,
    erase,
    hear,
    in_state,
    mentioned,
    opened,
    policy,
    remark,
    replies,
    sensitive,
    signal,
    triaged,
    wait,
)

from router.core.effects import Confides, RootUpdate, Says, Tell
from router.core.escalations import OwnerGone, Resolution, concerned, decide, waits
from router.core.escalations.colleagues import KEPT_OFFERS
from router.core.retries import overtaken

LATER = NOW + MINUTE
OURS = policy(organisation="Example-Org")
MEMBER = {"author": "somebody", "member_of": "example-org"}
URL = "https://example.org/9"


def told(decision):
    return [one for one in decision.effects if isinstance(one, Tell)]


# ------------------------------------------------------------------------------------------- an approved responder


@pytest.mark.parametrize("state", ["open", "acknowledged"])
def test_an_answer_asks_the_owner_and_nobody_else_to_confirm_it(state):
    decision = remark(in_state(state), "bob")
    assert (decision.entries[0].event, mentioned(decision, Says.CONFIRM_ANSWER)) == ("offered", ["ann"])
    assert (len(replies(decision)), isinstance(decision.effects[0], RootUpdate)) == (1, True)


@pytest.mark.parametrize("state", ["open", "acknowledged"])
def test_an_answer_changes_neither_state_nor_owner(state):
    case = in_state(state)
    after = remark(case, "bob").case
    assert (after.state, after.owner, after.matter.answer_url) == (state, case.owner, None)


def test_an_answer_is_counted_as_any_comment():
    assert remark(in_state("open")).case.matter.counted == 1


def test_the_owners_own_answer_asks_the_owner():
    assert mentioned(remark(in_state("acknowledged"), "ann")) == ["ann"]


def test_the_reason_names_who_said_it_where_and_who_is_asked():
    assert remark(in_state("open"), "bob").reason == f"{URL}: said by Bob Birch; Ann Alder asked whether it answers it"


def test_with_the_owner_away_the_backstop_is_asked():
    assert mentioned(remark(in_state("open"), rules=policy(away=["ann"]))) == ["fay"]


def test_without_an_owner_the_backstop_is_asked():
    rules = policy(away=["ann", "bob", "cat"])
    assert mentioned(remark(in_state("open", rules=rules), rules=rules)) == ["fay"]


def test_while_a_question_waits_nobody_is_chased_for_a_day():
    case = remark(in_state("open")).case
    assert (case.deadline, waits(case)) == (LATER + DAY, True)


def test_a_question_overtakes_the_reminders_before_it():
    chased = wait(in_state("open"))
    assert overtaken(replies(chased)[0], remark(chased.case).case)


def test_after_a_day_the_chase_goes_on_where_it_was():
    case = wait(in_state("open")).case
    decision = wait(remark(case, now=case.deadline - MINUTE).case)
    assert (mentioned(decision, Says.NEW_OWNER), decision.case.owner, decision.case.step) == (["bob"], "bob", 2)


def test_a_question_that_nobody_answered_is_overtaken_by_the_chase_and_its_button_stays():
    decision = remark(in_state("open"))
    case = wait(decision.case).case
    assert (waits(case), case.matter.offered.url) == (False, URL)
    assert overtaken(replies(decision)[0], case)


def test_more_words_while_a_question_waits_ask_nobody_again_and_move_no_deadline():
    case = remark(in_state("open")).case
    decision = remark(case, "bob", 10, now=LATER + HOUR)
    assert (decision.entries[0].event, replies(decision), decision.case.deadline) == ("counted", [], case.deadline)
    assert (decision.case.matter.counted, waits(decision.case)) == (2, True)


def test_the_newest_words_are_those_to_confirm():
    case = remark(remark(in_state("open")).case, "bob", 10).case
    assert (case.matter.offered.url, case.matter.offered.by) == ("https://example.org/10", "bob")


def test_after_a_step_of_the_chase_new_words_ask_again():
    case = wait(remark(in_state("open")).case).case
    decision = remark(case, "bob", 10, now=case.deadline - MINUTE)
    assert (mentioned(decision), decision.case.deadline) == (["ann"], case.deadline - MINUTE + DAY)


@pytest.mark.parametrize("number", [9, 10])
def test_an_edit_of_what_was_offered_asks_nobody_again(number):
    case = remark(remark(in_state("open")).case, "bob", 10).case
    case = wait(case).case
    decision = remark(case, "bob", number, body="other words")
    assert (decision.entries[0].event, replies(decision), decision.case.deadline) == ("counted", [], case.deadline)


def test_the_latest_offers_are_kept():
    case = in_state("open")
    for number in range(KEPT_OFFERS + 5):
        case = remark(case, number=number + 100).case
    assert len(case.matter.offers) == KEPT_OFFERS
    assert case.matter.offered.identity.endswith(f"o{KEPT_OFFERS + 104}")


def test_who_is_approved_is_said_by_the_policy_that_the_case_was_opened_under():
    changed = policy(replace(POLICY.topics["security"], approved=("dan",)))
    assert mentioned(remark(in_state("open"), "bob", rules=changed)) == ["ann"]


# ------------------------------------------------------------------------------------------- what commands do to it


def test_answered_settles_the_question():
    decision = remark(in_state("open"), "bob")
    case = do(decision.case, "answered", "bob", url=URL).case
    assert (case.state, case.matter.answer_url, case.matter.offers) == ("answered", URL, ())
    assert overtaken(replies(decision)[0], case)


@pytest.mark.parametrize(("word", "given"), [("claim", {}), ("release", {}), ("assign", {"user": actor("cat")})])
def test_a_hand_over_ends_the_quiet_and_leaves_the_button(word, given):
    case = do(remark(in_state("open"), "bob").case, word, **given).case
    assert (waits(case), case.matter.offered.by) == (False, "bob")


@pytest.mark.parametrize("topic", ["privacy", None])
def test_another_topic_forgets_what_was_offered_under_the_last_one(topic):
    assert do(remark(in_state("open")).case, "topic", topic=topic).case.matter.offers == ()


def test_what_was_dismissed_and_reopened_begins_without_an_offer():
    case = do(remark(in_state("open")).case, "dismiss", resolution=Resolution.NO_ANSWER_DUE).case
    assert do(case, "reopen").case.matter.offers == ()


@pytest.mark.parametrize(("word", "given"), [("note", {"text": "x"}), ("loop-in", {"user": STRANGER})])
def test_a_remark_in_the_thread_leaves_the_question_waiting(word, given):
    assert waits(do(remark(in_state("open")).case, word, **given).case)


def test_an_owner_who_goes_away_ends_the_quiet():
    case = remark(in_state("open")).case
    decision = decide(case, OwnerGone("gone"), policy(away=["ann"]), LATER + HOUR)
    assert (decision.case.owner, waits(decision.case)) == ("bob", False)


# ------------------------------------------------------------------------------------------- deletion at the source


def test_an_offer_that_was_deleted_is_no_button_and_nobody_waits_for_it():
    decision = remark(in_state("open"))
    after = erase(decision.case, 9).case
    assert (after.matter.offers, waits(after), after.deadline) == ((), False, LATER + HOUR)
    assert overtaken(replies(decision)[0], after)


def test_a_claimed_case_is_given_no_more_time_by_a_deletion():
    case = remark(in_state("acknowledged")).case
    assert erase(case, 9).case.deadline == case.deadline


def test_what_was_offered_before_it_waits_in_its_place():
    case = remark(remark(in_state("open")).case, "bob", 10).case
    after = erase(case, 10).case
    assert (after.matter.offered.url, waits(after), after.deadline) == (URL, True, case.deadline)


def test_the_deletion_of_an_offer_that_nobody_waits_for_any_more_moves_no_deadline():
    case = wait(remark(in_state("open")).case).case
    after = erase(case, 9).case
    assert (after.matter.offers, after.deadline, after.pulse) == ((), case.deadline, case.pulse)


def test_a_deleted_thread_takes_its_offers_along():
    case = remark(in_state("open")).case
    assert erase(case).case.matter.offers == ()
    assert erase(erase(case, 1).case).case.matter.offers == ()


def test_the_deletion_of_another_comment_leaves_the_offer():
    case = remark(hear(in_state("open"), sensitive()).case).case
    assert waits(erase(case, 2).case)


# ------------------------------------------------------------------------------------------- what is no answer


@pytest.mark.parametrize("state", ["triage", "answered"])
def test_where_no_answer_is_due_a_colleagues_words_are_only_counted(state):
    decision = remark(in_state(state), "bob")
    assert (decision.entries[0].event, [type(one) for one in decision.effects]) == ("counted", [RootUpdate])


@pytest.mark.parametrize(
    "said",
    [
        {"labelled": True},
        {"title": "The thread's own title"},
        {"author": "someone"},
        {"author": None},
        {"source": "discourse"},
    ],
    ids=["a label", "what opened the thread", "a stranger", "nobody", "a stranger of that name elsewhere"],
)
def test_what_is_not_a_colleagues_remark_asks_nobody(said):
    decision = remark(in_state("open"), **{"by": said.pop("author", "ann"), **said})
    assert (decision.entries[0].event, [type(one) for one in decision.effects]) == ("counted", [RootUpdate])


@pytest.mark.parametrize("by", ["ann", "dan"])
def test_what_was_said_before_the_case_was_is_no_answer_to_it_however_late_it_comes(by):
    decision = remark(in_state("open"), by, at=NOW - MINUTE)
    assert (decision.entries[0].event, [type(one) for one in decision.effects]) == ("counted", [RootUpdate])


@pytest.mark.parametrize("at", [NOW, NOW + MINUTE])
def test_what_was_said_since_may_answer_it_though_it_comes_late_and_the_case_was_edited_meanwhile(at):
    case = hear(in_state("open"), sensitive(), number=1, body="other words", at=NOW + HOUR).case
    assert mentioned(remark(case, at=at, now=NOW + 2 * HOUR)) == ["ann"]


def test_an_edit_of_an_answer_that_was_given_asks_nobody():
    case = do(do(in_state("open"), "answered", url=URL).case, "reopen").case
    assert replies(remark(case, own=True)) == []


def test_a_colleagues_edit_of_what_the_case_holds_neither_answers_nor_ceases():
    case = opened(author="bob", title="").case
    decision = remark(case, "bob", 1, body="other words")
    assert (decision.entries[0].event, decision.case.matter.signals) == ("counted", case.matter.signals)


# ------------------------------------------------------------------------------------------- who is not approved


@pytest.mark.parametrize(
    ("by", "called"), [({"by": "dan"}, "Dan Dogwood"), ({"by": "somebody", "member_of": "example-org"}, "somebody")]
)
def test_a_colleague_who_is_not_approved_is_told_to_the_owner_in_private(by, called):
    decision = remark(in_state("acknowledged"), rules=OURS, **by)
    (tell,) = told(decision)
    assert (tell.confides, tell.person, tell.facts) == (Confides.NOT_APPROVED, "ann", {"by": called, "url": URL})
    assert (decision.entries[0].event, replies(decision)) == ("counted", [])


def test_with_the_owner_away_it_is_told_to_the_backstop():
    assert [one.person for one in told(remark(in_state("open"), "dan", rules=policy(away=["ann"])))] == ["fay"]


def test_it_is_told_once_of_each_colleague():
    case = remark(in_state("open"), "dan").case
    again = remark(case, "Dan", 10)
    assert (told(again), again.case.matter.counted) == ([], 2)
    assert len(told(remark(again.case, "eve", 11))) == 1


def test_it_moves_no_deadline_and_offers_no_answer():
    case = in_state("open")
    after = remark(case, "dan").case
    assert (after.deadline, after.pulse, after.matter.offered) == (case.deadline, case.pulse, None)


def test_the_timeline_does_not_name_who_is_not_approved():
    assert "dan" not in remark(in_state("open"), "dan").entries[0].reason.lower()


# ------------------------------------------------------------------------------------------- several cases of a thread


def test_an_answer_goes_to_each_case_that_it_may_answer():
    cases = [opened("security", case_id="ESC-1").case, opened("privacy", case_id="ESC-2").case]
    both = concerned(cases, signal(9, title="", author="ann"), HARMLESS, POLICY)
    assert [case.id for case in both] == ["ESC-1", "ESC-2"]
    (one,) = concerned(cases, signal(9, title="", author="bob"), HARMLESS, POLICY)
    assert one.id == "ESC-1"


@pytest.mark.parametrize("author", ["eve", "someone"])
def test_whatever_answers_none_goes_to_the_latest_live_one(author):
    cases = [opened("security", case_id="ESC-1").case, opened("privacy", case_id="ESC-2").case, in_state("closed")]
    assert [case.id for case in concerned(cases, signal(9, author=author), HARMLESS, POLICY)] == ["ESC-2"]


def test_a_settled_case_is_not_answered():
    cases = [in_state("answered"), opened("privacy", case_id="ESC-2").case]
    assert [case.id for case in concerned(cases, signal(9, author="bob"), HARMLESS, POLICY)] == ["ESC-2"]


def test_an_edit_goes_to_each_live_case_that_holds_it():
    cases = [opened("security", case_id="ESC-1").case, opened("privacy", case_id="ESC-2").case]
    assert [case.id for case in concerned(cases, signal(1, "other words"), HARMLESS, POLICY)] == ["ESC-1", "ESC-2"]


def test_what_is_sensitive_goes_where_it_went():
    cases = [opened("security", case_id="ESC-1").case, opened("privacy", case_id="ESC-2").case]
    assert [case.id for case in concerned(cases, signal(9), sensitive(), POLICY)] == ["ESC-1"]
    assert concerned(cases, signal(9), sensitive("licence"), POLICY) == []


# ------------------------------------------------------------------------------------------- edits that cease


@pytest.mark.parametrize("state", ["triage", "open", "acknowledged", "answered"])
def test_an_edit_that_is_sensitive_no_more_says_so_without_mentions_and_the_case_goes_on(state):
    case = in_state(state)
    decision = hear(case, HARMLESS, number=1, body="Thanks, all clear.")
    assert (decision.entries[0].event, mentioned(decision)) == ("ceased", [])
    assert [one.says for one in replies(decision)] == [Says.CEASED]
    after = decision.case
    assert (after.state, after.owner, after.deadline, after.step) == (case.state, case.owner, case.deadline, case.step)


def test_it_is_kept_as_it_reads_now():
    (heard,) = hear(in_state("open"), HARMLESS, number=1, body="Thanks, all clear.").case.matter.signals
    assert (heard.text, heard.ceased) == ("Thanks, all clear.", True)


def test_it_is_not_counted_as_a_comment():
    assert hear(in_state("open"), HARMLESS, number=1).case.matter.counted == 0


def test_it_is_said_once_however_often_it_is_edited():
    case = hear(in_state("open"), HARMLESS, number=1).case
    decision = hear(case, HARMLESS, number=1, body="Thanks!")
    assert (decision.entries[0].event, replies(decision)) == ("ceased", [])
    assert decision.case.matter.signals[0].text == "Thanks!"


def test_it_is_said_of_each_that_ceases():
    case = hear(hear(in_state("open"), sensitive()).case, HARMLESS).case
    assert [one.says for one in replies(hear(case, HARMLESS, number=1))] == [Says.CEASED]


def test_one_that_is_sensitive_again_joins_and_is_no_longer_said_to_have_ceased():
    case = hear(in_state("open"), HARMLESS, number=1).case
    decision = hear(case, sensitive(), number=1)
    assert (decision.entries[0].event, decision.case.matter.signals[0].ceased) == ("joined", False)


def test_a_label_takes_nothing_away():
    assert hear(in_state("open"), HARMLESS, number=1, labelled=True).entries[0].event == "counted"


def test_a_further_comment_ceases_nothing():
    assert hear(in_state("open"), HARMLESS).entries[0].event == "counted"


def test_a_triage_case_without_candidates_ceases_too():
    assert hear(triaged().case, HARMLESS, number=1).entries[0].event == "ceased"


def test_a_colleagues_words_come_in_under_the_sources_name():
    assert remark(in_state("open")).entries[0].actor == arrived().by.username
