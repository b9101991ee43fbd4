"""A whole installation on a Mattermost: made by `setup`, run by `serve`, used by the people of a policy file."""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from dotenv import dotenv_values
from live.place import Client, Place
from live.wire import Wire
from world import POLICY_FILE, eventually, issue

from benchmarks.processes import free_port
from router.cli.demo.member import Member, Seen
from router.config import examine_policy_file
from router.core.policy import Policy
from router.intake.source import sources

COMMAND = (sys.executable, "-W", "error", "-m", "router.cli")
BUSY = 90.0  # seconds; what a killed router was about to settle is looked for after a minute
OURS = re.compile(r"(ROUTER|MATTERMOST|GITHUB)_")


@dataclass
class Desk:
    """`tag` ends every name that is made on the server, so that installations side by side never meet."""

    place: Place
    wire: Wire
    folder: Path
    tag: str
    port: int
    policy: Policy
    process: subprocess.Popen[bytes] | None = None
    members: dict[str, Member] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    signals: int = 0

    # ------------------------------------------------------------------------------------------- the installer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings_file(self) -> Path:
        return self.folder / "router.env"

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        given = {
            "ROUTER_ENV_FILE": str(self.settings_file),
            "ROUTER_POLICY": str(self.folder / "responders.toml"),
            "ROUTER_DATABASE_URL": f"tinydb:///{self.folder / 'router.json'}",
        }
        return {**inherited, **given, **more}

    def command(self, *words: str, **more: str) -> tuple[int, str]:
        """Run `escalation-router`; gives its exit code and all that it said."""
        done = subprocess.run(
            [*COMMAND, *words],
            check=False,
            env=self.environment(**more),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout + done.stderr

    def set_up(self, *words: str) -> tuple[int, str]:
        """Run `setup` as the administrator."""
        where = ("--url", self.wire.url, "--public-url", self.url, "--env-file", str(self.settings_file))
        where += ("--bot", self.named("escalations"))
        return self.command("setup", *where, *words, MATTERMOST_ADMIN_TOKEN=self.place.admin_token)

    def start(self) -> None:
        """Run `serve`, until it is ready."""
        log = (self.folder / "log.txt").open("a")
        command = [*COMMAND, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment(), cwd=self.folder, stdout=log, stderr=log)
        log.close()
        eventually(self.is_ready, "a router that is ready", BUSY)

    def is_ready(self) -> bool:
        try:
            return bool(self.health()["status"] == "ready")
        except requests.ConnectionError:
            return False

    def health(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.url}/readyz", timeout=10).json()
        return answer

    def stop(self, *, kill: bool = False) -> None:
        """End `serve`, kindly or not."""
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(30)
            self.process = None

    # ------------------------------------------------------------------------------------------- the public

    def post(self, text: str) -> str:
        """Somebody opens an issue on GitHub; gives the case that it became."""
        return str(self.deliver(self.issue(text))["escalation"])

    def issue(self, text: str) -> dict[str, Any]:
        """The body of a new issue."""
        self.signals += 1
        number = 100 + self.signals
        return issue(text, number, "A question", issue_id=number)

    def deliver(self, body: dict[str, Any], event: str = "issues") -> dict[str, Any]:
        """Send what GitHub would send; gives the answer."""
        sent = json.dumps(body).encode()
        secret = str(dotenv_values(self.settings_file)["GITHUB_WEBHOOK_SECRET"])
        headers = sources()["github"].sign({"x-github-event": event}, sent, secret, datetime.now(UTC))
        answer = requests.post(f"{self.url}/hooks/github", data=sent, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        given: dict[str, Any] = answer.json()
        return given

    # ------------------------------------------------------------------------------------------- people

    def named(self, username: str) -> str:
        return f"{username}-{self.tag}"

    def member(self, username: str) -> Member:
        """Be somebody of the policy file, by REST."""
        if username not in self.members:
            self.members[username] = self.place.member(self.named(username))
        return self.members[username]

    def client(self, username: str) -> Client:
        """Be somebody who has Mattermost open."""
        if username not in self.clients:
            self.clients[username] = self.place.client(self.named(username))
        return self.clients[username]

    def places(self, name: str = "") -> tuple[str, str]:
        """Ids of the team and of a channel, the escalations channel by default."""
        return self.member("ian.tien").channel(self.policy.team, name or self.policy.escalations_channel)

    def mentions(self, username: str) -> int:
        return self.member(username).mention_count(self.places()[1])

    def type(self, username: str, command: str, root_id: str = "") -> str:
        """Type a slash command; gives what is shown to this person alone."""
        team_id, channel_id = self.places()
        return self.member(username).command(team_id, channel_id, f"/escalation {command}", root_id)

    def say(self, username: str, case: str, text: str) -> str:
        """Reply in a case's thread."""
        return self.member(username).say(self.places()[1], text, self.root(case).id)

    def tell_the_bot(self, username: str, text: str) -> None:
        """Write to the bot alone."""
        bot = next(post.author for post in self.posts() if post.case)
        both = [self.place.users[self.named(username)], self.place.admin("GET", f"/users/username/{bot}")["id"]]
        channel = self.place.admin("POST", "/channels/direct", both, by=self.named(username))
        self.member(username).say(channel["id"], text)

    def press(self, username: str, case: str, label: str) -> None:
        """Press a button of a case's root post, as it is now."""
        root = self.root(case)
        action = next(action for action, name in root.buttons if name == label)
        self.member(username).press(root.id, action)

    # ------------------------------------------------------------------------------------------- what is seen

    def posts(self) -> list[Seen]:
        return self.member("ian.tien").posts(self.places()[1])

    def roots(self, case: str) -> list[Seen]:
        return [post for post in self.posts() if post.case == case]

    def root(self, case: str) -> Seen:
        """Wait for the root post of a case."""
        (root,) = eventually(lambda: self.roots(case), f"a root post of {case}", BUSY)
        return root

    def shown(self, case: str, words: str) -> Seen:
        """Wait until the root post of a case says something."""
        eventually(lambda: words in self.root(case).text, f"{case} to say {words!r}", BUSY)
        return self.root(case)

    def replies(self, case: str) -> list[str]:
        root = self.root(case)
        return [post.text for post in self.posts() if post.root_id == root.id]

    def timeline(self, case: str) -> list[str]:
        """Words of the case's timeline, as `show` tells them while the service runs."""
        code, said = self.command("show", case, "--json")
        assert code == 0, said
        return [entry["event"] for entry in json.loads(said)["timeline"]]

    def close(self) -> None:
        """End it all, and take from the server what was made there."""
        self.stop()
        for one in (*self.members.values(), *self.clients.values()):
            one.close()
        self.wire.close()
        self.place.leave()


@contextmanager
def desk_on(place: Place) -> Iterator[Desk]:
    """Make people, a policy file that names them, and a wire; nothing is set up yet."""
    tag = secrets.token_hex(3)
    with tempfile.TemporaryDirectory(prefix="desk-") as name:
        folder = Path(name)
        text = POLICY_FILE.read_text(encoding="utf-8").replace('"private-core"', f'"desk-{tag}"')
        text = re.sub(r'^mattermost = "(.+)"$', rf'mattermost = "\1-{tag}"', text, flags=re.MULTILINE)
        (folder / "responders.toml").write_text(text, encoding="utf-8")
        policy, _ = examine_policy_file(folder / "responders.toml").accepted()
        place.teams.append(policy.team)
        for person in policy.people.values():
            place.make(person.mattermost, person.name)
        place.make(f"a.colleague-{tag}", "Any Colleague")
        made = Desk(place, Wire(place.url), folder, tag, free_port(), policy)
        try:
            yield made
        finally:
            made.close()
