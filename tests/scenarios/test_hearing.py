"""What people say where Mattermost has no door for it: replies in private channels, and messages to the bot alone."""

import logging
from collections.abc import Iterator

import pytest
import requests
from world import World, eventually, world

from router.core.effects import Resolve
from router.sandbox import Fault


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(private=True) as told:
        yield told


@pytest.fixture
def case(desk: World) -> str:
    return opened(desk)


def opened(desk: World) -> str:
    """A fresh licensing case."""
    desk.signals += 1
    case = str(desk.post("[licensing] may we?", number=3000 + desk.signals)["escalation"])
    desk.settle()
    return case


def listening(desk: World) -> str:
    return str(requests.get(f"{desk.url}/readyz", timeout=5).json()["listening"])


def becomes(desk: World, case: str, state: str) -> None:
    eventually(lambda: desk.case(case).state == state, f"{case} {state}")
    desk.settle()


# ------------------------------------------------------------------------------------------- replies


def test_a_reply_in_a_private_channel_claims(desk: World, case: str) -> None:
    reply = desk.say("jason.blais", case, "claim")
    becomes(desk, case, "acknowledged")
    assert desk.member("jason.blais").reactions(reply) == ["white_check_mark"]


def test_a_reply_that_webhook_and_websocket_tell_of_acts_once() -> None:
    with world() as desk:
        case = opened(desk)
        desk.say("tim.quock", case, "claim")
        assert desk.ask("tim.quock", "who licensing")  # all that was said before was heard by then
        desk.settle()
        assert desk.events(case) == ["opened", "refused"]
        assert len([one for one in desk.told("tim.quock") if "only approved responders" in one]) == 1


def test_replies_typed_while_the_connection_is_broken_are_heard_in_their_order(desk: World, case: str) -> None:
    root = desk.root(case)
    desk.sandbox.cut_websockets()
    for words in ("claim", "!note we promised an answer", "!release"):
        desk.member("jason.blais").say(desk.places()[1], words, root.id)
    eventually(lambda: desk.events(case) == ["opened", "claim", "note", "release"], "what was said meanwhile")


def test_after_a_restart_of_mattermost_it_is_heard_again(desk: World, case: str) -> None:
    desk.sandbox.stop_listening()
    assert "nothing listens at MATTERMOST_URL" in eventually(
        lambda: "nothing listens" in listening(desk) and listening(desk), "the loss on /readyz"
    )
    desk.sandbox.listen_again()
    desk.say("jason.blais", case, "claim")
    becomes(desk, case, "acknowledged")
    assert listening(desk) == "ok"


def test_a_connection_that_is_soon_back_does_not_degrade_the_whole(desk: World) -> None:
    desk.sandbox.faults.add(Fault(method="GET", path="/api/v4/websocket", status=502))
    desk.sandbox.cut_websockets()
    eventually(lambda: listening(desk) != "ok", "the loss on /readyz")
    assert requests.get(f"{desk.url}/readyz", timeout=5).json()["status"] == "ready"
    desk.sandbox.faults.clear()
    eventually(lambda: listening(desk) == "ok", "the connection")


def test_loss_and_recovery_are_logged_once_each(desk: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "router.hearing")
    held = desk.sandbox.faults.add(Fault(method="GET", path="/api/v4/websocket", status=502))
    desk.sandbox.cut_websockets()
    eventually(lambda: held.hits > 1, "two tries")
    desk.sandbox.faults.clear()
    eventually(lambda: listening(desk) == "ok", "the connection")
    assert [record.levelname for record in caplog.records if record.name == "router.hearing"] == ["WARNING", "INFO"]


def test_a_bot_that_is_disabled_says_what_to_do_and_goes_on_when_it_is_back(desk: World, case: str) -> None:
    desk.sandbox.deactivate("escalations")
    desk.sandbox.cut_websockets()
    eventually(lambda: "refuses the bot's token" in listening(desk), "the refusal on /readyz")
    root = next(post for post in desk.posts if post.case == case)
    desk.member("jason.blais").say(desk.places()[1], "claim", root.id)
    desk.sandbox.activate("escalations")
    becomes(desk, case, "acknowledged")


def test_what_was_said_while_the_bot_was_out_of_the_channel_is_heard_when_it_is_back(desk: World, case: str) -> None:
    root, (_, channel_id) = desk.root(case), desk.places()
    members = f"{desk.sandbox.url}/api/v4/channels/{channel_id}/members"
    bot, admin = desk.sandbox.id_of("escalations"), {"Authorization": f"Bearer {desk.sandbox.admin_token}"}
    requests.delete(f"{members}/{bot}", headers=admin, timeout=5).raise_for_status()
    desk.member("jason.blais").say(channel_id, "claim", root.id)
    requests.post(members, json={"user_id": bot}, headers=admin, timeout=5).raise_for_status()
    becomes(desk, case, "acknowledged")


def test_a_reply_that_is_heard_of_before_it_can_be_read_is_read_again(desk: World, case: str) -> None:
    root = desk.root(case)
    not_there = {"status": 404, "error_id": "app.post.get.app_error"}
    missing = desk.sandbox.faults.add(Fault(method="GET", path=r"/api/v4/posts/\w+$", times=2, **not_there))
    desk.member("jason.blais").say(desk.places()[1], "claim", root.id)
    becomes(desk, case, "acknowledged")
    assert missing.hits == 2


def test_a_reply_that_is_deleted_before_it_is_read_is_forgotten(desk: World, case: str) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/\w+$", times=1))
    root = next(post for post in desk.posts if post.case == case)
    reply = desk.member("jason.blais").say(desk.places()[1], "claim", root.id)
    assert held.wait_until_held(10)
    headers = {"Authorization": f"Bearer {desk.sandbox.token_of('jason.blais')}"}
    requests.delete(f"{desk.sandbox.url}/api/v4/posts/{reply}", headers=headers, timeout=5).raise_for_status()
    held.release()
    desk.settle()
    ready = requests.get(f"{desk.url}/readyz", timeout=5).json()
    assert (desk.case(case).state, ready["given_up"]) == ("open", 0)


# ------------------------------------------------------------------------------------------- direct messages


@pytest.mark.parametrize("words", ["claim {}", "!claim {}", "/escalation claim {}", "@escalations claim {}"])
def test_a_direct_message_is_a_command(desk: World, case: str, words: str) -> None:
    assert f"{case} is acknowledged now" in desk.ask("ian.tien", words.format(case)).replace("\\", "")
    assert desk.case(case).state == "acknowledged"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("claim", "which case? Say claim ESC-1"),
        ("help", "raise"),
        ("list open", "ESC-"),
        ("show ESC-9999", "there is no ESC-9999"),
        ("good morning, bot", "there is no command “good”; “help” lists them"),
        ("@all ![x](https://example.org/x.png)", "there is no command"),
        ("!!!", "claim"),
    ],
)
def test_whatever_is_written_to_the_bot_is_answered_once(desk: World, case: str, words: str, answer: str) -> None:
    assert case
    before = len(desk.told("a.colleague"))
    assert answer in desk.ask("a.colleague", words).replace("\\", "")
    assert desk.ask("a.colleague", "who licensing")  # it hears its own answers, too, and answers none of them
    desk.settle()
    assert len(desk.told("a.colleague")) == before + 2


def test_a_matter_is_raised_by_direct_message(desk: World) -> None:
    assert "is before its responders" in desk.ask("a.colleague", "raise somebody asked for a licence --topic licensing")


def test_somebody_without_the_right_is_refused_there(desk: World, case: str) -> None:
    assert "only approved responders may claim" in desk.ask("chris.overton", f"claim {case}")
    assert desk.events(case) == ["opened", "refused"]


def test_messages_written_while_the_connection_is_broken_are_answered(desk: World) -> None:
    desk.sandbox.cut_websockets()
    assert "Licensing" in desk.ask("a.colleague", "who licensing")


def test_a_message_that_is_said_to_be_direct_and_is_not_does_nothing(desk: World, case: str) -> None:
    before = len(desk.told("jason.blais"))
    said = desk.member("jason.blais").say(desk.places()[1], f"claim {case}")
    desk.router.overhearing.resolve(Resolve(said, direct=True))
    desk.settle()
    assert (desk.case(case).state, len(desk.told("jason.blais"))) == ("open", before)


# ------------------------------------------------------------------------------------------- who is not heard


def heard_until_now(desk: World) -> None:
    """Wait until what was said before was heard: later words are answered, and nothing waits."""
    desk.ask("katie.wiersgalla", "who licensing")
    desk.settle()


def test_another_bot_gets_no_answer(desk: World, case: str) -> None:
    desk.sandbox.add_bot("chatter")
    desk.write("chatter", f"claim {case}")
    heard_until_now(desk)
    assert desk.told("chatter") == []


@pytest.mark.parametrize(
    "more",
    [{"props": {"from_webhook": "true"}}, {"type": "custom_something"}],
    ids=["a webhook", "what is no plain message"],
)
def test_what_nobody_typed_is_no_command(desk: World, more: dict[str, object]) -> None:
    before = len(desk.told("jason.blais"))
    desk.write("jason.blais", "help", **more)
    heard_until_now(desk)
    assert len(desk.told("jason.blais")) == before


def test_a_person_who_was_deactivated_before_it_is_resolved_commands_nothing(desk: World, case: str) -> None:
    held = desk.sandbox.faults.add(Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/\w+$", times=1))
    root = next(post for post in desk.posts if post.case == case)
    desk.member("katie.wiersgalla").say(desk.places()[1], "claim", root.id)
    assert held.wait_until_held(10)
    desk.sandbox.deactivate("katie.wiersgalla")
    held.release()
    desk.settle()
    desk.sandbox.activate("katie.wiersgalla")
    assert desk.events(case) == ["opened"]


def test_a_message_between_others_is_not_heard(desk: World, case: str) -> None:
    headers = {"Authorization": f"Bearer {desk.sandbox.token_of('jason.blais')}"}
    both = [desk.sandbox.id_of(one) for one in ("jason.blais", "ian.tien")]
    url = f"{desk.sandbox.url}/api/v4"
    channel = requests.post(f"{url}/channels/direct", json=both, headers=headers, timeout=5).json()["id"]
    desk.member("jason.blais").say(channel, f"claim {case}")
    heard_until_now(desk)
    assert desk.events(case) == ["opened"]


def test_somebody_who_is_deactivated_counts_as_away_at_once(desk: World) -> None:
    desk.sandbox.deactivate("tim.quock")
    eventually(lambda: "tim-quock" in desk.router.desk.rules()[0].gone, "the absence")
    desk.sandbox.activate("tim.quock")
    eventually(lambda: "tim-quock" not in desk.router.desk.rules()[0].gone, "the return")
