"""What a signal leads to, by what its thread has already: the second table of the design, end to end."""

import json
import threading
from typing import Any

import pytest
from world import REPOSITORY, World, issue

SENSITIVE = "[licensing] may we?"
UNCERTAIN = "[?licensing,packaging] hm"
PLAIN = "thanks!"


def result(answer: dict[str, Any]) -> str:
    return answer["result"]


def dismiss(desk: World, case: str) -> None:
    desk.type("ian.tien", f"dismiss {case} no-answer-due")


def answer(desk: World, case: str) -> None:
    desk.type("katie.wiersgalla", f"claim {case}")
    desk.type("katie.wiersgalla", f"answered {case} https://github.com/{REPOSITORY}/issues/1#issuecomment-77")


def mentions(desk: World, username: str) -> int:
    return desk.member(username).mention_count(desk.places()[1])


def test_a_sensitive_signal_opens_an_escalation(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    assert "Licensing" in desk.root(case).text


def test_the_root_post_mentions_everybody_once_and_nobody_else(desk: World, number: int) -> None:
    before = {person.mattermost: mentions(desk, person.mattermost) for person in desk.policy.people.values()}
    desk.post("[security-vulnerability] hole", number)
    desk.settle()
    told = {name for name, count in before.items() if mentions(desk, name) == count + 1}
    assert told == {"jason.blais", "daniel.schalla", "katie.wiersgalla", "chris.overton"}


def test_the_same_delivery_again_is_a_duplicate(desk: World, number: int) -> None:
    body = issue(SENSITIVE, number, issue_id=90_000 + number)
    first = desk.deliver("issues", body)
    assert desk.deliver("issues", body) == {"result": "duplicate", "escalation": first["escalation"]}


def test_a_signal_that_is_not_sensitive_is_forgotten(desk: World, number: int) -> None:
    assert desk.post(PLAIN, number) == {"result": "not_sensitive", "escalation": None}


def test_a_second_topic_of_a_thread_is_a_new_escalation_linked_to_the_first(desk: World, number: int) -> None:
    first = desk.post(SENSITIVE, number)["escalation"]
    second = desk.comment("[packaging] make it free", number)["escalation"]
    assert f"Same thread: {first.replace('-', '-')}" in desk.root(second).text


def test_a_sensitive_signal_joins_an_open_case_without_mentions(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.settle()
    before = mentions(desk, "jason.blais")
    assert desk.comment("[licensing] me too", number) == {"result": "joined", "escalation": case}
    assert "me too" in desk.thread(case)[-1]
    assert mentions(desk, "jason.blais") == before


def test_a_sensitive_signal_reopens_an_answered_case_and_mentions_its_owner_alone(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    answer(desk, case)
    before = mentions(desk, "katie.wiersgalla"), mentions(desk, "jason.blais")
    assert result(desk.comment("[licensing] not settled", number)) == "reopened"
    desk.settle()
    assert (mentions(desk, "katie.wiersgalla"), mentions(desk, "jason.blais")) == (before[0] + 1, before[1])


def test_a_sensitive_signal_reopens_a_case_that_was_closed_as_answered(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    answer(desk, case)
    desk.type("ian.tien", f"close {case}")
    assert desk.comment("[licensing] again", number) == {"result": "reopened", "escalation": case}


def test_a_dismissed_case_stays_closed(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    dismiss(desk, case)
    assert desk.comment("[licensing] again", number) == {"result": "joined", "escalation": case}
    assert desk.case(case).state == "closed"


def test_an_uncertain_signal_waits_for_the_manager_with_one_button_a_topic(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    root = desk.root(case)
    assert [name for _, name in root.buttons] == ["Licensing", "Packaging", "Not sensitive", "Topic…"]
    assert "**Jason Blais** decides by" in root.text


def test_a_sensitive_signal_gives_a_triage_case_its_topic(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    assert desk.comment("[packaging] for free", number) == {"result": "escalated", "escalation": case}
    assert desk.case(case).matter.topic == "packaging"


def test_a_topic_button_escalates_and_tells_its_people(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.settle()
    before = mentions(desk, "katie.wiersgalla")
    desk.press("jason.blais", case, "Packaging")
    assert desk.case(case).state == "open"
    assert mentions(desk, "katie.wiersgalla") == before + 1


def test_not_sensitive_says_that_anyone_may_answer(desk: World, number: int) -> None:
    case = desk.post(UNCERTAIN, number)["escalation"]
    desk.press("jason.blais", case, "Not sensitive")
    assert "anyone may answer" in desk.root(case).text


def test_an_uncertain_signal_joins_a_live_case(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    assert desk.comment(UNCERTAIN, number) == {"result": "joined", "escalation": case}


def test_an_uncertain_signal_of_a_closed_thread_is_a_new_triage_case(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    dismiss(desk, case)
    fresh = desk.comment(UNCERTAIN, number)
    assert fresh["result"] == "triage"
    assert fresh["escalation"] != case


def test_other_comments_of_a_live_case_are_counted(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    for _ in range(3):
        assert desk.comment(PLAIN, number) == {"result": "joined", "escalation": case}
    assert "3 comments since." in desk.root(case).text


def test_other_comments_of_a_closed_case_are_forgotten(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    dismiss(desk, case)
    assert result(desk.comment(PLAIN, number)) == "not_sensitive"


def test_a_signal_of_a_topic_that_people_moved_away_from_joins_the_case(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.type("jason.blais", f"topic {case} packaging")
    assert desk.comment("[licensing] still", number) == {"result": "joined", "escalation": case}


def test_a_topic_that_the_thread_has_closes_the_case_as_its_duplicate(desk: World, number: int) -> None:
    first = desk.post(SENSITIVE, number)["escalation"]
    second = desk.comment("[packaging] free?", number)["escalation"]
    desk.type("katie.wiersgalla", f"topic {second} licensing")
    assert desk.case(second).matter.resolution == "duplicate"
    assert desk.events(first)[-1] == "joined"
    assert desk.comment("[packaging] again", number)["escalation"] == first


def test_an_edit_is_a_new_version_and_an_unchanged_one_is_not(desk: World, number: int) -> None:
    body = issue(SENSITIVE, number, issue_id=70_000 + number) | {"action": "edited", "changes": {}}
    case = desk.deliver("issues", body)["escalation"]
    assert result(desk.deliver("issues", body)) == "duplicate"
    body["issue"]["body"] = "[licensing] may we, please?"
    assert desk.deliver("issues", body) == {"result": "joined", "escalation": case}
    assert "may we, please?" in desk.root(case).text


def test_an_earlier_wording_that_arrives_later_changes_nothing(desk: World, number: int) -> None:
    edited = issue("[licensing] as edited", number, issue_id=80_000 + number) | {"action": "edited"}
    edited["issue"]["updated_at"] = "2026-03-02T08:05:00Z"
    case = desk.deliver("issues", edited)["escalation"]
    first = issue("[licensing] my number is 555", number, issue_id=80_000 + number)
    first["issue"]["updated_at"] = "2026-03-02T08:04:00Z"
    assert desk.deliver("issues", first) == {"result": "duplicate", "escalation": case}
    assert "555" not in desk.root(case).text


def test_a_question_is_no_answer_though_people_give_its_address_for_it(desk: World, number: int) -> None:
    asked = issue("[licensing] may we?", number, issue_id=5_000_000 + number)
    case = desk.deliver("issues", asked)["escalation"]
    desk.type("ian.tien", f"answered {case} https://github.com/{REPOSITORY}/issues/{number}")
    asked["issue"]["body"] = "[licensing] may we, and may we sell it?"
    assert desk.deliver("issues", asked | {"action": "edited"}) == {"result": "reopened", "escalation": case}


def test_the_cases_own_answer_never_reopens_it(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.type("ian.tien", f"claim {case}")
    desk.type("ian.tien", f"answered {case} https://github.com/{REPOSITORY}/issues/{number}#issuecomment-4242")
    desk.comment("[licensing] our answer", number, comment_id=4242)
    assert desk.case(case).state == "answered"


def test_both_buttons_of_a_second_likely_topic_are_there(desk: World, number: int) -> None:
    case = desk.post("[licensing,packaging] both", number)["escalation"]
    assert "It is Packaging" in [name for _, name in desk.root(case).buttons]


def test_two_first_signals_at_once_make_one_case(desk: World, number: int) -> None:
    answers: list[dict[str, Any]] = []
    barrier = threading.Barrier(8)

    def speak(place: int) -> None:
        body = issue(SENSITIVE, number, issue_id=100_000 + number * 10 + place)
        barrier.wait()
        answers.append(desk.deliver("issues", body))

    speakers = [threading.Thread(target=speak, args=(place,)) for place in range(8)]
    for one in speakers:
        one.start()
    for one in speakers:
        one.join()
    assert sorted(map(result, answers)) == ["escalated"] + ["joined"] * 7
    assert len({one["escalation"] for one in answers}) == 1


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_at_the_end_of_the_calendar_is_refused(desk: World, number: int, time: str) -> None:
    body = issue("[licensing] sold", number)
    body["issue"]["updated_at"] = time
    assert desk.hook("issues", json.dumps(body).encode()).status_code == 400
