"""A router in this process at work in a Mattermost of the live suite, with two responders and a colleague."""

import json
import secrets
import threading
from pathlib import Path
from typing import Any

import requests
from live.place import Place
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

    def opened(self, text: str = "[licensing] may we?") -> str:
        """A fresh case."""
        self.number += 1
        body = json.dumps(issue(text, self.number, issue_id=self.number)).encode()
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

    def as_user(self, username: str, method: str, path: str, body: object = None) -> Any:
        """Do something at Mattermost's own API as somebody."""
        headers = {"Authorization": f"Bearer {self.place.token_of(username)}"}
        answer = requests.request(method, f"{self.place.url}/api/v4{path}", json=body, headers=headers, timeout=35)
        assert answer.ok, answer.text
        return answer.json()
