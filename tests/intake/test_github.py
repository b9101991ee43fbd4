"""What is GitHub's own: its events, its threads, its addresses, its headers."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.intake.sources.github import parse, sign, thread_of, verify

FIXTURES = Path(__file__).parent / "fixtures" / "github"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REPOSITORY = "https://github.com/example-org/chat-server"
COMMIT = "3f1c0d9e5b7a42868d0e1f2a3b4c5d6e7f809112"
SIGNALLING = {
    "issues": {"opened", "edited"},
    "issue_comment": {"created", "edited"},
    "discussion": {"created", "edited"},
    "discussion_comment": {"created", "edited"},
    "pull_request": {"opened", "edited"},
    "pull_request_review": {"submitted", "edited"},
    "pull_request_review_comment": {"created", "edited"},
    "commit_comment": {"created"},
}


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def signals(event, document):
    return parse({"x-github-event": event}, json.dumps(document).encode(), NOW)


def fault(event, document):
    with pytest.raises(BadInput) as refusal:
        signals(event, document)
    return str(refusal.value)


@pytest.mark.parametrize("headers", [{}, {"x-github-event": ""}])
def test_a_body_without_the_name_of_its_event_is_refused(headers):
    with pytest.raises(BadInput, match=r"^header X-GitHub-Event: missing$"):
        parse(headers, b"{}", NOW)


def test_an_unknown_event_is_not_even_read():
    assert parse({"x-github-event": "solar_eclipse"}, b"\xff", NOW) == []


@pytest.mark.parametrize("action", ["closed", "created", "reopened", "submitted", "transferred", "", "Opened"])
def test_an_action_that_says_nothing_new_gives_no_signal(action):
    assert signals("issues", recorded("issue_opened") | {"action": action}) == []


@pytest.mark.parametrize("name", ["example-org", "example-org/chat/server", "a/b\nc", "a/<b>", "a/b#1", "/b", "a/ü"])
def test_an_odd_name_of_a_repository_is_refused(name):
    document = recorded("issue_opened")
    document["repository"]["full_name"] = name
    assert fault("issues", document) == "$.repository.full_name: expected owner/name"


@pytest.mark.parametrize("commit", [None, "", "3f1c0d9", COMMIT + "0", COMMIT.replace("3", "g")])
def test_a_commit_that_is_not_named_in_full_is_refused(commit):
    document = recorded("commit_comment_created")
    document["comment"]["commit_id"] = commit
    assert fault("commit_comment", document) == "$.comment.commit_id: expected a full commit id"


def test_a_part_that_the_event_promises_has_to_be_there():
    document = recorded("issue_comment_created")
    del document["issue"]
    assert fault("issue_comment", document) == "$.issue: missing"


def test_a_repository_that_does_not_tell_whether_it_is_private_is_refused():
    document = recorded("issue_opened")
    del document["repository"]["private"]
    assert fault("issues", document) == "$.repository.private: missing"


@pytest.mark.parametrize("number", [0, -1, 10**30, -(10**30), 1.5])
def test_an_impossible_number_is_refused(number):
    document = recorded("issue_opened")
    document["issue"]["number"] = number
    assert fault("issues", document).startswith("$.issue.number: ")


@pytest.mark.parametrize("login", ["example-helper[bot]", "example-helper"])
def test_a_bot_is_known_by_its_type_or_its_name(login):
    document = recorded("issue_comment_created")
    document["comment"]["user"] |= {"login": login, "type": "User" if login.endswith("]") else "Bot"}
    assert signals("issue_comment", document) == []


def test_an_enterprise_server_is_an_instance_of_its_own():
    document = recorded("issue_opened")
    document["issue"]["html_url"] = "https://Code.Example.org/example-org/chat-server/issues/1204"
    (signal,) = signals("issues", document)
    assert signal.instance == "code.example.org"


@pytest.mark.parametrize(
    ("url", "thread"),
    [
        (f"{REPOSITORY}/issues/12", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/issues/12#issuecomment-5", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/issues/12/?query=1", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/pull/12/files#r7", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/pull/12/commits/{COMMIT}", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/discussions/12#discussioncomment-5", "github:example-org/chat-server#12"),
        (f"{REPOSITORY}/commit/{COMMIT.upper()}#commitcomment-5", f"github:example-org/chat-server@{COMMIT}"),
        ("http://www.GitHub.com/Example-Org/Chat.Server/Issues/12", "github:example-org/chat.server#12"),
        (f"{REPOSITORY}/commit/3f1c0d9", None),
        (f"{REPOSITORY}/issues", None),
        (f"{REPOSITORY}/issues/0", None),
        (f"{REPOSITORY}/issues/12abc", None),
        (f"{REPOSITORY}/issues/١٢", None),
        (f"{REPOSITORY}/releases/12", None),
        ("https://github.com/orgs/example-org/discussions/12", None),
        ("https://github.com.evil.example/a/b/issues/1", None),
        ("https://evil.example/github.com/a/b/issues/1", None),
        ("ftp://github.com/a/b/issues/1", None),
        ("github:a/b#1", None),
        ("https://[github.com/a/b/issues/1", None),
        ("", None),
    ],
)
def test_an_address_leads_to_its_thread(url, thread):
    assert thread_of(url) == thread


@settings(deadline=None)
@given(st.text() | st.text().map(f"{REPOSITORY}/".__add__) | st.text().map("https://".__add__))
def test_any_text_is_an_address_or_not(url):
    thread = thread_of(url)
    assert thread is None or thread.startswith("github:")


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("issue_opened", "issues"),
        ("issue_comment_created", "issue_comment"),
        ("pull_request_comment_created", "issue_comment"),
        ("discussion_created", "discussion"),
        ("discussion_comment_created", "discussion_comment"),
        ("pull_request_opened", "pull_request"),
        ("review_submitted", "pull_request_review"),
        ("review_comment_created", "pull_request_review_comment"),
        ("commit_comment_created", "commit_comment"),
        ("ping", "ping"),
    ],
)
def test_the_event_is_told_by_the_body_when_it_is_not_given(name, event):
    body = json.dumps(recorded(name)).encode()
    assert sign({}, body, "secret", NOW)["x-github-event"] == event


def test_the_event_of_a_form_is_told_too():
    body = urlencode({"payload": json.dumps(recorded("review_submitted"))}).encode()
    sent = sign({"Content-Type": "application/x-www-form-urlencoded"}, body, "secret", NOW)
    assert sent["x-github-event"] == "pull_request_review"


def test_an_event_that_cannot_be_told_has_to_be_given():
    with pytest.raises(BadInput, match=r"^header X-GitHub-Event: "):
        sign({}, b"{}", "secret", NOW)


def test_headers_that_were_given_win_but_for_the_signature():
    headers = {"X-GitHub-Event": "star", "X-GitHub-Delivery": "d", "Content-Type": "t", "X-Hub-Signature-256": "s"}
    sent = sign(headers, b"not even JSON", "secret", NOW)
    assert (sent["x-github-event"], sent["x-github-delivery"], sent["content-type"]) == ("star", "d", "t")
    assert verify(sent, b"not even JSON", ["secret"], NOW) == 0


def test_every_delivery_has_an_id_of_its_own():
    one, other = (sign({"x-github-event": "star"}, b"{}", "secret", NOW) for _ in range(2))
    assert one["x-github-delivery"] != other["x-github-delivery"]


def extra_payloads():
    folder = os.environ.get("ROUTER_EXTRA_PAYLOADS")
    return sorted((Path(folder) / "github").glob("*.json")) if folder else []


@pytest.mark.parametrize("path", extra_payloads(), ids=lambda path: path.name)
def test_a_real_body_gives_a_signal_whenever_somebody_said_something_in_public(path):
    event, *_ = path.name.split(".")
    body = path.read_bytes()
    found = parse({"x-github-event": event}, body, NOW)
    assert bool(found) == says_something(event, json.loads(body))


def says_something(event, document):
    if document.get("action") not in SIGNALLING.get(event, ()) or document["repository"]["private"]:
        return False
    said = document.get("comment") or document.get("review") or document[event.removesuffix("s")]
    return bool(said.get("title") or said["body"]) and (said["user"] or {}).get("type") != "Bot"
