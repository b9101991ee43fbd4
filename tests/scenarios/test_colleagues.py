"""What colleagues say in public, end to end: who is asked, how it is confirmed, and who is told in private."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from world import POLICY_FILE, REPOSITORY, World, comment, issue, world

from router.core.signals import Deleted
from router.intake.sources.github import SOURCE
from router.service.decisions import decided
from router.service.receiving import receive

SENSITIVE = "[licensing] may we?"
OWNER, APPROVED = "jason.blais", "katie.wiersgalla"
ACCOUNTS = {"katie-wiersgalla": "katie-codes", "jason-blais": "jason-codes", "daniel-schalla": "daniel-codes"}
CONFIRM = "Confirm answer"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    file = tmp_path_factory.mktemp("policy") / "responders.toml"
    text = POLICY_FILE.read_text()
    for person, account in ACCOUNTS.items():
        text = text.replace(f"[people.{person}]\n", f'[people.{person}]\ngithub = ["{account}"]\n')
    file.write_text(text)
    with world(policy_file=file) as told:
        yield told


def mentions(desk: World) -> dict[str, int]:
    desk.settle()
    place = desk.places()[1]
    return {one.mattermost: desk.member(one.mattermost).mention_count(place) for one in desk.policy.people.values()}


def newly_mentioned(desk: World, before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in mentions(desk).items() if count != before[name]}


def labels(desk: World, case: str) -> list[str]:
    return [name for _, name in desk.root(case).buttons]


def edited(body: dict[str, object]) -> dict[str, object]:
    return body | {"action": "edited"}


def address(number: int, comment_id: int) -> str:
    return f"https://github.com/{REPOSITORY}/issues/{number}#issuecomment-{comment_id}"


def test_what_a_colleague_asks_is_not_escalated(desk: World, number: int) -> None:
    answer = desk.post(SENSITIVE, number, author="Katie-Codes")
    assert answer == {"result": "ignored", "escalation": None}


def test_an_answer_asks_the_owner_alone_and_the_press_of_one_button_confirms_it(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    before = mentions(desk)
    said = desk.comment("Yes, you may.", number, author="katie-codes", comment_id=70_000 + number)
    assert said == {"result": "joined", "escalation": case}
    assert newly_mentioned(desk, before) == {OWNER: 1}
    assert "Katie Wiersgalla wrote" in desk.thread(case)[-1]
    assert labels(desk, case)[0] == CONFIRM
    desk.press(OWNER, case, CONFIRM)
    assert (desk.case(case).state, desk.case(case).matter.answer_url) == ("answered", address(number, 70_000 + number))
    assert CONFIRM not in labels(desk, case)


def test_an_answer_that_is_deleted_together_with_what_joins_leaves_what_joined(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("Yes, you may.", number, author="katie-codes", comment_id=70_000 + number)
    body = json.dumps(comment(SENSITIVE, number, "octo-reader", 80_000 + number)).encode()
    (joins,) = SOURCE.parse({"x-github-event": "issue_comment"}, body, NOW)
    gone = Deleted("github", "github.com", f"issue-comment/{70_000 + number}", desk.case(case).matter.thread, NOW)
    receive(desk.router.desk, [joins, gone])
    assert (len(desk.case(case).matter.signals), desk.case(case).matter.offers) == (2, ())


def test_an_answer_and_its_deletion_in_one_body_offer_nothing(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    body = json.dumps(comment("Yes, you may.", number, "katie-codes", 70_000 + number)).encode()
    (said,) = SOURCE.parse({"x-github-event": "issue_comment"}, body, NOW)
    receive(desk.router.desk, [said, Deleted("github", "github.com", f"issue-comment/{70_000 + number}", "", NOW)])
    assert desk.case(case).matter.offers == ()


def test_words_that_are_no_answer_close_nothing_and_after_a_day_the_owner_is_asked_again(
    desk: World, number: int
) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("Could you share logs?", number, author="katie-codes")
    assert desk.case(case).state == "open"
    said = desk.thread(case)
    desk.advance(hours=23)
    assert desk.thread(case) == said
    desk.advance(hours=1)
    (reminder,) = desk.thread(case)[len(said) :]
    assert f"@{OWNER}: {case} waits for you. Does what Katie Wiersgalla wrote answer it?" in reminder
    assert labels(desk, case)[0] == CONFIRM


def test_who_may_not_answer_may_not_confirm_either(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("Yes.", number, author="katie-codes")
    assert f"Only approved responders may answer {case}" in desk.press("daniel.schalla", case, CONFIRM)
    assert desk.case(case).state == "open"


def test_more_answers_and_edits_while_the_question_waits_mention_nobody(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    desk.comment("Yes.", number, author="katie-codes", comment_id=80_000 + number)
    before, said = mentions(desk), len(desk.thread(case))
    desk.comment("And here is how.", number, author="jason-codes", comment_id=90_000 + number)
    desk.deliver("issue_comment", edited(comment("Yes!", number, "katie-codes", 80_000 + number)))
    assert (newly_mentioned(desk, before), len(desk.thread(case))) == ({}, said)
    desk.press(APPROVED, case, CONFIRM)
    assert desk.case(case).matter.answer_url == address(number, 90_000 + number)


def test_an_answer_that_comes_by_two_hooks_asks_once(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    before = mentions(desk)
    body = comment("Yes.", number, "katie-codes", 60_000 + number)
    results = [desk.deliver("issue_comment", body)["result"] for _ in range(2)]
    assert (results, newly_mentioned(desk, before)) == (["joined", "duplicate"], {OWNER: 1})
    assert desk.events(case) == ["opened", "offered"]


def test_an_answer_that_is_deleted_at_its_source_is_confirmed_by_no_button(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    body = comment("Yes.", number, "katie-codes", 10_000 + number)
    desk.deliver("issue_comment", body)
    assert labels(desk, case)[0] == CONFIRM
    gone = desk.deliver("issue_comment", body | {"action": "deleted"})
    assert gone == {"result": "erased", "escalation": case}
    assert CONFIRM not in labels(desk, case)
    desk.advance(hours=4)
    assert f"@{OWNER}: {case} waits for you. Please claim it" in desk.thread(case)[-1]


def test_who_is_not_approved_is_told_to_the_owner_in_private(desk: World, number: int) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    before, said, told = mentions(desk), len(desk.thread(case)), len(desk.told(OWNER))
    desk.comment("I think so.", number, author="daniel-codes")
    desk.comment("I am sure.", number, author="daniel-codes")
    assert (newly_mentioned(desk, before), len(desk.thread(case))) == ({}, said)
    (private,) = desk.told(OWNER)[told:]
    assert "Daniel Schalla" in private
    assert "not approved" in private
    assert CONFIRM not in labels(desk, case)


def test_a_member_of_the_organisation_is_a_colleague_whom_the_policy_file_need_not_name(
    desk: World, number: int
) -> None:
    case = desk.post(SENSITIVE, number)["escalation"]
    told = len(desk.told(OWNER))
    body = comment("[licensing] I think so.", number, "some-member", 20_000 + number)
    body["comment"]["author_association"] = "MEMBER"
    body["repository"]["owner"] = {"login": desk.policy.organisation, "type": "Organization"}
    assert desk.deliver("issue_comment", body) == {"result": "joined", "escalation": case}
    desk.settle()
    (private,) = desk.told(OWNER)[told:]
    assert "some-member" in private
    assert desk.events(case) == ["opened", "counted"]


def test_one_that_becomes_sensitive_by_an_edit_escalates(desk: World, number: int) -> None:
    body = issue("Hello.", number, issue_id=50_000 + number)
    assert desk.deliver("issues", body)["result"] == "not_sensitive"
    changed = edited(issue(SENSITIVE, number, issue_id=50_000 + number))
    assert desk.deliver("issues", changed)["result"] == "escalated"


def test_one_that_ceases_to_be_sensitive_by_an_edit_says_so_in_its_thread(desk: World, number: int) -> None:
    case = desk.deliver("issues", issue(SENSITIVE, number, issue_id=40_000 + number))["escalation"]
    before = mentions(desk)
    changed = edited(issue("Never mind.", number, issue_id=40_000 + number))
    assert [desk.deliver("issues", changed) for _ in range(2)] == [
        {"result": "joined", "escalation": case},
        {"result": "duplicate", "escalation": case},
    ]
    (said,) = desk.thread(case)
    assert "does not read as sensitive any more" in said
    root = desk.root(case).text
    assert "Never mind." in root
    assert "it does not read as sensitive any more" in root
    assert (newly_mentioned(desk, before), desk.case(case).state) == ({}, "open")


def test_one_that_two_cases_hold_ceases_in_both(desk: World, number: int) -> None:
    texts = (SENSITIVE, "[packaging] ours?", "Done.")
    bodies = [edited(issue(text, number, issue_id=20_000 + number)) for text in texts]
    first, second, _ = [desk.deliver("issues", body)["escalation"] for body in bodies]
    assert first != second
    assert [desk.events(case)[-1] for case in (first, second)] == ["ceased", "ceased"]


def test_what_ceased_teaches_nothing_about_the_topic_that_it_had(desk: World, number: int) -> None:
    case = desk.deliver("issues", issue(SENSITIVE, number, issue_id=30_000 + number))["escalation"]
    desk.deliver("issues", edited(issue("Never mind.", number, issue_id=30_000 + number)))
    desk.type(APPROVED, f"claim {case}")
    assert [one for one in decided(desk.router.desk.store) if one.case == case] == []
