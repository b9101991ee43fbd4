"""Forms, buttons and copied buttons through Mattermost's own API: on the sandbox, and on a real server."""

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from live.place import Client, Place
from world import WordClassifier, eventually, issue

from router.bootstrap import Replacements, Router, build
from router.cli.demo.member import Member, Seen
from router.cli.running import Listener
from router.config import examine_policy_file, read_settings

POLICY = """
[community]
name = "Example"

[mattermost]
team = "{team}"
escalations_channel = "escalations"

[sources.default]
manager = "Manager"

[people.ann]
name = "Ann Archer"
mattermost = "ann-{tag}"

[people.bob]
name = "Bob Baker"
mattermost = "bob-{tag}"

[roles]
"Manager" = ["ann"]

[escalation]
triage_within = "4h"
acknowledge_within = "4h"
answer_within = "2d"
close_after = "7d"
chase = [{{ do = "remind-owner" }}, {{ do = "notify-all" }}]
answer_chase = [{{ do = "remind-owner" }}, {{ do = "reopen" }}]
backstop = "Manager"

[[topics]]
id = "licensing"
title = "Licensing"
approved_responders = ["Manager", "bob"]

[[topics]]
id = "packaging"
title = "Packaging"
approved_responders = ["Manager"]
"""


class Desk:
    """A router at work in a Mattermost, and the people there."""

    def __init__(self, place: Place, folder: Path) -> None:
        self.place, tag = place, secrets.token_hex(3)
        self.ann, self.bob, self.zoe = (f"{name}-{tag}" for name in ("ann", "bob", "zoe"))
        self.team = f"forms-{tag}"
        for username in (self.ann, self.bob, self.zoe):
            place.make(username, "Some Body")
        self.listener = Listener("127.0.0.1", 0)
        bot_token, command_token = self._furnish(tag)
        file = folder / "responders.toml"
        file.write_text(POLICY.format(team=self.team, tag=tag), encoding="utf-8")
        policy, _ = examine_policy_file(file).accepted()
        environ = {
            "ROUTER_DATABASE_URL": "memory://",
            "MATTERMOST_URL": place.url,
            "MATTERMOST_TOKEN": bot_token,
            "MATTERMOST_COMMAND_TOKEN": command_token,
            "GITHUB_WEBHOOK_SECRET": "secret",
        }
        instead = Replacements(classifier=WordClassifier())
        self.router: Router = build(read_settings(environ), policy, public_url=self.listener.url, instead=instead)
        self._serving = threading.Thread(target=self.listener.run, args=(self.router,))
        self._serving.start()
        eventually(lambda: self.router.delivery.trouble is None, "the introduction to Mattermost")
        self.number = 0

    def _furnish(self, tag: str) -> tuple[str, str]:
        admin = self.place.admin
        self.place.teams.append(self.team)
        self.team_id = admin("POST", "/teams", {"name": self.team, "display_name": "Forms", "type": "I"})["id"]
        channel = {"team_id": self.team_id, "name": "escalations", "display_name": "Escalations", "type": "O"}
        self.channel_id = admin("POST", "/channels", channel)["id"]
        bot = admin("POST", "/bots", {"username": f"router-{tag}", "display_name": "Router"})
        self.place.users[bot["username"]] = bot["user_id"]
        for user_id in self.place.users.values():
            admin("POST", f"/teams/{self.team_id}/members", {"team_id": self.team_id, "user_id": user_id})
            admin("POST", f"/channels/{self.channel_id}/members", {"user_id": user_id})
        command = {"team_id": self.team_id, "trigger": "escalation", "method": "P"}
        command["url"] = f"{self.listener.url}/mattermost/command"
        token = admin("POST", f"/users/{bot['user_id']}/tokens", {"description": "router"})["token"]
        return token, admin("POST", "/commands", command)["token"]

    def close(self) -> None:
        self.listener.end()
        self._serving.join()
        self.place.leave()

    def settle(self) -> None:
        eventually(lambda: self.router.desk.store.backlog() == 0, "an empty outbox")

    def opened(self) -> str:
        """A fresh case."""
        self.number += 1
        body = json.dumps(issue("[licensing] may we?", self.number, issue_id=self.number)).encode()
        source = self.router.desk.sources["github"]
        headers = source.sign({"x-github-event": "issues"}, body, "secret", self.router.desk.real.now())
        case: str = requests.post(f"{self.listener.url}/hooks/github", data=body, headers=headers, timeout=30).json()[
            "escalation"
        ]
        self.settle()
        return case

    def root(self, case: str) -> Seen:
        reader = Member(self.place.url, self.place.admin_token, "admin")
        found = next(post for post in reader.posts(self.channel_id) if post.case == case)
        reader.close()
        return found

    def press(self, username: str, case: str, label: str) -> None:
        root, member = self.root(case), self.place.member(username)
        member.press(root.id, next(action for action, name in root.buttons if name == label))
        member.close()
        self.settle()

    def type(self, username: str, command: str) -> str:
        member = self.place.member(username)
        answer = member.command(self.team_id, self.channel_id, f"/escalation {command}")
        member.close()
        self.settle()
        return answer

    @property
    def here(self) -> tuple[str, str]:
        return self.team_id, self.channel_id

    def state(self, case: str) -> str:
        return str(self.router.desk.store.get(case).state)


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
        post = _as(desk, desk.ann, "GET", f"/posts/{desk.root(case).id}")
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
    assert "To become an approved responder" in zoe.whispered("only approved responders may dismiss")


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
        assert ann.whispered(words)
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
        post_id = _as(desk, desk.zoe, "POST", "/posts", post)["id"]
        _as(desk, desk.ann, "POST", f"/posts/{post_id}/actions/mine", {})
        assert ann.whispered("can't be used")
    assert desk.state(case) == "open"


def _carried(desk: Desk, post_id: str) -> dict[str, Any]:
    message = f"{desk.place.url}/{desk.team}/pl/{post_id}"
    link = _as(desk, desk.zoe, "POST", "/posts", {"channel_id": desk.channel_id, "message": message})
    (embed,) = _as(desk, desk.zoe, "GET", f"/posts/{link['id']}")["metadata"]["embeds"]
    integration: dict[str, Any] = embed["data"]["post"]["props"]["attachments"][0]["actions"][0]["integration"]
    return integration


def _direct(desk: Desk) -> str:
    ids = [desk.place.users[one] for one in (desk.ann, desk.zoe)]
    return str(_as(desk, desk.zoe, "POST", "/channels/direct", ids)["id"])


def _as(desk: Desk, username: str, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {desk.place.token_of(username)}"}
    answer = requests.request(method, f"{desk.place.url}/api/v4{path}", json=body, headers=headers, timeout=35)
    assert answer.ok, answer.text
    return answer.json()
