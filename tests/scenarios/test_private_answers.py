"""The bot may not post ephemerally: what is for one person is a door's own answer, or a direct message."""

from collections.abc import Iterator

import pytest
import requests
from world import World, world

from router.sandbox import Fault

LONGEST = 16_383  # runes of a message


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world() as told:
        for number in range(45):
            told.post(f"[licensing] may we? {'x' * 200}", number=number + 1, title=f"Question {number} " + "y" * 200)
        told.settle()
        yield told


@pytest.fixture(autouse=True)
def _never_ephemeral(desk: World) -> Iterator[None]:
    """Whatever is done: nothing asks for the permission that the bot has not."""
    yield
    assert not [one for one in desk.sandbox.requests if "ephemeral" in one.path]


@pytest.mark.parametrize(
    "words", ["list", "help", "who licensing", "show {}", "claim {}", "topic {} nowhere", "nonsense"]
)
def test_a_slash_command_is_answered_to_its_giver_alone(desk: World, case: str, words: str) -> None:
    said, told = len(desk.posts), len(desk.told("a.colleague"))
    answer = desk.type("a.colleague", words.format(case))
    assert 0 < len(answer) <= LONGEST
    assert (len(desk.posts), len(desk.told("a.colleague"))) == (said, told)


def test_a_long_list_is_one_answer_that_says_what_it_leaves_out(desk: World) -> None:
    answer = desk.type("a.colleague", "list")
    assert answer.count("Question") + answer.count("A question") == 40
    assert "more." in answer


@pytest.mark.parametrize(
    "words", ["!list", "!help", "!who licensing", "!show", "!claim", "!topic nowhere", "!dismiss", "!note"]
)
def test_in_a_thread_what_is_for_one_alone_comes_as_one_direct_message(desk: World, case: str, words: str) -> None:
    said, told = desk.thread(case), len(desk.told("a.colleague"))
    desk.say("a.colleague", case, words)
    assert desk.thread(case) == [*said, words]
    (message,) = desk.told("a.colleague")[told:]
    assert 0 < len(message) <= LONGEST


def test_in_a_thread_what_was_so_already_is_a_short_reply(desk: World, case: str) -> None:
    desk.say("ian.tien", case, "claim")
    told = len(desk.told("ian.tien"))
    desk.say("ian.tien", case, "claim")
    assert "is yours already" in desk.thread(case)[-1]
    assert len(desk.told("ian.tien")) == told


def test_in_a_thread_what_was_done_is_a_reaction_alone(desk: World, case: str) -> None:
    told = len(desk.told("ian.tien"))
    reply = desk.say("ian.tien", case, "claim")
    assert desk.member("ian.tien").reactions(reply) == ["white_check_mark"]
    assert (desk.thread(case), len(desk.told("ian.tien"))) == (["claim"], told)


@pytest.mark.parametrize(
    ("label", "answer"), [("Claim", "Ian Tien answers it"), ("Not sensitive", "closed now"), ("Topic…", "")]
)
def test_a_press_is_answered_to_who_pressed_alone(desk: World, case: str, label: str, answer: str) -> None:
    others, told = len(desk.whispers("jason.blais")), len(desk.told("ian.tien"))
    assert answer in desk.press("ian.tien", case, label)
    assert (desk.thread(case), len(desk.whispers("jason.blais")), len(desk.told("ian.tien"))) == ([], others, told)


def test_a_press_that_changed_nothing_is_answered_to_who_pressed_alone(desk: World, case: str) -> None:
    claim = next(action for action, name in desk.root(case).buttons if name == "Claim")
    desk.press("ian.tien", case, "Claim")
    desk.member("ian.tien").press(desk.root(case).id, claim)
    desk.settle()
    assert "is yours already" in desk.notices("ian.tien")[-1]
    assert desk.thread(case) == []


def test_a_notice_is_closed_without_more_ado(desk: World, case: str) -> None:
    """Its button sends in nothing that would need a proof."""
    assert "Only approved responders may claim" in desk.press("tim.quock", case, "Claim")
    events = desk.events(case)
    body = {"user_id": desk.sandbox.id_of("tim.quock"), "state": "notice", "submission": {}}
    assert requests.post(f"{desk.url}/mattermost/dialog", json=body, timeout=10).json() == {}
    assert desk.events(case) == events


def test_a_press_is_answered_in_the_thread_where_no_dialog_can_be_shown(desk: World, case: str) -> None:
    desk.sandbox.faults.add(Fault(status=500, method="POST", path="/api/v4/actions/dialogs/open", times=1))
    before = len(desk.whispers("tim.quock"))
    assert "only approved responders may claim" in desk.press("tim.quock", case, "Claim")
    assert len(desk.whispers("tim.quock")) == before + 1


def test_a_refused_form_is_answered_in_the_form_alone(desk: World, case: str) -> None:
    form, told = desk.form("ian.tien", case, "Dismiss…"), len(desk.told("ian.tien"))
    desk.press("jason.blais", case, "Not sensitive")
    assert "is closed" in desk.send_in("ian.tien", form, reason="duplicate")["error"]
    assert (desk.thread(case), len(desk.told("ian.tien"))) == ([], told)
