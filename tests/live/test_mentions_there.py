"""Whom a mention really reaches, read from the members' own mention counts, on the sandbox and on a real server."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from live.place import Place
from world import WordClassifier, eventually

from router.bootstrap import Replacements, Router, build
from router.config import examine_policy_file, read_settings
from router.core.people import Gone
from router.core.policy import Policy
from router.core.signals import Signal
from router.mattermost import remedies
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
mattermost = "ada{tag}"

[people.ben]
name = "Ben Two"
mattermost = "ben{tag}"

[people.cy]
name = "Cy Three"
mattermost = "cy{tag}"

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
approved_responders = ["ben", "ada", "cy"]
"""


@dataclass
class Stage:
    """A router at work in a team of its own."""

    place: Place
    router: Router
    policy: Policy
    tag: str
    team_id: str
    channel_id: str
    said: int = 0

    def username(self, name: str) -> str:
        return f"{name}{self.tag}"

    def user_id(self, name: str) -> str:
        return self.place.users[self.username(name)]

    def signal(self) -> str:
        """Something sensitive comes in; gives its case."""
        self.said += 1
        number = str(self.said)
        at = self.router.desk.clock.now()
        thread = f"github:o/r#{number}"
        signal = Signal("github", "i", "issue", number, thread, "", "T", "T", "[licensing] ?", "x", at)
        case = receive(self.router.desk, [signal]).case
        assert case is not None
        return case

    def settle(self) -> None:
        eventually(lambda: self.router.desk.store.backlog() == 0, "an empty outbox", 60)

    def text(self, case: str) -> str:
        """The root post of a case."""
        self.settle()
        root = self.router.desk.store.root_of(case)
        assert root is not None
        return str(self.place.admin("GET", f"/posts/{root.post_id}")["message"])

    def count(self, name: str) -> int:
        """How often somebody was mentioned in the channel, by Mattermost's own account."""
        self.settle()
        path = f"/users/{self.user_id(name)}/channels/{self.channel_id}/unread"
        return int(self.place.admin("GET", path)["mention_count"])

    def counted(self, **counts: int) -> None:
        """Wait for these counts: Mattermost notifies after it has answered."""
        eventually(lambda: {name: self.count(name) for name in counts} == counts, str(counts))

    def rename(self, name: str, username: str) -> None:
        self.place.admin("PUT", f"/users/{self.user_id(name)}/patch", {"username": username})

    def make_channel(self) -> None:
        """Make the channel anew, with the bot and Ada in it."""
        body = {"team_id": self.team_id, "name": "questions", "display_name": "Questions", "type": "O"}
        self.channel_id = self.place.admin("POST", "/channels", body)["id"]
        for name in ("bot", "ada"):
            self.place.admin("POST", f"/channels/{self.channel_id}/members", {"user_id": self.user_id(name)})

    def degraded(self, line: str) -> None:
        """Wait until it was noticed what is wrong."""
        eventually(lambda: self.router.delivery.trouble == f"~questions: {line}", line)

    def found_gone(self, *reasons: Gone) -> None:
        """Wait until it was heard what happened to accounts."""

        def found() -> list[Gone]:
            return sorted(one.why for one in self.router.desk.rules()[0].gone.values())

        eventually(lambda: found() == sorted(reasons), str(reasons))
        self.settle()

    def notices(self) -> list[str]:
        posts = self.place.admin("GET", f"/channels/{self.channel_id}/posts?per_page=200")["posts"].values()
        return [one["message"] for one in posts if "can't be reached" in one["message"]]


@pytest.fixture
def stage(place: Place, tmp_path: Path) -> Iterator[Stage]:
    tag = secrets.token_hex(4)
    team = f"t{tag}"
    place.teams.append(team)
    team_id = place.admin("POST", "/teams", {"name": team, "display_name": team, "type": "O"})["id"]
    body = {"team_id": team_id, "name": "questions", "display_name": "Questions", "type": "O"}
    channel_id = place.admin("POST", "/channels", body)["id"]
    for name in ("ada", "ben", "cy"):
        place.make(f"{name}{tag}", name)
    bot_id = place.admin("POST", "/bots", {"username": f"bot{tag}"})["user_id"]
    place.users[f"bot{tag}"] = bot_id
    token = place.admin("POST", f"/users/{bot_id}/tokens", {"description": "test"})["token"]
    for user_id in (bot_id, place.users[f"ada{tag}"], place.users[f"ben{tag}"]):
        place.admin("POST", f"/teams/{team_id}/members", {"team_id": team_id, "user_id": user_id})
    for user_id in (bot_id, place.users[f"ada{tag}"]):
        place.admin("POST", f"/channels/{channel_id}/members", {"user_id": user_id})
    policy_file = tmp_path / "policy.toml"
    policy_file.write_text(POLICY.format(team=team, tag=tag))
    policy, _ = examine_policy_file(policy_file).accepted()
    settings = read_settings(
        {"ROUTER_DATABASE_URL": "memory://", "MATTERMOST_URL": place.url, "MATTERMOST_TOKEN": token}
    )
    router = build(settings, policy, public_url="http://127.0.0.1:9", instead=Replacements(classifier=WordClassifier()))
    router.start()
    try:
        eventually(lambda: router.delivery.trouble is None and router.hearing.deaf is None, "the introduction")
        made = Stage(place, router, policy, tag, team_id, channel_id)
        read = {"channel_id": channel_id}
        place.admin("POST", f"/channels/members/{place.users[f'ada{tag}']}/view", read)
        yield made
    finally:
        router.stop()
        place.leave()


def test_who_is_missing_is_added_and_who_is_not_in_the_team_is_reported(stage: Stage) -> None:
    case = stage.signal()
    root = stage.text(case)
    assert f"@{stage.username('ben')} @{stage.username('ada')}\n" in root
    assert f"Not told, not in this team: @\u200b{stage.username('cy')}." in root
    # Ben was added first, which counts as a mention by itself, and is then mentioned once, as Ada is.
    stage.counted(ben=2, ada=1)


def test_a_renamed_person_is_reached_and_whoever_took_the_name_is_not(stage: Stage) -> None:
    old = stage.username("ben")
    stage.rename("ben", f"benjamin{stage.tag}")
    stage.found_gone(Gone.RENAMED)
    stage.place.make(f"tmp{stage.tag}", "A Stranger")
    stage.place.admin("PUT", f"/users/{stage.user_id('tmp')}/patch", {"username": old})
    for where, body in (
        (f"/teams/{stage.team_id}/members", {"team_id": stage.team_id, "user_id": stage.user_id("tmp")}),
        (f"/channels/{stage.channel_id}/members", {"user_id": stage.user_id("tmp")}),
    ):
        stage.place.admin("POST", where, body)
    stage.counted(tmp=1)  # for being added
    case = stage.signal()
    assert f"@benjamin{stage.tag}" in stage.text(case)
    assert f"@{old}" not in stage.text(case)
    stage.counted(ben=2, tmp=1)
    assert stage.router.desk.store.get(case).owner == "ada"
    (notice,) = stage.notices()
    assert notice.startswith(f"@{stage.username('ada')}: ")


def test_the_case_of_somebody_deactivated_goes_on_and_the_account_may_come_back(stage: Stage) -> None:
    case = stage.signal()
    stage.settle()
    assert stage.router.desk.store.get(case).owner == "ben"
    stage.place.admin("PUT", f"/users/{stage.user_id('ben')}/active", {"active": False})
    stage.found_gone(Gone.DEACTIVATED)
    assert stage.router.desk.store.get(case).owner == "ada"
    assert f"Not told, deactivated: @\u200b{stage.username('ben')}" in stage.text(stage.signal())
    stage.place.admin("PUT", f"/users/{stage.user_id('ben')}/active", {"active": True})
    stage.found_gone()
    assert stage.router.desk.store.get(stage.signal()).owner == "ben"
    assert len(stage.notices()) == 1


def test_an_archived_channel_is_posted_in_when_it_is_restored(stage: Stage) -> None:
    stage.place.admin("DELETE", f"/channels/{stage.channel_id}")
    case = stage.signal()
    stage.degraded(remedies.ARCHIVED)
    stage.place.admin("POST", f"/channels/{stage.channel_id}/restore")
    assert case in stage.text(case)
    assert stage.router.delivery.trouble is None


def test_a_bot_that_was_removed_goes_on_when_it_is_back(stage: Stage) -> None:
    member = f"/channels/{stage.channel_id}/members"
    stage.place.admin("DELETE", f"{member}/{stage.user_id('bot')}")
    case = stage.signal()
    stage.degraded(remedies.FORBIDDEN)
    stage.place.admin("POST", member, {"user_id": stage.user_id("bot")})
    assert case in stage.text(case)


def test_a_channel_that_was_deleted_and_made_anew_is_posted_in_and_its_cases_get_new_roots(stage: Stage) -> None:
    old = stage.signal()
    stage.settle()
    stage.place.admin("DELETE", f"/channels/{stage.channel_id}?permanent=true")
    stage.make_channel()
    new = stage.signal()
    assert new in stage.text(new)
    stage.place.admin("PUT", f"/users/{stage.user_id('ben')}/active", {"active": False})
    stage.found_gone(Gone.DEACTIVATED)
    assert "owner **Ada One**" in stage.text(old)
