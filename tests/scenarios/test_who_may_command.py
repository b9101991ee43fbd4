"""Guests, accounts that are gone, and bots command nothing, by whatever door; the bot never answers itself."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from world import World, world

from router.mattermost.proofs import Proofs
from router.sandbox import Fault

KEY = "0123456789abcdef" * 4
WHO = ["a.guest", "gone.colleague", "other-bot", "escalations"]
SAID = {
    "a.guest": "only approved responders may",
    "gone.colleague": "a deactivated account gives no commands",
    "other-bot": "bots give no commands",
    "escalations": "bots give no commands",
}


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(ROUTER_SECRET_KEY=KEY) as told:
        told.sandbox.add_user("a.guest", roles="system_guest")
        told.sandbox.add_user("gone.colleague")
        told.sandbox.add_bot("other-bot")
        place = f"{told.policy.team}/{told.policy.escalations_channel}"
        told.sandbox.join(place, ["a.guest", "gone.colleague", "other-bot"])
        yield told


@pytest.fixture(autouse=True)
def _gone(desk: World) -> Iterator[None]:
    """Whoever left had still sent off a command: Mattermost takes none from them later."""
    desk.sandbox.deactivate("gone.colleague")
    yield
    desk.sandbox.activate("gone.colleague")


def command_token(desk: World) -> str:
    headers = {"Authorization": f"Bearer {desk.sandbox.admin_token}"}
    commands = requests.get(
        f"{desk.sandbox.url}/api/v4/commands", params={"team_id": desk.places()[0]}, headers=headers, timeout=5
    ).json()
    return next(one["token"] for one in commands if one["trigger"] == "escalation")


def slash(desk: World, case: str, username: str) -> str:
    user_id = desk.sandbox.id_of(username)
    form = {
        "token": command_token(desk),
        "user_id": user_id,
        "user_name": username,
        "channel_id": desk.places()[1],
        "command": "/escalation",
        "text": f"claim {case}",
        "trigger_id": desk.sandbox.make_trigger_id(user_id),
    }
    return requests.post(f"{desk.url}/mattermost/command", data=form, timeout=10).json()["text"]


def press(desk: World, case: str, username: str, word: str = "claim") -> str:
    user_id, (_, channel_id) = desk.sandbox.id_of(username), desk.places()
    body = {
        "user_id": user_id,
        "channel_id": channel_id,
        "post_id": desk.root(case).id,
        "trigger_id": desk.sandbox.make_trigger_id(user_id),
        "context": Proofs(KEY.encode()).context(case, word, "", channel_id),
    }
    assert requests.post(f"{desk.url}/mattermost/action", json=body, timeout=10).json() == {}
    return desk.notices(username)[-1]


def form_button(desk: World, case: str, username: str) -> str:
    return press(desk, case, username, "dismiss")


def form(desk: World, case: str, username: str) -> str:
    user_id = desk.sandbox.id_of(username)
    until = datetime.now(UTC) + timedelta(minutes=5)
    body: dict[str, Any] = {
        "user_id": user_id,
        "state": Proofs(KEY.encode()).state(case, "dismiss", user_id, "k" * 26, until),
        "submission": {"reason": "duplicate"},
    }
    return requests.post(f"{desk.url}/mattermost/dialog", json=body, timeout=10).json()["error"]


@pytest.mark.parametrize("username", WHO)
@pytest.mark.parametrize("door", [slash, press, form_button, form])
def test_who_may_command_nothing_is_told_so_at_every_door(
    desk: World, case: str, door: Callable[[World, str, str], str], username: str
) -> None:
    assert SAID[username] in door(desk, case, username).lower()
    assert desk.case(case).state == "open"
    assert desk.forms(username) == []


@pytest.mark.parametrize("word", ["list", "raise something odd", "help", "who licensing"])
@pytest.mark.parametrize("username", ["a.guest", "other-bot"])
def test_nor_may_they_ask_or_raise(desk: World, username: str, word: str) -> None:
    before = len(desk.router.desk.store.live())
    answer = desk.type(username, word)
    assert "may not" in answer or "bots give no commands" in answer
    assert len(desk.router.desk.store.live()) == before


@pytest.mark.parametrize("username", ["a.guest", "other-bot", "escalations"])
@pytest.mark.parametrize("words", ["claim", "!dismiss duplicate", "@escalations note x"])
def test_nor_may_they_in_a_thread(desk: World, case: str, username: str, words: str) -> None:
    said = len(desk.thread(case))
    desk.say(username, case, words)
    assert desk.case(case).state == "open"
    assert not [one for one in desk.events(case) if one not in {"opened", "refused"}]
    assert len(desk.thread(case)) == said + 1


def test_what_somebody_wrote_who_is_gone_now_is_not_carried_out(desk: World, case: str) -> None:
    desk.sandbox.activate("gone.colleague")
    member = desk.member("gone.colleague")
    held = desk.sandbox.faults.add(
        Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/[a-z0-9]{26}$", times=1)
    )
    member.say(desk.places()[1], "!note I leave you this", desk.root(case).id)
    assert held.wait_until_held(10)
    desk.sandbox.deactivate("gone.colleague")
    held.release()
    desk.settle()
    assert desk.events(case) == ["opened"]


def test_the_bots_own_posts_lead_to_no_more(desk: World, case: str) -> None:
    """Its notes and answers quote commands, and outgoing webhooks tell of bots' posts, too."""
    desk.type("ian.tien", f"note {case} claim")
    desk.type("ian.tien", f"note {case} !dismiss duplicate")
    assert desk.sandbox.wait_until_settled()
    desk.settle()
    assert desk.events(case) == ["opened", "note", "note"]
    assert len(desk.thread(case)) == 2
