"""Forms, buttons and copied buttons through Mattermost's own API: on the sandbox, and on a real server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from live.place import Client, Place
from live.small_desk import Desk


@pytest.fixture(scope="module")
def desk(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(place, tmp_path_factory.mktemp("policy"))
    yield made
    made.close()


@pytest.fixture
def client(desk: Desk) -> Iterator[Callable[[str], Client]]:
    """Open people's own connections."""
    opened: list[Client] = []

    def connect(username: str) -> Client:
        opened.append(desk.place.client(username))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_a_command_without_its_argument_opens_a_form_that_is_sent_in(
    desk: Desk, client: Callable[[str], Client]
) -> None:
    ann, case = client(desk.ann), desk.opened()
    assert desk.type(desk.ann, f"dismiss {case}") == ""
    form = ann.dialog()
    assert form["dialog"]["title"] == f"Dismiss {case}"
    assert "errors" in ann.submit(form, desk.here)
    assert ann.submit(form, desk.here, reason="no-answer-due", text="nothing to say") == {}
    assert desk.state(case) == "closed"


def test_a_button_opens_a_form_that_is_sent_in_once(desk: Desk, client: Callable[[str], Client]) -> None:
    bob, case = client(desk.bob), desk.opened()
    desk.press(desk.bob, case, "Assign…")
    form = bob.dialog()
    assert bob.submit(form, desk.here, user=desk.ann) == {}
    assert bob.submit(form, desk.here, user=desk.bob)["error"] == "this was done already"
    assert "Ann Archer" in desk.root(case).text


def test_every_form_is_one_that_mattermost_takes(desk: Desk, client: Callable[[str], Client]) -> None:
    ann, case = client(desk.ann), desk.opened()
    for word in ("dismiss", "topic", "assign", "answered"):
        desk.type(desk.ann, f"{word} {case}")
        assert ann.dialog()["dialog"]["title"].endswith(case)
    desk.press(desk.ann, case, "Raise…")
    assert ann.dialog()["dialog"]["elements"][0]["default"].startswith("https://github.com/")


def test_the_web_client_is_told_to_show_the_buttons(desk: Desk) -> None:
    """It shows attachments only where the metadata tells of them, which the prop `unsafe_links` prevents."""
    case = desk.opened()
    for _ in ("new", "updated"):
        post = desk.as_user(desk.ann, "GET", f"/posts/{desk.root(case).id}")
        assert post["metadata"]["embeds"] == [{"type": "message_attachment"}]
        desk.type(desk.ann, f"claim {case}")


def test_a_form_of_somebody_else_does_nothing(desk: Desk, client: Callable[[str], Client]) -> None:
    ann, bob, case = client(desk.ann), client(desk.bob), desk.opened()
    desk.press(desk.ann, case, "Dismiss…")
    assert "not by you" in bob.submit(ann.dialog(), desk.here, reason="duplicate")["error"]
    assert desk.state(case) == "open"


def test_who_may_not_is_told_in_words_and_sees_no_form(desk: Desk, client: Callable[[str], Client]) -> None:
    zoe, case = client(desk.zoe), desk.opened()
    desk.press(desk.zoe, case, "Dismiss…")
    notice = zoe.dialog()["dialog"]
    assert notice["elements"] in ([], None)
    assert "Only approved responders may dismiss" in notice["introduction_text"]
    assert "To become an approved responder" in notice["introduction_text"]


def test_an_old_view_of_claim_is_answered_in_words_in_every_later_state(
    desk: Desk, client: Callable[[str], Client]
) -> None:
    ann, case = client(desk.ann), desk.opened()
    root, member = desk.root(case), desk.place.member(desk.ann)
    claim = next(action for action, name in root.buttons if name == "Claim")
    for step, words in (
        ("claim", "is yours already"),
        ("answered {} https://example.org/1", "is answered; possible now"),
        ("close", "is closed; possible now"),
    ):
        desk.type(desk.ann, step.format(case) if "{}" in step else f"{step} {case}")
        member.press(root.id, claim)
        assert words in ann.dialog()["dialog"]["introduction_text"]
    member.close()


def test_a_raised_matter_is_answered_by_a_direct_message(desk: Desk, client: Callable[[str], Client]) -> None:
    zoe, member = client(desk.zoe), desk.place.member(desk.zoe)
    desk.type(desk.zoe, "raise")
    assert zoe.submit(zoe.dialog(), desk.here, text="somebody sells it", topic="licensing") == {}
    desk.settle()
    assert any("is before its responders" in post.text for post in member.direct_messages(desk.team_id))
    member.close()


def test_a_copied_button_does_nothing(desk: Desk, client: Callable[[str], Client]) -> None:
    """A permalink shows every reader what buttons carry."""
    case, ann = desk.opened(), client(desk.ann)
    root = desk.root(case)
    integration = _carried(desk, root.id)
    assert integration["context"]["case"] == case
    for channel_id in (desk.channel_id, _direct(desk)):
        action = {"id": "mine", "type": "button", "name": "Look", "integration": integration}
        post = {"channel_id": channel_id, "message": "look", "props": {"attachments": [{"actions": [action]}]}}
        post_id = desk.as_user(desk.zoe, "POST", "/posts", post)["id"]
        desk.as_user(desk.ann, "POST", f"/posts/{post_id}/actions/mine", {})
        assert ann.whispered("can't be used")
    assert desk.state(case) == "open"


def _carried(desk: Desk, post_id: str) -> dict[str, Any]:
    message = f"{desk.place.url}/{desk.team}/pl/{post_id}"
    link = desk.as_user(desk.zoe, "POST", "/posts", {"channel_id": desk.channel_id, "message": message})
    (embed,) = desk.as_user(desk.zoe, "GET", f"/posts/{link['id']}")["metadata"]["embeds"]
    integration: dict[str, Any] = embed["data"]["post"]["props"]["attachments"][0]["actions"][0]["integration"]
    return integration


def _direct(desk: Desk) -> str:
    ids = [desk.place.users[one] for one in (desk.ann, desk.zoe)]
    return str(desk.as_user(desk.zoe, "POST", "/channels/direct", ids)["id"])
