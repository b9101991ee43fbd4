"""`kill -9` between any two lines: nothing acknowledged is lost, nothing is said twice."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import requests
from server_process import Server
from world import comment, eventually, issue

from router.cli.demo.furnishing import BOT, COLLEAGUE, furnish
from router.cli.demo.member import Member, Seen
from router.core.policy import Policy
from router.sandbox import Fault, Sandbox

APPROVED = ("jason.blais", "katie.wiersgalla", "ian.tien")
QUESTION = "May we use the source under the AGPL in a commercial product?"
BODY = json.dumps(issue(QUESTION, title="License")).encode()
LOOKED_FOR = 90.0  # seconds; a post whose fate is unknown is looked for a minute after the last try


@pytest.fixture
def server(tmp_path: Path, sandbox: Sandbox, policy: Policy) -> Iterator[Server]:
    """A server whose address is known to the sandbox before it runs."""
    started = Server(tmp_path, sandbox.url, furnish(sandbox, policy, "http://127.0.0.1:9"))
    started.start()
    yield started
    started.close()


class Channel:
    """What a member sees of the escalations channel."""

    def __init__(self, sandbox: Sandbox, policy: Policy) -> None:
        self.sandbox, self.policy = sandbox, policy

    def posts(self, author: str = BOT) -> list[Seen]:
        with_token = Member(self.sandbox.url, self.sandbox.token_of(COLLEAGUE), COLLEAGUE)
        _, channel = with_token.channel(self.policy.team, self.policy.escalations_channel)
        found = [post for post in with_token.posts(channel) if post.author == author]
        with_token.close()
        return found

    def mention_counts(self) -> dict[str, int]:
        counts = {}
        for person in self.policy.people.values():
            member = Member(self.sandbox.url, self.sandbox.token_of(person.mattermost), person.mattermost)
            counts[person.mattermost] = member.mention_count(
                member.channel(self.policy.team, self.policy.escalations_channel)[1]
            )
            member.close()
        return {name: count for name, count in counts.items() if count}


@pytest.fixture
def channel(sandbox: Sandbox, policy: Policy) -> Channel:
    return Channel(sandbox, policy)


def listed(server: Server) -> list[dict[str, object]]:
    """The cases, as the command line lists them."""
    done = subprocess.run(
        [sys.executable, "-m", "router.cli", "list", "--json"],
        env=server.environment(),
        capture_output=True,
        text=True,
        check=True,
        cwd=server.folder,
    )
    return json.loads(done.stdout)


def test_a_kill_between_the_answer_and_the_post_loses_nothing(
    server: Server, sandbox: Sandbox, channel: Channel
) -> None:
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).json()["status"] == "ready", "readiness")
    sandbox.stop_listening()
    assert server.hook("issues", BODY).json() == {"result": "escalated", "escalation": "ESC-1"}
    server.end(signal.SIGKILL)
    sandbox.listen_again()
    server.start()
    eventually(lambda: listed(server)[0]["post_id"], "the post is settled", LOOKED_FOR)
    assert [post.case for post in channel.posts()] == ["ESC-1"]
    assert channel.mention_counts() == dict.fromkeys(APPROVED, 1)
    assert server.hook("issues", BODY).json() == {"result": "duplicate", "escalation": "ESC-1"}


def test_a_kill_between_the_post_and_its_settling_says_nothing_twice(
    server: Server, sandbox: Sandbox, channel: Channel, policy: Policy
) -> None:
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).json()["status"] == "ready", "readiness")
    held = sandbox.faults.add(Fault(kind="hang_after", method="POST", path=r"/api/v4/posts(\?|$)", times=1))
    assert server.hook("issues", BODY).json()["result"] == "escalated"
    assert held.wait_until_held(10)
    server.end(signal.SIGKILL)
    sandbox.faults.clear()
    sandbox.forget_pending_ids()
    (ours,) = channel.posts()
    copy_with_the_same_props(sandbox, policy, ours.id)
    server.start()
    eventually(lambda: listed(server)[0]["post_id"], "the post is settled", LOOKED_FOR)
    assert listed(server)[0]["post_id"] == ours.id
    assert [post.id for post in channel.posts()] == [ours.id]
    assert len(channel.posts(COLLEAGUE)) == 1
    assert channel.mention_counts() == dict.fromkeys(APPROVED, 1)


def copy_with_the_same_props(sandbox: Sandbox, policy: Policy, post_id: str) -> None:
    """A stranger posts what looks like ours to whoever only looks at the props."""
    headers = {"Authorization": f"Bearer {sandbox.token_of(COLLEAGUE)}"}
    ours = requests.get(f"{sandbox.url}/api/v4/posts/{post_id}", headers=headers, timeout=5).json()
    forged = {"channel_id": ours["channel_id"], "message": "nothing to see", "props": ours["props"]}
    assert requests.post(f"{sandbox.url}/api/v4/posts", headers=headers, json=forged, timeout=5).status_code == 201


def test_kills_under_load_lose_nothing_and_say_nothing_twice(
    server: Server, sandbox: Sandbox, channel: Channel
) -> None:
    """Whatever line the process was at: each acknowledged signal has one root post, each mention counts once."""
    acknowledged: list[str] = []
    numbers = count(1)
    for survived in (1, 4, 9, 2, 6):
        killed = threading.Event()
        senders = [threading.Thread(target=send_until, args=(server, numbers, acknowledged, killed)) for _ in range(4)]
        before = len(acknowledged)
        for sender in senders:
            sender.start()
        eventually(lambda before=before, survived=survived: len(acknowledged) >= before + survived, "answers")
        server.end(signal.SIGKILL)
        killed.set()
        for sender in senders:
            sender.join()
        sandbox.forget_pending_ids()
        server.start()
    ready = f"{server.url}/readyz"
    eventually(lambda: requests.get(ready, timeout=5).json()["outbox"] == 0, "an empty outbox", 2 * LOOKED_FOR)
    cases = [str(case["id"]) for case in listed(server)]
    assert set(acknowledged) <= set(cases)
    assert sorted(str(post.case) for post in channel.posts()) == sorted(cases)
    assert channel.mention_counts() == dict.fromkeys(APPROVED, len(cases))


def send_until(server: Server, numbers: Iterator[int], acknowledged: list[str], killed: threading.Event) -> None:
    """Send one sensitive signal after the other; what is answered 200 is acknowledged."""
    while not killed.is_set():
        number = next(numbers)
        body = json.dumps(issue(QUESTION, number, title="License", issue_id=number)).encode()
        try:
            acknowledged.append(server.hook("issues", body).json()["escalation"])
        except requests.RequestException:
            return


def test_a_kill_after_a_deletion_brings_nothing_back(server: Server, sandbox: Sandbox, channel: Channel) -> None:
    """Killed while the text was being posted, and again before the erasure reached Mattermost."""
    eventually(lambda: requests.get(f"{server.url}/readyz", timeout=5).json()["status"] == "ready", "readiness")
    assert server.hook("issues", BODY).json()["result"] == "escalated"
    eventually(channel.posts, "the root post")
    held = sandbox.faults.add(Fault(kind="hang_after", method="POST", path=r"/api/v4/posts(\?|$)", times=1))
    server.hook("issue_comment", json.dumps(comment(QUESTION)).encode())
    assert held.wait_until_held(10)
    server.end(signal.SIGKILL)
    sandbox.faults.clear()
    sandbox.forget_pending_ids()
    server.start()
    sandbox.stop_listening()
    gone = json.dumps(issue(QUESTION, title="License") | {"action": "deleted"}).encode()
    assert server.hook("issues", gone).json() == {"result": "erased", "escalation": "ESC-1"}
    server.end(signal.SIGKILL)
    assert [path.name for path in server.folder.iterdir() if b"AGPL" in path.read_bytes()] == []
    sandbox.listen_again()
    server.start()
    ready = f"{server.url}/readyz"
    eventually(lambda: requests.get(ready, timeout=5).json()["outbox"] == 0, "an empty outbox", 2 * LOOKED_FOR)
    assert len(channel.posts()) == 3
    assert not [post.text for post in channel.posts() if "AGPL" in post.text]
