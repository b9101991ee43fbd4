"""What tests of a Mattermost, or of its look-alike, act with: a person's client and an integration that answers."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import requests
from websockets.sync.client import connect

PATIENCE = 20  # seconds until something that should come counts as missing


class Person:
    """Somebody's client: the REST API with that person's token over one keep-alive connection."""

    def __init__(self, url, token, user_id="", username=""):
        self.url, self.token, self.id, self.username = url, token, user_id, username
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method, path, body=None, timeout=30, **more):
        prefix = "" if path.startswith(("/sandbox/", "/hooks/commands/")) else "/api/v4"
        return self._session.request(method, self.url + prefix + path, json=body, timeout=timeout, **more)

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

    @contextmanager
    def listening(self, **query):
        """Hold a WebSocket open, its `hello` heard; `query` resumes an earlier one, which has no `hello`."""
        with connect_websocket(self.url, self.token, **query) as websocket:
            ears = Ears(websocket)
            if not query:
                ears.hello = ears.hear("hello")
            yield ears


def connect_websocket(url, token="", origin=None, **query):
    """Return a WebSocket as a context manager, with the token on the upgrade if there is one."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    address = f"{url.replace('http', 'ws', 1)}/api/v4/websocket{'?' if asked else ''}{asked}"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return connect(address, additional_headers=headers, origin=origin, proxy=None)


class Ears:
    """What comes over one WebSocket; everything heard is kept."""

    def __init__(self, websocket):
        self.websocket, self.heard, self.hello = websocket, [], None

    def next(self, timeout=PATIENCE):
        message = json.loads(self.websocket.recv(timeout))
        self.heard.append(message)
        return message

    def hear(self, event, timeout=PATIENCE):
        """Return the next event of that name and pass over what comes before it, and what Mattermost itself posts."""
        give_up_at = time.monotonic() + timeout
        while (left := give_up_at - time.monotonic()) > 0:
            try:
                message = self.next(left)
            except TimeoutError:
                break
            if message.get("event") == event and not _by_mattermost(message):
                return message
        names = [one.get("event") for one in self.heard]
        raise AssertionError(f"no {event} within {timeout} s, only {names}")

    def ask(self, action, seq=1, **data):
        """Send a request and return its reply."""
        self.websocket.send(json.dumps({"seq": seq, "action": action, "data": data}))
        while True:
            message = self.next()
            if "status" in message:
                return message


def _by_mattermost(event):
    """Whether an event tells of a line such as that somebody was added, which comes when it comes."""
    return event["event"] == "posted" and json.loads(event["data"]["post"])["type"].startswith("system_")


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
            assert self._arrived.wait_for(lambda: len(self.received) >= count, PATIENCE)
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
