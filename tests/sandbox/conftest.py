"""A desk on a sandbox: alice and bob, the bot `router`, an admin, an integration that answers as told."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import requests

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


class Person:
    """Somebody's client: the REST API with that person's token over one keep-alive connection."""

    def __init__(self, sandbox, token):
        self._sandbox = sandbox
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, body=None, timeout=10, **more):
        prefix = "" if path.startswith(("/sandbox/", "/hooks/commands/")) else "/api/v4"
        return self._session.request(method, self._sandbox.url + prefix + path, json=body, timeout=timeout, **more)

    def get(self, path, **query):
        return self.call("GET", path, params=query)

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more)

    def put(self, path, body=None):
        return self.call("PUT", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def close(self):
        self._session.close()


class Integration:
    """An HTTP service that keeps what it is sent and gives one programmed answer."""

    def __init__(self):
        self.received = []
        self.answer_with(200, "{}")
        self.before_answering = lambda request: None
        self._arrived = threading.Condition()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                service.take(self, self.rfile.read(length).decode())

            do_GET = do_POST  # noqa: N815 - the name that http.server looks for

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._server.handle_error = lambda *arguments: None  # a caller that timed out is no fault here
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def answer_with(self, status, text, content_type="application/json", **headers):
        self._answer = (status, text if isinstance(text, str) else json.dumps(text), content_type, headers)

    def take(self, handler, body):
        request = {"method": handler.command, "path": handler.path, "headers": dict(handler.headers), "body": body}
        with self._arrived:
            self.received.append(request)
            self._arrived.notify_all()
        self.before_answering(request)
        status, text, content_type, headers = self._answer
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text.encode())

    def wait_for(self, count):
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, 5)
        return self.received

    @property
    def last_json(self):
        return json.loads(self.received[-1]["body"])

    @property
    def last_form(self):
        return parse_qs(self.received[-1]["body"], keep_blank_values=True)

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


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
        self._clients.append(Person(self.sandbox, token))
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
