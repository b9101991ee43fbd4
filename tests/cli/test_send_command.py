"""`escalation-router send`: what arrives at the router is what the source would have sent."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

import pytest
from serving import serving

from router.intake.source import sources

SECRET = "it-is-a-secret"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
ISSUE = {
    "action": "opened",
    "issue": {"id": 1, "number": 7, "title": "100% of it & more?", "html_url": "https://github.com/o/r/issues/7"},
    "repository": {"full_name": "o/r", "private": False},
}


@dataclass
class Listener:
    """A stand-in for the router's door: keeps what comes in, and answers as it is told."""

    status: int = 200
    document: object = field(default_factory=lambda: {"result": "escalated", "escalation": "ESC-1"})
    requests: list = field(default_factory=list)
    url: str = ""

    @property
    def headers(self):
        return self.requests[-1][1]

    @property
    def body(self):
        return self.requests[-1][2]


def _handler(listener):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            listener.requests.append((self.path, {name.lower(): text for name, text in self.headers.items()}, body))
            text = listener.document if isinstance(listener.document, bytes) else json.dumps(listener.document).encode()
            self.send_response(listener.status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def _listening(listener):
    with serving(_handler(listener)) as listener.url:
        yield listener


@pytest.fixture
def door():
    with _listening(Listener()) as listener:
        yield listener


@pytest.fixture
def send(run, door, tmp_path):
    """Send an issue from a file of that name, with a secret in the settings."""

    def send(*options, source="github", name="issue.json", payload=None, headers=None, **settings):
        (tmp_path / name).write_bytes(json.dumps(ISSUE).encode() if payload is None else payload)
        if headers is not None:
            (tmp_path / name).with_suffix(".headers.json").write_text(headers, encoding="utf-8")
        settings = {"ROUTER_URL": door.url, f"{source.upper()}_WEBHOOK_SECRET": SECRET} | settings
        return run("send", source, name, *options, **settings)

    return send


def test_the_payload_arrives_signed_as_the_source_signs_it(send, door):
    result = send()
    path, headers, body = door.requests[0]
    assert (result.exit_code, path, body) == (0, "/hooks/github", json.dumps(ISSUE).encode())
    github = sources()["github"]
    assert github.verify(headers, body, [SECRET], NOW) == 0
    assert [one.title for one in github.parse(headers, body, NOW)] == ["100% of it & more?"]


def test_the_router_says_what_became_of_it(send, door):
    assert send().stdout == "escalated: ESC-1\n"
    door.document = {"result": "not_sensitive", "escalation": None}
    assert send().stdout == "not sensitive\n"


def test_json_is_the_routers_answer_and_nothing_else(send, door):
    result = send("--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == door.document


def test_the_first_of_two_secrets_signs_and_an_option_wins_over_both(send, door):
    send(GITHUB_WEBHOOK_SECRET="newer older")
    assert sources()["github"].verify(door.headers, door.body, ["newer"], NOW) == 0
    send("--secret", "mine")
    assert sources()["github"].verify(door.headers, door.body, ["mine"], NOW) == 0


def test_without_a_secret_it_says_which_setting_is_missing(send, door):
    result = send(GITHUB_WEBHOOK_SECRET="")
    assert (result.exit_code, result.stdout, door.requests) == (1, "", [])
    assert result.stderr == "Error: nothing to sign with: set GITHUB_WEBHOOK_SECRET, or give --secret\n"


def test_the_body_tells_the_event_where_nothing_else_does(send, door):
    send()
    assert door.headers["x-github-event"] == "issues"


def test_the_files_name_tells_the_event_if_its_action_is_that_of_the_body(send, door):
    send(name="label.opened.more.json")
    assert door.headers["x-github-event"] == "label"
    send(name="my.issue.json")
    assert door.headers["x-github-event"] == "issues"


def test_the_files_name_tells_the_event_if_the_body_is_about_the_same(send, door):
    for name, event in (("post_edited.json", "post_edited"), ("topic_edited.json", "post_created")):
        send(source="discourse", name=name, payload=b'{"post": {}}')
        assert door.headers["x-discourse-event"] == event


def test_what_is_sent_for_a_forum_is_of_the_forum_of_the_settings(send, door):
    send(source="discourse", payload=b'{"ping": "OK"}', DISCOURSE_URL="https://community.example.org")
    assert door.headers["x-discourse-instance"] == "https://community.example.org"


def test_headers_beside_the_file_are_sent_and_win_over_its_name(send, door):
    headers = {"X-GitHub-Event": "star", "X-GitHub-Delivery": "d-1", "Host": "evil.example", "Content-Length": "1"}
    send(name="label.opened.json", headers=json.dumps(headers))
    assert (door.headers["x-github-event"], door.headers["x-github-delivery"]) == ("star", "d-1")
    assert door.headers["host"] == door.url.removeprefix("http://")


def test_the_option_wins_over_headers_and_name(send, door):
    send("--event", "ping", name="label.opened.json", headers='{"X-GitHub-Event": "star"}')
    assert door.headers["x-github-event"] == "ping"


def test_a_form_holds_the_payload_as_github_sends_it(send, door):
    send("--form")
    assert door.headers["content-type"] == "application/x-www-form-urlencoded"
    assert json.loads(parse_qs(door.body.decode(), strict_parsing=True)["payload"][0]) == ISSUE
    github = sources()["github"]
    assert github.verify(door.headers, door.body, [SECRET], NOW) == 0
    assert [one.title for one in github.parse(door.headers, door.body, NOW)] == ["100% of it & more?"]


def test_headers_of_a_form_make_it_a_form(send, door):
    send(headers='{"Content-Type": "application/x-www-form-urlencoded"}')
    assert door.body.startswith(b"payload=%7B")


@pytest.mark.parametrize("headers", ["nonsense", "[]", '{"X-GitHub-Event": 3}'])
def test_damaged_headers_are_refused_by_the_files_name(send, door, headers):
    result = send(headers=headers)
    assert (result.exit_code, door.requests) == (1, [])
    assert "issue.headers.json: " in result.stderr


@pytest.mark.parametrize("event", ["a\nb: c", "\u5927"])
def test_an_event_that_no_header_can_hold_is_refused(send, door, event):
    result = send("--event", event)
    assert (result.exit_code, door.requests) == (1, [])
    assert result.stderr.startswith("Error: this can't be sent: ")


def test_a_body_that_tells_no_event_is_refused_before_it_is_sent(send, door):
    result = send(payload=b"nonsense")
    assert (result.exit_code, door.requests) == (1, [])
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("status", [302, 400, 401, 404, 413, 503])
def test_a_refusal_is_exit_code_1_with_the_reason(send, door, status):
    door.status, door.document = status, {"error": "wrong \x1b[31msignature"}
    result = send()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"Error: refused with {status}: wrong signature\n"


def test_a_refusal_as_json_is_the_routers_document(send, door):
    door.status, door.document = 401, {"error": "wrong"}
    result = send("--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"error": "wrong"})


@pytest.mark.parametrize("status", [200, 404])
def test_something_else_that_listens_there_is_told_from_a_router(send, door, status):
    door.status, door.document = status, b"<h1>It works!</h1>"
    result = send()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("; that is no escalation router\n")


def test_where_nothing_listens_it_says_so_and_how_to_start_one(send):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        result = send("--url", url)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: nothing listens at {url}: start a router with `escalation-router serve`")


def test_what_does_not_speak_http_is_told(send):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"SSH-2.0-nonsense\r\n\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        result = send("--url", f"http://127.0.0.1:{server.getsockname()[1]}")
        thread.join()
    assert result.exit_code == 1
    assert result.stderr.endswith("does not speak HTTP\n")


@pytest.mark.parametrize("url", ["nowhere", "ftp://example.com", "http://user:password@example.com", "http://a/?b"])
def test_an_address_that_is_none_is_wrong_usage(send, url):
    result = send("--url", url)
    assert result.exit_code == 2
    assert "Error: --url: " in result.stderr


def test_an_event_that_nothing_tells_is_asked_for(send):
    result = send(name="some.json", payload=b"{}")
    assert (result.exit_code, "name the file after its event" in result.stderr) == (1, True)


def test_the_router_may_live_below_a_path(send, door):
    send("--url", f"{door.url}/desk/")
    assert door.requests[0][0] == "/desk/hooks/github"


def test_an_unknown_source_is_wrong_usage_and_the_known_ones_are_named(run, tmp_path):
    (tmp_path / "issue.json").write_text("{}", encoding="utf-8")
    result = run("send", "gitbub", "issue.json")
    assert result.exit_code == 2
    assert "there is no source gitbub; there are: " in result.stderr
    assert "github" in result.stderr.partition("there are: ")[2]


def test_no_proxy_of_the_environment_comes_between(send, door):
    result = send(HTTP_PROXY="http://127.0.0.1:1", http_proxy="http://127.0.0.1:1")
    assert (result.exit_code, len(door.requests)) == (0, 1)


def test_a_generic_sender_is_sent_to_its_own_address_with_its_own_secret(run, door, tmp_path):
    secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    (tmp_path / "question.created.json").write_text('{"action": "created"}', encoding="utf-8")
    result = run("send", "generic/shop", "question.created.json", ROUTER_URL=door.url, GENERIC_SECRETS=f"shop={secret}")
    path, headers, body = door.requests[0]
    assert (result.exit_code, path) == (0, "/hooks/generic/shop")
    assert sources()["generic"].verify(headers, body, [secret], datetime.now(UTC)) == 0


def test_a_generic_sender_without_a_secret_can_be_given_one(run, door, tmp_path):
    (tmp_path / "question.json").write_text("{}", encoding="utf-8")
    assert run("send", "generic/shop", "question.json", ROUTER_URL=door.url).exit_code == 1
    assert run("send", "generic/shop", "question.json", "--secret", "word", ROUTER_URL=door.url).exit_code == 0


def test_a_sender_that_could_be_none_is_told_from_those_that_are(run, tmp_path):
    (tmp_path / "question.json").write_text("{}", encoding="utf-8")
    result = run("send", "shop", "question.json", GENERIC_SECRETS="shop=whsec_QUJD")
    assert result.exit_code == 2
    assert "there is no source shop; there are: " in result.stderr
    assert "generic/shop" in result.stderr
