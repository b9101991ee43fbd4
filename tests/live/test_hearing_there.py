"""What is said in a private channel and to the bot alone, on sandbox and real server, over a wire that can be cut."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests
from live.place import Place
from live.wire import Wire
from world import WordClassifier, eventually

from router.bootstrap import Replacements, Router, build
from router.config import examine_policy_file, read_settings
from router.core.effects import Resolve
from router.core.errors import ChatError
from router.core.signals import Signal
from router.mattermost.websocket import MattermostEvents
from router.ports import Missed
from router.service.receiving import receive

POLICY = """
[community]
name = "Elsewhere"

[mattermost]
team = "{team}"
escalations_channel = "questions"

[sources.default]
manager = "ada"

[people.ada]
name = "Ada One"
mattermost = "{ada}"

[escalation]
triage_within = "1h"
acknowledge_within = "2h"
answer_within = "1d"
close_after = "3d"
chase = [{{ do = "notify-backstop" }}]
answer_chase = [{{ do = "reopen" }}]
backstop = "ada"

[[topics]]
id = "licensing"
title = "Licences"
description = "Licences"
approved_responders = ["ada"]
"""


class Desk:
    """A router whose one channel is private, and two people in it."""

    def __init__(self, place: Place, folder: Path) -> None:
        tag = secrets.token_hex(3)
        self.place, self.wire = place, Wire(place.url)
        self.ada, self.ben, team = f"ada-{tag}", f"ben-{tag}", f"hearing-{tag}"
        place.make(self.ada, "Ada One")
        place.make(self.ben, "Ben Two")
        place.teams.append(team)
        self.team_id = place.admin("POST", "/teams", {"name": team, "display_name": "Hearing", "type": "I"})["id"]
        channel = {"team_id": self.team_id, "name": "questions", "display_name": "Questions", "type": "P"}
        self.channel_id = place.admin("POST", "/channels", channel)["id"]
        self.bot_id = place.admin("POST", "/bots", {"username": f"bot-{tag}"})["user_id"]
        self.token = place.admin("POST", f"/users/{self.bot_id}/tokens", {"description": "tests"})["token"]
        for user_id in (place.users[self.ada], place.users[self.ben], self.bot_id):
            place.admin("POST", f"/teams/{self.team_id}/members", {"team_id": self.team_id, "user_id": user_id})
            self.join(user_id)
        file = folder / "policy.toml"
        file.write_text(POLICY.format(team=team, ada=self.ada))
        self.policy = examine_policy_file(file).accepted()[0]
        self.database = f"tinydb:///{folder / 'router.json'}"
        self.people = {name: place.member(name) for name in (self.ada, self.ben)}
        self.router = self.start()
        self.signals = 0

    def start(self) -> Router:
        settings = {
            "ROUTER_DATABASE_URL": self.database,
            "MATTERMOST_URL": self.wire.url,
            "MATTERMOST_TOKEN": self.token,
        }
        instead = Replacements(classifier=WordClassifier())
        router = build(read_settings(settings), self.policy, public_url="http://127.0.0.1:9", instead=instead)
        router.start()
        eventually(lambda: router.hearing.deaf is None, "the connection to Mattermost")
        return router

    def join(self, user_id: str) -> None:
        self.place.admin("POST", f"/channels/{self.channel_id}/members", {"user_id": user_id})

    def open(self) -> tuple[str, str]:
        """A fresh case, and its root post."""
        self.signals += 1
        number, now = str(self.signals), self.router.desk.real.now()
        thread, url = f"github:example/x#{number}", f"https://example.org/{number}"
        text = "[licensing] may we?"
        signal = Signal("github", "example/x", "issue", number, thread, url, "", text, text, "octo-reader", now)
        case = str(receive(self.router.desk, [signal]).case)
        root = eventually(lambda: self.router.desk.store.root_of(case), "the root post")
        return case, root.post_id

    def say(self, username: str, text: str, root_id: str) -> str:
        return self.people[username].say(self.channel_id, text, root_id)

    def write(self, username: str, text: str) -> None:
        """Write to the bot alone."""
        self.people[username].say(self.direct(username), text)

    def direct(self, username: str) -> str:
        body = [self.place.users[username], self.bot_id]
        headers = {"Authorization": f"Bearer {self.place.token_of(username)}"}
        url = f"{self.place.url}/api/v4/channels/direct"
        return str(requests.post(url, json=body, headers=headers, timeout=30).json()["id"])

    def told(self, username: str) -> list[str]:
        member = self.people[username]
        return [post.text for post in member.posts(self.direct(username)) if post.author != username]

    def becomes(self, case: str, state: str) -> None:
        eventually(lambda: self.router.desk.store.get(case).state == state, f"{case} {state}")

    def close(self) -> None:
        self.router.stop()
        self.wire.close()
        for one in self.people.values():
            one.close()
        self.place.admin("POST", f"/bots/{self.bot_id}/disable")
        self.place.leave()


@pytest.fixture(scope="module")
def desk(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(place, tmp_path_factory.mktemp("hearing"))
    yield made
    made.close()


def test_a_reply_in_a_private_channel_claims(desk: Desk) -> None:
    case, root = desk.open()
    reply = desk.say(desk.ada, "claim", root)
    desk.becomes(case, "acknowledged")
    eventually(lambda: desk.people[desk.ada].reactions(reply) == ["white_check_mark"], "its check mark")


def test_a_reply_that_is_told_of_twice_is_answered_once(desk: Desk) -> None:
    _, root = desk.open()
    before = len(desk.told(desk.ben))
    reply = desk.say(desk.ben, "claim", root)
    desk.router.overhearing.overhear(desk.place.users[desk.ben], desk.channel_id, reply, "claim")
    eventually(lambda: desk.told(desk.ben)[before:], "the refusal")
    desk.router.overhearing.resolve(Resolve(reply))
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox")
    assert len(desk.told(desk.ben)) == before + 1


def test_a_direct_message_is_a_command_and_answered_once(desk: Desk) -> None:
    case, _ = desk.open()
    before = len(desk.told(desk.ada))
    desk.write(desk.ada, f"claim {case}")
    eventually(lambda: len(desk.told(desk.ada)) == before + 1, "the answer")
    desk.write(desk.ada, "good morning")
    eventually(lambda: len(desk.told(desk.ada)) == before + 2, "both answers")
    assert desk.router.desk.store.get(case).state == "acknowledged"
    assert f"{case} is acknowledged now" in desk.told(desk.ada)[before].replace("\\", "")
    assert "there is no command" in desk.told(desk.ada)[before + 1]


def test_what_is_said_while_the_wire_is_cut_is_heard_in_its_order(desk: Desk) -> None:
    case, root = desk.open()
    desk.wire.cut()
    for words in ("claim", "!note we promised an answer", "!release"):
        desk.say(desk.ada, words, root)
    desk.write(desk.ben, "who licensing")
    desk.wire.mend()
    words = [entry.event for entry in desk.router.desk.store.timeline(case)]
    eventually(
        lambda: [entry.event for entry in desk.router.desk.store.timeline(case)][1:] == ["claim", "note", "release"],
        f"what was said meanwhile, and not {words}",
    )
    eventually(lambda: any("Licences" in one for one in desk.told(desk.ben)), "the answer to the direct message")


def test_what_is_said_while_the_router_is_down_is_heard_when_it_is_back(desk: Desk) -> None:
    case, root = desk.open()
    desk.router.stop()
    desk.say(desk.ada, "claim", root)
    desk.router = desk.start()
    desk.becomes(case, "acknowledged")


def test_what_is_said_while_the_bot_is_out_of_the_channel_is_heard_when_it_is_back(desk: Desk) -> None:
    case, root = desk.open()
    desk.place.admin("DELETE", f"/channels/{desk.channel_id}/members/{desk.bot_id}")
    desk.say(desk.ada, "claim", root)
    desk.join(desk.bot_id)
    desk.becomes(case, "acknowledged")


def test_a_token_that_is_taken_back_ends_the_listening(desk: Desk) -> None:
    made = desk.place.admin("POST", f"/users/{desk.bot_id}/tokens", {"description": "to be revoked"})
    events = MattermostEvents(desk.place.url, made["token"], silence=0.3)
    with closing(events.listen()) as happenings:
        assert next(happenings) == Missed()
        desk.place.admin("POST", "/users/tokens/revoke", {"token_id": made["id"]})
        with pytest.raises(ChatError, match="the token does not hold any more"):
            for _ in happenings:
                pass
