"""A world to tell stories in: a router and a sandbox in one process, and a clock that moves only when told to.

Everything goes the way it goes in use: signed bodies over HTTP, presses and commands through Mattermost's own API,
posts read as a member of the channel.
"""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from router.bootstrap import Replacements, Router, build
from router.cli.demo.furnishing import BOT, furnish
from router.cli.demo.member import Member, Seen
from router.cli.running import Listener
from router.config import examine_policy_file, read_settings
from router.core.policy import Policy
from router.core.topics import Routing, TopicId, Verdict
from router.intake.source import sources
from router.sandbox import Sandbox
from router.service.ticking import tick

POLICY_FILE = Path(__file__).parent.parent / "responders.toml"
SECRET = "a-secret-that-GitHub-knows"
REPOSITORY = "example-org/chat-server"
PATIENCE = 60.0  # seconds; on a machine that runs everything else at once, too


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class WordClassifier:
    """Takes the first word of a text in square brackets for the verdict: `[licensing]`, `[?licensing,packaging]`."""

    def classify(self, title: str, body: str, *, source: str = "", kind: str = "") -> Verdict:
        text = f"{title} {body}"
        if "[" not in text:
            return Verdict(None, Routing.NONE, 0.9, ())
        word = text.split("[", 1)[1].split("]", 1)[0]
        if word.startswith("?"):
            topics = tuple(TopicId(one) for one in word[1:].split(","))
            return Verdict(topics[0], Routing.TRIAGE, 0.5, (word,), topics)
        first, *others = (TopicId(one) for one in word.split(","))
        return Verdict(first, Routing.ESCALATE, 0.9, (word,), tuple(others))


def eventually(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait for a condition, and give what it gives."""
    until = time.monotonic() + patience
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.01)


@dataclass
class World:
    policy: Policy
    sandbox: Sandbox
    router: Router
    clock: ManualClock
    url: str
    run: "Callable[..., Running]"
    running: "Running"
    people: dict[str, Member] = field(default_factory=dict)
    signals: int = 0

    # ------------------------------------------------------------------------------------------- signals

    def post(
        self, text: str, number: int = 1, *, title: str = "A question", author: str = "octo-reader"
    ) -> dict[str, Any]:
        """Somebody opens an issue."""
        self.signals += 1
        return self.deliver("issues", issue(text, number, title, author, self.signals))

    def comment(
        self, text: str, number: int = 1, *, author: str = "octo-reader", comment_id: int = 0
    ) -> dict[str, Any]:
        """Somebody comments on an issue."""
        self.signals += 1
        return self.deliver("issue_comment", comment(text, number, author, comment_id or self.signals))

    def deliver(self, event: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a signed delivery; it must be accepted."""
        answer = self.hook(event, json.dumps(body).encode())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def hook(self, event: str, body: bytes, secret: str = SECRET, **headers: str) -> requests.Response:
        """Send a signed delivery."""
        given = {"x-github-event": event} | {name.replace("_", "-"): value for name, value in headers.items()}
        signed = sources()["github"].sign(given, body, secret, datetime.now(UTC))
        return requests.post(f"{self.url}/hooks/github", data=body, headers=signed, timeout=30)

    # ------------------------------------------------------------------------------------------- people

    def member(self, username: str) -> Member:
        """Be somebody."""
        if username not in self.people:
            self.people[username] = Member(self.sandbox.url, self.sandbox.token_of(username), username)
        return self.people[username]

    def as_admin(self, method: str, path: str, body: object = None) -> Any:
        """Do something as the administrator of the server."""
        headers = {"Authorization": f"Bearer {self.sandbox.admin_token}"}
        answer = requests.request(method, f"{self.sandbox.url}/api/v4{path}", json=body, headers=headers, timeout=5)
        assert answer.ok, answer.text
        return answer.json()

    def type(self, username: str, command: str, root_id: str = "") -> str:
        """Somebody types a slash command; gives what that person is shown."""
        team_id, channel_id = self.places()
        answer = self.member(username).command(team_id, channel_id, f"/escalation {command}", root_id)
        self.settle()
        return answer

    def say(self, username: str, case: str, text: str) -> str:
        """Somebody replies in a case's thread; gives the reply's id."""
        root = self.root(case)
        reply = self.member(username).say(self.places()[1], text, root.id)
        assert self.sandbox.wait_until_settled()
        self.settle()
        return reply

    def write(self, username: str, text: str, **more: Any) -> str:
        """Somebody writes to the bot alone; gives the message's id."""
        mattermost = f"{self.sandbox.url}/api/v4"
        headers = {"Authorization": f"Bearer {self.sandbox.token_of(username)}"}
        both = [self.sandbox.id_of(username), self.sandbox.id_of(BOT)]
        channel = requests.post(f"{mattermost}/channels/direct", json=both, headers=headers, timeout=5).json()["id"]
        body = {"channel_id": channel, "message": text, **more}
        return str(requests.post(f"{mattermost}/posts", json=body, headers=headers, timeout=5).json()["id"])

    def ask(self, username: str, text: str) -> str:
        """Somebody writes to the bot alone; gives what is answered there."""
        before = len(self.told(username))
        self.write(username, text)
        return str(eventually(lambda: self.told(username)[before:], f"an answer to {text}")[0])

    def press(self, username: str, case: str, label: str) -> str:
        """Somebody presses a button; gives what that person is shown."""
        root = self.root(case)
        action = next(action for action, name in root.buttons if name == label)
        member = self.member(username)
        before = len(self.whispers(username)), len(self.notices(username))
        member.press(root.id, action)
        self.settle()
        return "\n".join((*self.whispers(username)[before[0] :], *self.notices(username)[before[1] :]))

    def notices(self, username: str) -> list[str]:
        """What dialogs said to this person that ask nothing."""
        return [one["dialog"]["introduction_text"] for one in self._dialogs(username) if not one["dialog"]["elements"]]

    def forms(self, username: str) -> list[dict[str, Any]]:
        """The forms that were opened for this person, oldest first: `url` and `dialog`."""
        return [one for one in self._dialogs(username) if one["dialog"]["elements"]]

    def _dialogs(self, username: str) -> list[dict[str, Any]]:
        return list(self.sandbox._state.dialogs.get(self.sandbox.id_of(username), ()))

    def form(self, username: str, case: str, label: str) -> dict[str, Any]:
        """Somebody presses a button that opens a form; gives the form."""
        before = len(self.forms(username))
        assert self.press(username, case, label) == ""
        (opened,) = self.forms(username)[before:]
        return opened

    def typed_form(self, username: str, command: str, root_id: str = "") -> dict[str, Any]:
        """Somebody types a command without its argument; gives the form."""
        before = len(self.forms(username))
        assert self.type(username, command, root_id) == ""
        (opened,) = self.forms(username)[before:]
        return opened

    def send_in(self, username: str, form: dict[str, Any], *, place: str = "", **values: Any) -> dict[str, Any]:
        """Somebody sends a form in, looking at the escalations channel or at `place`; gives what is shown in it."""
        team_id, channel_id = self.places()
        body = {
            "url": form["url"],
            "state": form["dialog"]["state"],
            "callback_id": form["dialog"]["callback_id"],
            "submission": values,
            "channel_id": place or channel_id,
            "team_id": team_id,
        }
        return self.submit(username, body)

    def submit(self, username: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send Mattermost any submission as somebody."""
        token = self.sandbox.token_of(username)
        answer = requests.post(
            f"{self.sandbox.url}/api/v4/actions/dialogs/submit",
            headers={"Authorization": f"Bearer {token}"},
            json=body,
            timeout=35,
        )
        assert answer.status_code == 200, answer.text
        self.settle()
        return answer.json()

    def whispers(self, username: str) -> list[str]:
        """What Mattermost showed this person alone."""
        token = self.sandbox.token_of(username)
        answer = requests.get(
            f"{self.sandbox.url}/sandbox/ephemeral", headers={"Authorization": f"Bearer {token}"}, timeout=5
        ).json()
        return [one["message"] for one in answer]

    def told(self, username: str) -> list[str]:
        """What the bot told this person in direct messages."""
        return [post.text for post in self.member(username).direct_messages(self.places()[0])]

    # ------------------------------------------------------------------------------------------- what is seen

    def places(self) -> tuple[str, str]:
        return self.member("ian.tien").channel(self.policy.team, self.policy.escalations_channel)

    @property
    def posts(self) -> list[Seen]:
        """All posts of the escalations channel."""
        return self.member("ian.tien").posts(self.places()[1])

    def root(self, case: str) -> Seen:
        """The one root post of a case."""
        self.settle()
        (root,) = [post for post in self.posts if post.case == case]
        return root

    def thread(self, case: str) -> list[str]:
        """What was said in the case's thread."""
        root = self.root(case)
        return [post.text for post in self.posts if post.root_id == root.id]

    def case(self, case: str) -> Any:
        """The case as it is stored."""
        return self.router.desk.store.get(case)

    def events(self, case: str) -> list[str]:
        """The words of its timeline."""
        return [entry.event for entry in self.router.desk.store.timeline(case)]

    # ------------------------------------------------------------------------------------------- the service

    def ready(self) -> dict[str, Any]:
        """What `/readyz` says."""
        return requests.get(f"{self.url}/readyz", timeout=5).json()

    def restart(self, policy: Policy | None = None, **settings: str) -> None:
        """End the service and start it anew at the same address, on the same store; with other settings or not."""
        self.running.end()
        self.policy = policy or self.policy
        self.running = self.run(self.policy, int(self.url.rsplit(":", 1)[1]), **settings)
        self.router = self.running.router
        self.introduced()

    def introduced(self) -> None:
        """Wait until the router knows its way around Mattermost, and hears what is said."""
        eventually(lambda: self.router.delivery.trouble is None, "the introduction to Mattermost")
        eventually(lambda: self.router.hearing.deaf is None, "the connection to Mattermost")

    # ------------------------------------------------------------------------------------------- time

    def advance(self, **length: float) -> None:
        """Let time pass, and do what is due then; what was missed on the way is missed."""
        self.clock.at += timedelta(**length)
        tick(self.router.desk)
        self.settle()

    def settle(self) -> None:
        """Wait until all that was written down is delivered."""
        eventually(lambda: self.router.desk.store.backlog() == 0, "an empty outbox")


class Running:
    """A router that is served."""

    def __init__(self, router: Router, listener: Listener) -> None:
        self.router = router
        self._listener = listener
        self._thread = threading.Thread(target=listener.run, args=(router,))
        self._thread.start()

    def end(self) -> None:
        self._listener.end()
        self._thread.join()


@contextmanager
def world(
    store: str = "memory://",
    policy_file: Path = POLICY_FILE,
    *,
    judge: bool = False,
    private: bool = False,
    real: ManualClock | None = None,
    **settings: str,
) -> Iterator[World]:
    """Start a world. With `judge` the product's own classifier reads; `real` is another clock for proofs and keys.

    `private` makes its channels private: then no outgoing webhook tells what is said in them.
    """
    policy, _ = examine_policy_file(policy_file).accepted()
    clock = ManualClock()
    with Sandbox.start() as sandbox:
        listener = Listener("127.0.0.1", 0)
        furnished = furnish(sandbox, policy, listener.url)
        if private:
            make_private(sandbox, policy)
        environ = {
            "ROUTER_DATABASE_URL": store,
            "ROUTER_SECRET_KEY": secrets.token_hex(32),
            "MATTERMOST_URL": sandbox.url,
            "MATTERMOST_TOKEN": furnished.bot_token,
            "MATTERMOST_COMMAND_TOKEN": furnished.command_token,
            "MATTERMOST_OUTGOING_TOKEN": furnished.outgoing_token,
            "GITHUB_WEBHOOK_SECRET": SECRET,
        } | settings
        instead = Replacements(clock=clock, real=real, classifier=None if judge else WordClassifier())

        def run(policy: Policy, port: int, listener: Listener | None = None, **changed: str) -> Running:
            served = listener or Listener("127.0.0.1", port)
            return Running(
                build(read_settings(environ | changed), policy, public_url=served.url, instead=instead), served
            )

        running = run(policy, 0, listener)
        told = World(policy, sandbox, running.router, clock, listener.url, run, running)
        try:
            told.introduced()
            yield told
        finally:
            told.running.end()
            for member in told.people.values():
                member.close()


def make_private(sandbox: Sandbox, policy: Policy) -> None:
    """Make the channels of a policy file private."""
    admin = Member(sandbox.url, sandbox.admin_token, "admin")
    for name in {policy.escalations_channel, policy.triage_channel}:
        url = f"{sandbox.url}/api/v4/channels/{admin.channel(policy.team, name)[1]}/privacy"
        headers = {"Authorization": f"Bearer {sandbox.admin_token}"}
        requests.put(url, json={"privacy": "P"}, headers=headers, timeout=5).raise_for_status()
    admin.close()


# ------------------------------------------------------------------------------------------------- bodies


def issue(
    text: str, number: int = 1, title: str = "A question", author: str = "octo-reader", issue_id: int = 1
) -> dict[str, Any]:
    """An `issues` body, as small as the router lets it be."""
    thing = {
        "id": issue_id,
        "number": number,
        "title": title,
        "body": text,
        "user": {"login": author, "type": "User"},
        "html_url": f"https://github.com/{REPOSITORY}/issues/{number}",
    }
    return {"action": "opened", "issue": thing, "repository": _repository()}


def comment(text: str, number: int = 1, author: str = "octo-reader", comment_id: int = 1) -> dict[str, Any]:
    """An `issue_comment` body."""
    thread = issue("", number)["issue"]
    said = {
        "id": comment_id,
        "body": text,
        "user": {"login": author, "type": "User"},
        "html_url": f"{thread['html_url']}#issuecomment-{comment_id}",
    }
    return {"action": "created", "issue": thread, "comment": said, "repository": _repository()}


def _repository() -> dict[str, Any]:
    return {"full_name": REPOSITORY, "html_url": f"https://github.com/{REPOSITORY}", "private": False}
