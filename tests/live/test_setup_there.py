"""`setup`, a first escalation and `setup --remove`, as typed: on the sandbox, and on a real server."""

import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from bare_mattermost import POLICY, Ground
from live.place import Place
from world import eventually, issue

from router.cli.demo.member import Member
from router.config import Settings, read_settings
from router.intake.source import sources


@dataclass
class Desk:
    """A folder with a policy file of a team of its own, and the people it names."""

    place: Place
    ground: Ground
    team: str
    bot: str
    port: int

    def setup(self, *options: str) -> tuple[int, str]:
        code, out, err = self.ground.run("setup", "--bot", self.bot, *options)
        return code, out + err

    def settings(self) -> Settings:
        return read_settings({"ROUTER_ENV_FILE": str(self.ground.env_file)})

    def people(self, word: str) -> Member:
        return self.place.member(f"{word}-{self.bot}")


@pytest.fixture(scope="module")
def desk(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Make people, and write a policy file that names them."""
    tag, folder = f"s{secrets.token_hex(4)}", tmp_path_factory.mktemp("desk")
    text = POLICY.replace('team = "staff"', f'team = "{tag}"')
    for word, name in (("ann", "Ann Archer"), ("bob.baker", "Bob Baker"), ("cat", "Cat Cook"), ("dan", "Dan Draper")):
        place.make(f"{word}-{tag}", name)
        text = text.replace(f'mattermost = "{word}"', f'mattermost = "{word}-{tag}"')
    (folder / "responders.toml").write_text(text, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    ground = Ground(_Server(place.url, place.admin_token), folder, {"ROUTER_PUBLIC_URL": f"http://127.0.0.1:{port}"})
    made = Desk(place, ground, tag, tag, port)
    place.teams.append(tag)
    yield made
    made.setup("--remove", "--yes")
    place.leave()


@dataclass
class _Server:
    url: str
    admin_token: str


@pytest.fixture(scope="module")
def ready(desk: Desk) -> Desk:
    """The same after `setup`."""
    code, told = desk.setup("--yes")
    assert code == 0, told
    desk.place.users[desk.bot] = desk.place.admin("GET", f"/users/username/{desk.bot}")["id"]
    return desk


@contextmanager
def serving(desk: Desk) -> Iterator[str]:
    process = desk.ground.start("serve", "--port", desk.port)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "listening on" in line, process.communicate()
    try:
        yield f"http://127.0.0.1:{desk.port}"
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_a_second_run_has_nothing_to_do(ready: Desk) -> None:
    code, told = ready.setup("--yes")
    assert (code, told.splitlines()[-2]) == (0, "nothing to do")


def test_the_bot_finds_everything_there_and_mattermost_reaches_the_router(ready: Desk) -> None:
    with serving(ready) as url:
        code, out, err = ready.ground.run("check", "--live", MATTERMOST_ADMIN_TOKEN=None)
    assert (code, err) == (0, ""), out
    assert f"it reaches the router at {url}" in out


def test_an_administrator_finds_no_more(ready: Desk) -> None:
    with serving(ready):
        code, out, _ = ready.ground.run("check", "--live")
    assert code == 0, out


def test_a_router_that_does_not_run_is_named(ready: Desk) -> None:
    code, out, _ = ready.ground.run("check", "--live")
    assert code == 1
    assert "nothing answers at" in out


def test_a_first_escalation_is_mentioned_and_claimed(ready: Desk) -> None:
    """By what `setup` wrote and made, and nothing else."""
    body = json.dumps(issue("May we use it under the AGPL?", 1, title="Which open source licence is this?")).encode()
    ann = ready.people("ann")
    places = ann.channel(ready.team, "escalations")
    before = ann.mention_count(places[1])
    with serving(ready) as url:
        secret = ready.settings().github_webhook_secret.first
        headers = sources()["github"].sign({"x-github-event": "issues"}, body, secret, datetime.now(UTC))
        answer = requests.post(f"{url}/hooks/github", data=body, headers=headers, timeout=10).json()
        root = eventually(lambda: next((p for p in ann.posts(places[1]) if p.case), None), "a root post")
        assert "acknowledged" in eventually(lambda: claim(ann, places, answer["escalation"]), "an answer")
    assert answer["result"] == "escalated"
    assert f"@ann-{ready.bot}" in root.text
    assert ann.mention_count(places[1]) == before + 1


def claim(person: Member, places: tuple[str, str], case: str) -> str:
    """Claim, once the router knows the server's signing key; until then it says so."""
    told = person.command(*places, f"/escalation claim {case}")
    return "" if "again" in told else told


def test_the_removal_leaves_nothing_that_acts(ready: Desk) -> None:
    token = ready.settings().mattermost_token.first
    code, told = ready.setup("--remove", "--yes")
    assert code == 0, told
    with ready.ground.administration() as admin:
        team = admin.team(ready.team)
        assert [*admin.commands(team.id), *admin.hooks(team.id)] == []
        assert all(admin.channel(team.id, name).delete_at for name in ("escalations", "triage", "committee"))
        bot = admin.accounts([ready.bot])[ready.bot]
        assert (bot.active, list(admin.tokens(bot.id))) == (False, [])
    refused = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{ready.place.url}/api/v4/users/me", headers=refused, timeout=10).status_code == 401
    assert not Path(ready.ground.receipt).exists()
