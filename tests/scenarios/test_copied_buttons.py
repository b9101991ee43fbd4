"""What buttons carry is no secret: a permalink shows it to every reader. Copied, it does nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from world import World, world

APPROVED, STRANGER = "ian.tien", "a.colleague"


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world() as told:
        told.sandbox.add_bot("other-bot", "Another bot")
        told.sandbox.add_channel(told.policy.team, "elsewhere")
        for place in ("elsewhere", told.policy.escalations_channel):
            told.sandbox.join(f"{told.policy.team}/{place}", [STRANGER, APPROVED, "other-bot"])
        yield told


@dataclass
class As:
    """Somebody at Mattermost's own API."""

    desk: World
    username: str

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.desk.sandbox.token_of(self.username)}"}
        url = f"{self.desk.sandbox.url}/api/v4{path}"
        answer = requests.request(method, url, headers=headers, json=body or None, timeout=35)
        assert answer.ok, answer.text
        return answer.json()


def carried(desk: World, case: str, label: str = "Claim") -> dict[str, Any]:
    """What a button carries, as anybody reads it who writes a permalink to its post."""
    me, (_, channel_id) = As(desk, STRANGER), desk.places()
    link = f"{desk.sandbox.url}/{desk.policy.team}/pl/{desk.root(case).id}"
    written = me("POST", "/posts", channel_id=channel_id, message=link)
    (embed,) = me("GET", f"/posts/{written['id']}")["metadata"]["embeds"]
    (attachment,) = embed["data"]["post"]["props"]["attachments"]
    return next(action["integration"] for action in attachment["actions"] if action["name"] == label)


def place_called(desk: World, name: str) -> str:
    team_id, channel_id = desk.places()
    if name == "the same channel":
        return channel_id
    me = As(desk, STRANGER)
    if name == "another channel":
        return me("GET", f"/teams/{team_id}/channels/name/elsewhere")["id"]
    ids = [desk.sandbox.id_of(one) for one in (STRANGER, APPROVED)]
    headers = {"Authorization": f"Bearer {desk.sandbox.token_of(STRANGER)}"}
    url = f"{desk.sandbox.url}/api/v4/channels/direct"
    return requests.post(url, headers=headers, json=ids, timeout=5).json()["id"]


def copied(desk: World, integration: dict[str, Any], channel_id: str, kind: str = "button") -> str:
    """Put a copied button (or menu) on a post of one's own; gives the post's id."""
    action = {"id": "mine", "type": kind, "name": "Nice picture", "integration": integration}
    if kind == "select":
        action["options"] = [{"text": "x", "value": "x"}]
    props = {"attachments": [{"text": "look", "actions": [action]}]}
    return As(desk, STRANGER)("POST", "/posts", channel_id=channel_id, message="look", props=props)["id"]


def pressed(desk: World, username: str, post_id: str, action: str = "mine", **chosen: str) -> str:
    """Press it as somebody; gives what that person is told."""
    before = len(desk.whispers(username))
    As(desk, username)("POST", f"/posts/{post_id}/actions/{action}", **(chosen or {"cookie": ""}))
    desk.settle()
    return "\n".join(desk.whispers(username)[before:])


def refusals(desk: World) -> int:
    return sum(requests.get(f"{desk.url}/readyz", timeout=5).json()["failed_proofs"].values())


def test_a_permalink_shows_what_a_button_carries(desk: World, case: str) -> None:
    integration = carried(desk, case)
    assert integration["url"] == f"{desk.url}/mattermost/action"
    assert integration["context"]["case"] == case


PLACES = ["the same channel", "another channel"]


@pytest.mark.parametrize(
    ("place", "username"),
    [
        *((place, username) for place in PLACES for username in (STRANGER, APPROVED, "other-bot")),
        ("a direct message", STRANGER),
        ("a direct message", APPROVED),
    ],
)
def test_a_copied_button_does_nothing_wherever_it_stands_and_whoever_presses_it(
    desk: World, case: str, place: str, username: str
) -> None:
    post_id, before = copied(desk, carried(desk, case), place_called(desk, place)), refusals(desk)
    assert "can't be used" in pressed(desk, username, post_id)
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


@pytest.mark.parametrize(
    "changed", [{"word": "dismiss", "argument": "duplicate"}, {"argument": "x"}, {"mac": "0" * 64}]
)
def test_a_copied_button_that_was_changed_does_nothing(desk: World, case: str, changed: dict[str, str]) -> None:
    integration = carried(desk, case)
    integration["context"] |= changed
    before = refusals(desk)
    assert "can't be used" in pressed(desk, APPROVED, copied(desk, integration, desk.places()[1]))
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


@pytest.mark.parametrize("option", ["claim", "ESC-1", "katie.wiersgalla"])
def test_a_copied_button_made_a_menu_does_nothing(desk: World, case: str, option: str) -> None:
    post_id, before = copied(desk, carried(desk, case), desk.places()[1], "select"), refusals(desk)
    assert "can't be used" in pressed(desk, APPROVED, post_id, selected_option=option)
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


def test_an_option_chosen_at_a_genuine_button_changes_nothing(desk: World, case: str) -> None:
    root = desk.root(case)
    action = next(one for one, name in root.buttons if name == "Not sensitive")
    pressed(desk, APPROVED, root.id, action, selected_option="duplicate")
    assert "closed: **not-sensitive**" in desk.root(case).text


def test_a_copied_button_that_would_open_a_form_opens_none(desk: World, case: str) -> None:
    post_id = copied(desk, carried(desk, case, "Dismiss…"), desk.places()[1])
    before = len(desk.forms(APPROVED))
    assert "can't be used" in pressed(desk, APPROVED, post_id)
    assert len(desk.forms(APPROVED)) == before


def test_a_button_that_calls_the_door_of_forms_does_nothing(desk: World, case: str) -> None:
    integration = carried(desk, case)
    integration["url"] = f"{desk.url}/mattermost/dialog"
    integration["context"] |= {"state": integration["context"]["mac"], "submission": {"reason": "duplicate"}}
    post_id, before = copied(desk, integration, desk.places()[1]), refusals(desk)
    pressed(desk, APPROVED, post_id)
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)


def test_a_context_sent_in_as_a_form_does_nothing(desk: World, case: str) -> None:
    team_id, channel_id = desk.places()
    integration = carried(desk, case)
    body = {
        "url": f"{desk.url}/mattermost/dialog",
        "state": integration["context"]["mac"],
        "submission": integration["context"] | {"reason": "duplicate"},
        "channel_id": channel_id,
        "team_id": team_id,
    }
    before = refusals(desk)
    assert "Nothing was done" in desk.submit(APPROVED, body)["error"]
    assert (desk.events(case), refusals(desk)) == (["opened"], before + 1)
