"""What nobody acknowledges is chased: the steps of the policy file, seen in the channel."""

from collections.abc import Iterator

import pytest
from world import World, world

from router.service.ticking import tick


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


def mentions(desk: World, username: str) -> int:
    return desk.member(username).mention_count(desk.places()[1])


def test_an_unacknowledged_case_takes_every_step_and_repeats_the_last(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    said = []
    for _ in range(5):
        desk.advance(hours=24)
        said.append(desk.thread(case)[-1])
    assert "@jason.blais: ESC\\-1 waits for you" in said[0].replace("ESC-1", "ESC\\-1")
    assert said[1].startswith("@katie.wiersgalla")
    assert said[2].startswith("@jason.blais @katie.wiersgalla @ian.tien")
    assert said[3].startswith("@jason.blais: nobody acts")
    assert said[4].startswith("@jason.blais: nobody acts")


def test_the_root_post_says_overdue_until_somebody_acts(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.advance(hours=5)
    assert "overdue" in desk.root(case).text
    desk.type("ian.tien", f"claim {case}")
    assert "overdue" not in desk.root(case).text


def test_after_downtime_one_step_is_done_not_all(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.advance(days=10)
    desk.advance(seconds=1)
    assert desk.events(case) == ["opened", "chased"]


def test_nothing_is_due_a_moment_before_the_deadline(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.advance(hours=3, minutes=59, seconds=59)
    assert desk.events(case) == ["opened"]
    desk.advance(seconds=1)
    assert desk.events(case) == ["opened", "chased"]


def test_a_claimed_case_without_an_answer_is_reminded_then_opened_for_the_others(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.type("jason.blais", f"claim {case}")
    desk.advance(days=2)
    assert desk.thread(case)[-1].startswith("@jason.blais: ")
    desk.advance(days=2)
    assert desk.case(case).state == "open"
    assert desk.case(case).owner == "katie-wiersgalla"
    assert desk.thread(case)[-1].startswith("@jason.blais @katie.wiersgalla @ian.tien: no answer came in time")


def test_an_answered_case_closes_by_itself(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.type("jason.blais", f"answered {case} https://example.org/answer")
    desk.advance(days=7)
    assert desk.case(case).state == "closed"
    assert desk.events(case)[-1] == "closed"


def test_triage_is_chased_by_the_manager_then_by_all_who_might_answer(desk: World) -> None:
    case = desk.post("[?packaging] hm")["escalation"]
    desk.advance(hours=4)
    assert desk.thread(case)[-1].startswith("@jason.blais: ")
    desk.advance(hours=4)
    assert desk.thread(case)[-1].startswith("@katie.wiersgalla: nobody has decided")


def test_an_urgent_topic_is_chased_within_the_hour(desk: World) -> None:
    case = desk.post("[security-vulnerability] hole")["escalation"]
    desk.advance(hours=1)
    desk.advance(minutes=30)
    assert desk.case(case).owner == "daniel-schalla"


def test_a_reminder_that_was_overtaken_is_not_said(desk: World) -> None:
    case = desk.post("[licensing] may we?")["escalation"]
    desk.root(case)
    desk.sandbox.stop_listening()
    desk.clock.at = desk.case(case).deadline
    tick(desk.router.desk)
    desk.clock.at = desk.case(case).deadline
    tick(desk.router.desk)
    desk.sandbox.listen_again()
    replies = desk.thread(case)
    assert [reply.split(":")[0] for reply in replies] == ["@katie.wiersgalla"]
