"""What people typed while the service was down, or while it died: heard when it is back, and acted on once.

No outgoing webhook reaches this service: what it hears, it hears by itself.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from server_process import Server
from world import eventually, issue

from router.cli.demo.furnishing import BOT, furnish
from router.cli.demo.member import Member, Seen
from router.core.policy import Policy
from router.sandbox import Fault, Sandbox

BODY = json.dumps(issue("May we use the source under the AGPL in a commercial product?", title="License")).encode()
RESPONDER = "jason.blais"
LEASED = 90.0  # seconds; what a killed process was about to settle is looked for after a minute


@pytest.fixture
def server(tmp_path: Path, sandbox: Sandbox, policy: Policy) -> Iterator[Server]:
    """A server that listens to Mattermost."""
    started = Server(tmp_path, sandbox.url, furnish(sandbox, policy, "http://127.0.0.1:9"))
    started.start()
    listens(started)
    yield started
    started.close()


@pytest.fixture
def responder(sandbox: Sandbox) -> Iterator[Member]:
    member = Member(sandbox.url, sandbox.token_of(RESPONDER), RESPONDER)
    yield member
    member.close()


class Thread:
    """The thread of the one case, as a responder sees it."""

    def __init__(self, server: Server, responder: Member, policy: Policy) -> None:
        assert server.hook("issues", BODY).json()["escalation"] == "ESC-1"
        self._responder = responder
        self.team_id, self._channel_id = responder.channel(policy.team, policy.escalations_channel)
        eventually(lambda: self._posts("ESC-1"), "the root post")
        eventually(lambda: listed(server)["post_id"], "the root post is settled")

    def _posts(self, case: str) -> list[Seen]:
        return [post for post in self._responder.posts(self._channel_id) if post.case == case]

    def say(self, text: str) -> str:
        (root,) = self._posts("ESC-1")
        return self._responder.say(self._channel_id, text, root.id)


@pytest.fixture
def thread(server: Server, responder: Member, policy: Policy) -> Thread:
    return Thread(server, responder, policy)


def listens(server: Server) -> None:
    ready = f"{server.url}/readyz"
    eventually(lambda: requests.get(ready, timeout=5).json()["listening"] == "ok", "the connection to Mattermost")


def settled(server: Server) -> None:
    ready = f"{server.url}/readyz"
    eventually(lambda: requests.get(ready, timeout=5).json()["outbox"] == 0, "an empty outbox", LEASED)


def listed(server: Server) -> dict[str, object]:
    """The one case, as the command line lists it."""
    command = [sys.executable, "-m", "router.cli", "list", "--json"]
    done = subprocess.run(command, env=server.environment(), capture_output=True, check=True, cwd=server.folder)
    return json.loads(done.stdout)[0]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_what_is_typed_while_the_service_is_down_is_heard_when_it_is_back(
    server: Server, thread: Thread, responder: Member, sandbox: Sandbox, end: signal.Signals
) -> None:
    server.end(end)
    reply = thread.say("claim")
    direct = direct_channel(sandbox)
    responder.say(direct, "list mine")
    server.start()
    eventually(lambda: listed(server)["state"] == "acknowledged", "the claim")
    eventually(lambda: responder.reactions(reply) == ["white_check_mark"], "its check mark")
    (answer,) = eventually(lambda: responder.direct_messages(thread.team_id), "the answer")
    assert "ESC-1" in answer.text


def test_what_was_heard_before_a_kill_is_read_again_and_acts_once(
    server: Server, thread: Thread, responder: Member
) -> None:
    thread.say("!topic nowhere")
    eventually(lambda: told(responder, thread), "the refusal")
    settled(server)
    server.end(signal.SIGKILL)
    thread.say("!who licensing")
    server.start()
    eventually(lambda: "Licensing" in told(responder, thread)[-1], "the answer to what was typed meanwhile")
    settled(server)
    assert len(told(responder, thread)) == 2


def told(responder: Member, thread: Thread) -> list[str]:
    return [post.text for post in responder.direct_messages(thread.team_id)]


def test_a_kill_between_hearing_and_acting_loses_nothing(
    server: Server, thread: Thread, responder: Member, sandbox: Sandbox
) -> None:
    held = sandbox.faults.add(Fault(kind="hang_before", method="GET", path=r"/api/v4/posts/\w+$", times=1))
    reply = thread.say("claim")
    assert held.wait_until_held(10)
    server.end(signal.SIGKILL)
    sandbox.faults.clear()
    server.start()
    eventually(lambda: listed(server)["state"] == "acknowledged", "the claim", LEASED)
    eventually(lambda: responder.reactions(reply) == ["white_check_mark"], "its check mark")


def direct_channel(sandbox: Sandbox) -> str:
    headers = {"Authorization": f"Bearer {sandbox.token_of(RESPONDER)}"}
    both = [sandbox.id_of(RESPONDER), sandbox.id_of(BOT)]
    url = f"{sandbox.url}/api/v4/channels/direct"
    return str(requests.post(url, json=both, headers=headers, timeout=5).json()["id"])
