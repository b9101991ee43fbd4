"""A desk on a sandbox: alice and bob, the bot `router`, an admin, an integration that answers as told."""

import threading
from collections import deque

import pytest
from mattermost_clients import Integration, Person

from router.sandbox import Sandbox


class ManualClock:
    """Milliseconds that move by one at each look, and further when a test says so."""

    def __init__(self):
        self._now = 1_700_000_000_000
        self._lock = threading.Lock()

    def __call__(self):
        with self._lock:
            self._now += 1
            return self._now

    def advance(self, seconds):
        with self._lock:
            self._now += int(seconds * 1000)


class Desk:
    """A team `desk` with the public channel `escalations`, in which alice, bob and the bot `router` are."""

    def __init__(self, sandbox, clock):
        self.sandbox, self.clock = sandbox, clock
        self._clients = deque()
        self.team_id = sandbox.add_team("desk")
        self.channel_id = sandbox.add_channel("desk", "escalations", "Escalations")
        self.ids = {name: sandbox.add_user(name) for name in ("alice", "bob")}
        sandbox.add_bot("router", "Router")
        self.ids["router"] = sandbox.id_of("router")
        sandbox.join("desk/escalations", ["alice", "bob", "router"])
        self.admin = self.client(sandbox.admin_token)
        self.alice, self.bob, self.router = (self.person(name) for name in ("alice", "bob", "router"))

    def client(self, token):
        self._clients.append(Person(self.sandbox.url, token))
        return self._clients[-1]

    def person(self, name):
        return self.client(self.sandbox.token_of(name))

    def say(self, who, message="", **fields):
        answer = who.post("/posts", {"channel_id": self.channel_id, "message": message, **fields})
        assert answer.status_code == 201, answer.text
        return answer.json()

    def button(self, url, *, action_id="claim", context=None, **fields):
        action = {"id": action_id, "name": "Claim", "type": "button", **fields}
        action["integration"] = {"url": url, "context": context or {"item": "42"}}
        return self.say(self.router, "a case", props={"attachments": [{"text": "t", "actions": [action]}]})

    def mentions(self, who):
        return who.get(f"/channels/{self.channel_id}/members/me").json()["mention_count"]

    def close(self):
        for client in self._clients:
            client.close()


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def integration_timeout():
    return 5


@pytest.fixture
def sandbox(clock, integration_timeout):
    with Sandbox.start(clock=clock, integration_timeout=integration_timeout) as started:
        yield started


@pytest.fixture
def desk(sandbox, clock):
    made = Desk(sandbox, clock)
    yield made
    made.close()


@pytest.fixture
def integration():
    service = Integration()
    yield service
    service.close()
