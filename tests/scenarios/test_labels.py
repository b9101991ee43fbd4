"""Labels that people put on something at its source settle its topic, now or later, and say it once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from world import World, issue

PLAIN = "May I have a word?"
UNCERTAIN = "[?licensing,packaging] may we?"


def opened(desk: World, number: int, text: str, *labels: str) -> dict[str, Any]:
    return desk.deliver("issues", body_of(number, text, *labels))


def edited(desk: World, number: int, text: str, *labels: str) -> dict[str, Any]:
    return desk.deliver("issues", body_of(number, text, *labels) | {"action": "edited"})


def labelled(desk: World, number: int, text: str, label: str) -> dict[str, Any]:
    body = body_of(number, text, label) | {"action": "labeled", "label": {"name": label}}
    return desk.deliver("issues", body)


def body_of(number: int, text: str, *labels: str) -> dict[str, Any]:
    body = issue(text, number, issue_id=40_000 + number)
    body["issue"]["labels"] = [{"name": one} for one in labels]
    return body


def test_what_is_opened_with_a_label_of_a_topic_is_about_that_topic(desk: World, number: int) -> None:
    case = opened(desk, number, PLAIN, "bug", "Security")["escalation"]
    assert desk.case(case).matter.topic == "security-vulnerability"


def test_the_post_says_that_the_label_decided(desk: World, number: int) -> None:
    case = opened(desk, number, PLAIN, "security")["escalation"]
    assert "labelled security" in desk.root(case).text


def test_what_a_label_brings_is_shown_as_what_it_is(desk: World, number: int) -> None:
    case = labelled(desk, number, PLAIN, "security")["escalation"]
    assert desk.case(case).matter.signals[0].kind == "issue"


def test_a_label_added_later_to_what_was_forgotten_escalates_it(desk: World, number: int) -> None:
    assert opened(desk, number, PLAIN)["result"] == "not_sensitive"
    assert labelled(desk, number, PLAIN, "license")["result"] == "escalated"


def test_a_label_gives_a_triage_case_its_topic(desk: World, number: int) -> None:
    case = opened(desk, number, UNCERTAIN)["escalation"]
    assert labelled(desk, number, UNCERTAIN, "security") == {"result": "escalated", "escalation": case}
    assert desk.case(case).matter.topic == "security-vulnerability"


def test_a_label_of_another_topic_opens_that_topics_case_beside_the_first(desk: World, number: int) -> None:
    first = opened(desk, number, "[licensing] may we?")["escalation"]
    answer = labelled(desk, number, "[licensing] may we?", "security")
    assert answer["result"] == "escalated"
    assert answer["escalation"] != first


@pytest.mark.parametrize("again", [labelled, opened, edited])
def test_a_label_that_was_read_is_a_duplicate_whatever_tells_of_it(desk: World, number: int, again: Any) -> None:
    case = labelled(desk, number, PLAIN, "security")["escalation"]
    assert again(desk, number, PLAIN, "security") == {"result": "duplicate", "escalation": case}


def test_a_label_of_the_topic_that_was_recognised_already_says_nothing(desk: World, number: int) -> None:
    case = opened(desk, number, "[licensing] may we?")["escalation"]
    desk.settle()
    assert labelled(desk, number, "[licensing] may we?", "license") == {"result": "duplicate", "escalation": case}
    assert desk.thread(case) == []


def test_a_label_does_not_open_an_answered_case_again(desk: World, number: int) -> None:
    case = desk.comment("[licensing] may we?", number)["escalation"]
    desk.type("ian.tien", f"claim {case}")
    desk.type("ian.tien", f"answered {case} https://github.com/example-org/chat-server/issues/{number}#issuecomment-9")
    assert labelled(desk, number, PLAIN, "license")["result"] == "duplicate"
    assert desk.case(case).state == "answered"


def test_a_label_leaves_a_dismissed_case_of_its_topic_alone(desk: World, number: int) -> None:
    case = opened(desk, number, "[licensing] may we?")["escalation"]
    desk.type("ian.tien", f"dismiss {case} not-sensitive")
    assert labelled(desk, number, "[licensing] may we?", "license")["result"] == "duplicate"
    assert desk.case(case).state == "closed"


def test_a_label_that_no_topic_has_is_ignored_and_not_counted(desk: World, number: int) -> None:
    case = opened(desk, number, "[licensing] may we?")["escalation"]
    assert labelled(desk, number, "[licensing] may we?", "bug") == {"result": "ignored", "escalation": None}
    assert desk.case(case).matter.counted == 0


def test_an_edit_of_what_was_labelled_joins_its_case(desk: World, number: int) -> None:
    case = opened(desk, number, PLAIN, "security")["escalation"]
    assert edited(desk, number, "May I have two words?", "security") == {"result": "joined", "escalation": case}


@pytest.mark.parametrize("before", [PLAIN, UNCERTAIN, "[licensing] may we?"])
def test_one_label_told_eight_times_at_once_escalates_once(desk: World, number: int, before: str) -> None:
    opened(desk, number, before)
    barrier = Barrier(8)

    def tell(_: int) -> dict[str, Any]:
        barrier.wait()
        return labelled(desk, number, before, "security")

    with ThreadPoolExecutor(8) as tellers:
        answers = list(tellers.map(tell, range(8)))
    assert sorted(one["result"] for one in answers) == ["duplicate"] * 7 + ["escalated"]
