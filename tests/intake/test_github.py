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
from router.core.signals import Deleted, Moved, Signal
from router.intake.sources.github import SOURCE, parse, sign, thread_of, verify

FIXTURES = Path(__file__).parent / "fixtures" / "github"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
REPOSITORY = "https://github.com/example-org/chat-server"
COMMIT = "3f1c0d9e5b7a42868d0e1f2a3b4c5d6e7f809112"
SECRET = "example-token-0123456789-do-not-keep"  # what the bodies about leaked secrets carry
SIGNALLING = {
    "issues": {"opened", "edited", "labeled"},
    "issue_comment": {"created", "edited"},
    "discussion": {"created", "edited", "labeled"},
    "discussion_comment": {"created", "edited"},
    "pull_request": {"opened", "edited", "labeled"},
    "pull_request_review": {"submitted", "edited"},
    "pull_request_review_comment": {"created", "edited"},
    "commit_comment": {"created"},
    "security_advisory": {"published", "updated"},
}


def recorded(name):
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def signals(event, document):
    return parse({"x-github-event": event}, json.dumps(document).encode(), NOW)


def fault(event, document):
    with pytest.raises(BadInput) as refusal:
        signals(event, document)
    return str(refusal.value)


def told_or_refused(event, document):
    try:
        return repr(signals(event, document))
    except BadInput as refusal:
        return str(refusal)


@pytest.mark.parametrize("headers", [{}, {"x-github-event": ""}])
def test_a_body_without_the_name_of_its_event_is_refused(headers):
    with pytest.raises(BadInput, match=r"^header X-GitHub-Event: missing$"):
        parse(headers, b"{}", NOW)


def test_an_unknown_event_is_not_even_read():
    assert parse({"x-github-event": "solar_eclipse"}, b"\xff", NOW) == []


@pytest.mark.parametrize("action", ["closed", "created", "reopened", "submitted", "unlabeled", "", "Opened"])
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


def test_a_member_is_one_only_where_the_repository_says_whose_it_is():
    document = recorded("issue_comment_created_by_member")
    del document["repository"]["owner"]
    (signal,) = signals("issue_comment", document)
    assert signal.member_of == ""


@pytest.mark.parametrize("association", ["COLLABORATOR", "CONTRIBUTOR", "FIRST_TIMER", "MANNEQUIN", "NONE", None])
def test_whoever_is_neither_owner_nor_member_belongs_to_no_organisation(association):
    document = recorded("issue_comment_created_by_member")
    document["comment"]["author_association"] = association
    (signal,) = signals("issue_comment", document)
    assert signal.member_of == ""


@pytest.mark.parametrize("visibility", ["private", "internal", "something new"])
def test_what_is_said_where_not_everybody_reads_is_confidential(visibility):
    document = recorded("issue_comment_created")
    document["repository"] |= {"private": visibility == "private", "visibility": visibility}
    (signal,) = signals("issue_comment", document)
    assert signal.confidential


def test_an_older_server_that_tells_no_visibility_is_taken_at_its_word():
    document = recorded("issue_comment_created")
    del document["repository"]["visibility"]
    (signal,) = signals("issue_comment", document)
    assert not signal.confidential


@pytest.mark.parametrize("changed", [None, "2026-01-05T08:59:41Z", "2026-01-05T10:59:41+02:00"])
def test_a_signal_is_as_old_as_its_last_change_where_that_is_told(changed):
    document = recorded("issue_opened")
    document["issue"]["updated_at"] = changed
    (signal,) = signals("issues", document)
    assert signal.at == (datetime(2026, 1, 5, 8, 59, 41, tzinfo=UTC) if changed else NOW)


@pytest.mark.parametrize("changed", ["yesterday", "2026-01-05T08:59:41", 1767603581.0])
def test_a_time_that_is_none_is_refused(changed):
    document = recorded("issue_opened")
    document["issue"]["updated_at"] = changed
    assert fault("issues", document).startswith("$.issue.updated_at: ")


def test_of_an_edit_only_what_it_left_is_read():
    document = recorded("issue_edited")
    document["changes"] = {"title": {"from": "my phone number"}, "body": {"from": ["not", "even", "text"]}}
    (signal,) = signals("issues", document)
    assert "phone" not in repr(signal)


@pytest.mark.parametrize(("field", "path"), [("new_issue", "new_issue"), ("new_repository", "new_repository")])
def test_a_transfer_says_where_to(field, path):
    document = recorded("issue_transferred")
    del document["changes"][field]
    assert fault("issues", document) == f"$.changes.{path}: missing"


def test_a_transfer_to_an_address_that_is_none_is_refused():
    document = recorded("issue_transferred")
    document["changes"]["new_issue"]["html_url"] = "javascript:alert(1)"
    assert fault("issues", document) == "$.changes.new_issue.html_url: expected an http or https address"


def test_an_issue_whose_former_self_is_not_told_is_an_issue_like_any_other():
    document = recorded("issue_opened_by_a_transfer")
    document["changes"]["old_issue"] = None
    assert [type(one) for one in signals("issues", document)] == [Signal]


def test_a_transferred_issue_of_a_bot_is_followed_and_not_read():
    document = recorded("issue_opened_by_a_transfer")
    document["issue"]["user"]["type"] = "Bot"
    assert [type(one) for one in signals("issues", document)] == [Moved]


def test_a_transferred_issue_of_a_bot_has_to_have_an_address():
    document = recorded("issue_opened_by_a_transfer")
    document["issue"] |= {"html_url": "javascript:alert(1)", "user": {"login": "helper[bot]", "type": "Bot"}}
    assert fault("issues", document) == "$.issue.html_url: expected an http or https address"


def test_an_account_that_is_gone_has_its_words_deleted_all_the_same():
    document = recorded("issue_comment_deleted")
    document["comment"] |= {"user": None, "body": None}
    assert [type(one) for one in signals("issue_comment", document)] == [Deleted]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("issue_comment_deleted", "issues"),
        ("discussion_comment_deleted", "discussion"),
        ("review_comment_created", "commit_comment"),
    ],
)
def test_a_comment_is_nothing_else_whatever_the_header_says(name, event):
    assert fault(event, recorded(name)).startswith("header X-GitHub-Event: ")


@pytest.mark.parametrize(
    "ghsa_id", ["", "CVE-2026-1", "GHSA-2c4f-6h8j", "GHSA-2c4f-6h8j-9m3p#1", "GHSA-2c4f-6h8j-9m3é"]
)
def test_an_advisory_without_its_id_is_refused(ghsa_id):
    document = recorded("security_advisory_published")
    document["security_advisory"]["ghsa_id"] = ghsa_id
    assert fault("security_advisory", document) == "$.security_advisory.ghsa_id: expected the id of an advisory"


def test_an_advisory_of_a_private_repository_is_confidential_even_when_published():
    document = recorded("advisory_published")
    document["repository"]["private"] = True
    (signal,) = signals("repository_advisory", document)
    assert signal.confidential


def test_an_advisory_is_one_thread_in_its_repository_and_in_the_database():
    (reported,) = signals("repository_advisory", recorded("advisory_reported"))
    (published,) = signals("security_advisory", recorded("security_advisory_published"))
    assert (reported.thread, reported.identity) == (published.thread, published.identity)


@pytest.mark.parametrize("action", ["created", "publicly_leaked", "reopened"])
def test_of_a_leaked_secret_everything_is_told_but_the_secret(action):
    document = recorded("leaked_secret_alert_reopened") | {"action": action}
    (signal,) = signals("secret_scanning_alert", document)
    assert SECRET in json.dumps(document)
    assert SECRET not in repr(signal)
    assert signal.confidential


def test_no_refusal_of_a_body_about_a_leaked_secret_repeats_the_secret():
    document = recorded("leaked_secret_found")
    for field in list(document["alert"]):
        damaged = document | {"alert": document["alert"] | {field: [SECRET]}}
        assert SECRET not in told_or_refused("secret_scanning_alert", damaged)


def test_an_alert_whose_kind_of_secret_is_not_told_is_an_alert():
    document = recorded("leaked_secret_found")
    document["alert"] |= {"secret_type": None, "secret_type_display_name": None}
    (signal,) = signals("secret_scanning_alert", document)
    assert signal.headline == "Leaked secret: unknown"


def test_bodies_may_be_as_large_as_those_that_github_sends():
    assert SOURCE.largest == 25 * 1024 * 1024


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
        (f"{REPOSITORY}/security/secret-scanning/12", "github:example-org/chat-server/secret-scanning/12"),
        (f"{REPOSITORY}/security/advisories/GHSA-2C4f-6h8j-9m3p", "github:ghsa-2c4f-6h8j-9m3p"),
        ("https://github.com/advisories/GHSA-2c4f-6h8j-9m3p", "github:ghsa-2c4f-6h8j-9m3p"),
        ("https://github.com/advisories/GHSA-2c4f-6h8j-9m3pq", None),
        ("https://github.com/advisories", None),
        (f"{REPOSITORY}/security/dependabot/12", None),
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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/issues/12#issuecomment-5", "/issues/12?notification_referrer_id=NT_x#issuecomment-5", True),
        ("/pull/12#issuecomment-5", "/issues/12#issuecomment-5", True),
        ("/pull/12#discussion_r7", "/pull/12/files#r7", True),
        ("/issues/12#issuecomment-5", "/issues/12#issuecomment-6", False),
        ("/issues/12#issuecomment-5", "/issues/13#issuecomment-5", False),
        ("/issues/12", "/issues/12#issuecomment-5", False),
        ("/pull/12", "/pull/12/files", False),
    ],
)
def test_a_remark_has_several_addresses(one, other, same):
    assert SOURCE.same_place(REPOSITORY + one, REPOSITORY + other) is same


def test_an_address_may_be_typed_in_any_case():
    assert SOURCE.same_place(f"{REPOSITORY}/issues/12#issuecomment-5", f"{REPOSITORY.upper()}/issues/12#issuecomment-5")


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
        ("issue_labeled", "issues"),
        ("issue_transferred", "issues"),
        ("advisory_reported", "repository_advisory"),
        ("security_advisory_published", "security_advisory"),
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


@pytest.mark.parametrize("name", ["leaked_secret_found", "dependabot_alert_created"])
def test_alerts_are_not_taken_for_one_another(name):
    with pytest.raises(BadInput, match="does not tell the event"):
        sign({}, json.dumps(recorded(name)).encode(), "secret", NOW)


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
def test_a_real_body_gives_what_its_event_and_action_promise(path):
    event, *_ = path.name.split(".")
    body = path.read_bytes()
    found = {type(one) for one in parse({"x-github-event": event}, body, NOW)}
    document = json.loads(body)
    wanted = {"deleted": Deleted, "transferred": Moved}.get(document.get("action"))
    assert found == ({wanted} if wanted else {Signal} if says_something(event, document) else set())


def says_something(event, document):
    if document.get("action") not in SIGNALLING.get(event, ()):
        return False
    if event == "security_advisory":
        return True
    said = document.get("comment") or document.get("review") or document[event.removesuffix("s")]
    return bool(said.get("title") or said["body"]) and (said["user"] or {}).get("type") != "Bot"
