"""Every way in which a call fails, and what the outbox is told of it."""

import http.server
import inspect
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import mattermostdriver.exceptions
import pytest
import requests
import urllib3
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal
from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs
from router.mattermost.refusals import PERHAPS_SENT, TRANSPORT_ERRORS, clock_difference, refusal_of, unreached
from router.ports import Rendered

API = "https://chat.example.org:8065/api/v4"
BOT, CHANNEL, POST, ROOT = ("b" * 26, "c" * 26, "p" * 26, "r" * 26)
HTML = "<html><body>Bad gateway</body></html>"


def create(client):
    client.create_post(CHANNEL, Rendered("Hello"), key="k", pending_id="p", root_id=ROOT)


def update(client):
    client.update_post(POST, CHANNEL, Rendered("Hello"), key="k")


def fail(client, act=create):
    with pytest.raises(ChatError) as caught:
        act(client)
    return caught.value


def classes_of(module):
    return [one for _, one in inspect.getmembers(module, inspect.isclass) if issubclass(one, Exception)]


@pytest.mark.parametrize(
    ("status", "error_id", "refusal"),
    [
        (400, "api.context.invalid_body_param.app_error", Refusal.INVALID),
        (400, "model.post.is_valid.message_length.app_error", Refusal.INVALID),
        (400, "api.post.create_post.can_not_post_to_deleted.error", Refusal.ARCHIVED),
        (400, "api.post.create_post.root_id.app_error", Refusal.ROOT_GONE),
        (400, "api.post.create_post.channel_root_id.app_error", Refusal.ROOT_GONE),
        (401, "api.context.session_expired.app_error", Refusal.CREDENTIALS),
        (403, "api.context.permissions.app_error", Refusal.FORBIDDEN),
        (404, "app.channel.get.existing.app_error", Refusal.NOT_FOUND),
        (413, "api.context.request_body_too_large.app_error", Refusal.INVALID),
        (414, "api.context.request_url_too_long.app_error", Refusal.INVALID),
        (501, "license_error.feature_unavailable", Refusal.FORBIDDEN),
    ],
)
def test_a_refusal_is_told_by_status_and_id(client, server, status, error_id, refusal):
    server.post(f"{API}/posts", status=status, json={"id": error_id, "message": "in any language"})
    refused = fail(client)
    assert isinstance(refused, ChatRefused)
    assert refused.refusal is refusal
    assert str(refused) == f"{refusal}: POST /posts: {status} {error_id}"


@pytest.mark.parametrize("status", [400, 404, 405, 409, 418])
def test_a_status_that_mattermost_did_not_explain_is_no_refusal(client, server, status):
    server.post(f"{API}/posts", status=status, body=HTML)
    unavailable = fail(client)
    assert isinstance(unavailable, ChatUnavailable)
    assert not unavailable.unclear


@pytest.mark.parametrize(("status", "refusal"), [(401, Refusal.CREDENTIALS), (403, Refusal.FORBIDDEN)])
def test_a_proxy_may_refuse_what_is_tried_again_anyway(client, server, status, refusal):
    server.post(f"{API}/posts", status=status, body=HTML)
    assert fail(client).refusal is refusal


@pytest.mark.parametrize("status", [408, 500, 501, 502, 503, 504])
def test_after_an_error_of_the_server_the_outcome_is_unclear(client, server, status):
    server.post(f"{API}/posts", status=status, body=HTML)
    assert fail(client).unclear


def test_a_post_whose_first_try_is_under_way_is_unclear(client, server):
    server.post(f"{API}/posts", status=500, json={"id": "api.post.deduplicate_create_post.pending"})
    assert fail(client).unclear


def test_a_refusing_id_counts_for_nothing_in_an_error_of_the_server(client, server):
    server.post(f"{API}/posts", status=500, json={"id": "api.post.create_post.root_id.app_error"})
    assert fail(client).unclear


@pytest.mark.parametrize("status", [301, 302, 304, 307])
def test_a_redirect_is_not_followed(client, server, status):
    server.post(f"{API}/posts", status=status, headers={"Location": "https://elsewhere.example.org/"})
    unavailable = fail(client)
    assert isinstance(unavailable, ChatUnavailable)
    assert not unavailable.unclear


@pytest.mark.parametrize("error_id", [None, 7, "", "two words", "x" * 121, "line\nbreak"])
def test_an_id_of_another_shape_is_not_shown(client, server, error_id):
    server.post(f"{API}/posts", status=403, json={"id": error_id})
    assert str(fail(client)) == "not allowed: POST /posts: 403"


@pytest.mark.parametrize(
    "body", [HTML, "", "[1]", '"text"', "null", "[" * 100_000, "{", "{}", '{"id": 7}', b"\xff", "1" * 5000]
)
def test_an_answer_of_success_that_is_no_post_is_unclear(client, server, body):
    server.post(f"{API}/posts", status=201, body=body, content_type="application/json")
    unavailable = fail(client)
    assert isinstance(unavailable, ChatUnavailable)
    assert unavailable.unclear


@pytest.mark.parametrize("body", [HTML, "[]", "[" * 100_000, b"\xff"])
@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_read_is_never_unclear(client, server, status, body):
    server.get(f"{API}/posts/{POST}", status=status, body=body)
    unavailable = fail(client, lambda chat: chat.post(POST))
    assert isinstance(unavailable, ChatUnavailable)
    assert not unavailable.unclear


def test_an_answer_is_json_whatever_its_type_says(client, server):
    answer = {"id": BOT, "username": "escalations"}
    server.get(f"{API}/users/me", json=answer, content_type="application/json; charset=utf-8")
    assert client.me().id == BOT


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"Retry-After": "7"}, timedelta(seconds=7)),
        ({"Retry-After": "0"}, timedelta()),
        ({"Retry-After": "86400"}, timedelta(minutes=5)),
        ({"Retry-After": "9" * 20}, timedelta(minutes=5)),
        ({"Retry-After": "9" * 5000}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT"}, None),
        (
            {"Retry-After": "Fri, 20 Nov 2026 10:00:30 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"},
            timedelta(seconds=30),
        ),
        ({"Retry-After": "Fri, 20 Nov 2026 09:00:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, timedelta()),
        (
            {"Retry-After": "Fri, 20 Nov 2099 09:00:00 GMT", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"},
            timedelta(minutes=5),
        ),
        ({"Retry-After": "Fri, 20 Nov 2026 10:00:30 -0000", "Date": "Fri, 20 Nov 2026 10:00:00 GMT"}, None),
    ],
)
def test_a_limited_rate_is_clear_and_says_how_long(client, server, headers, wait):
    server.post(f"{API}/posts", status=429, body="limit exceeded\n", headers=headers)
    unavailable = fail(client)
    assert (unavailable.unclear, unavailable.retry_after) == (False, wait)


def test_a_server_under_maintenance_says_how_long_too(client, server):
    server.post(f"{API}/posts", status=503, headers={"Retry-After": "60"})
    assert fail(client).retry_after == timedelta(minutes=1)


@settings(deadline=None)
@given(st.text(), st.text())
def test_no_header_breaks_the_translation(retry_after, date):
    response = requests.Response()
    response.status_code, response._content = 429, b"limit exceeded"
    response.headers = CaseInsensitiveDict({"Retry-After": retry_after, "Date": date})
    translated = refusal_of(response, "POST /posts", changes=True)
    assert translated.retry_after is None or timedelta() <= translated.retry_after <= timedelta(minutes=5)


@settings(deadline=None)
@given(st.integers(300, 999), st.binary())
def test_whatever_is_no_success_becomes_a_chat_error(status, body):
    response = requests.Response()
    response.status_code, response._content = status, body
    assert isinstance(refusal_of(response, "POST /posts", changes=True), ChatError)


@pytest.mark.parametrize(("status", "error_id"), [(403, "api.context.permissions.app_error"), (404, "app.post.get")])
def test_an_update_of_a_deleted_post_finds_its_root_gone(client, server, status, error_id):
    server.put(f"{API}/posts/{POST}/patch", status=status, json={"id": error_id})
    server.get(f"{API}/posts/{POST}", status=404, json={"id": "app.post.get.app_error"})
    assert fail(client, update).refusal is Refusal.ROOT_GONE


def test_an_update_of_a_post_that_is_still_there_is_forbidden(client, server):
    server.put(f"{API}/posts/{POST}/patch", status=403, json={"id": "api.context.permissions.app_error"})
    server.get(f"{API}/posts/{POST}", json={"id": POST, "channel_id": CHANNEL, "user_id": BOT, "create_at": 1})
    assert fail(client, update).refusal is Refusal.FORBIDDEN


def test_an_update_of_a_post_that_may_not_be_read_is_forbidden(client, server):
    for method, path in (("PUT", f"/posts/{POST}/patch"), ("GET", f"/posts/{POST}")):
        server.add(method, API + path, status=403, json={"id": "api.context.permissions.app_error"})
    assert fail(client, update).refusal is Refusal.FORBIDDEN


def test_an_update_in_an_archived_channel_says_so(client, server):
    error_id = "api.post.patch_post.can_not_update_post_in_deleted.error"
    server.put(f"{API}/posts/{POST}/patch", status=400, json={"id": error_id})
    assert fail(client, update).refusal is Refusal.ARCHIVED


def test_an_update_whose_post_cannot_be_read_now_is_tried_again(client, server):
    server.put(f"{API}/posts/{POST}/patch", status=403, json={"id": "api.context.permissions.app_error"})
    server.get(f"{API}/posts/{POST}", status=503)
    assert isinstance(fail(client, update), ChatUnavailable)


@pytest.mark.parametrize(
    ("error_id", "refusal"),
    [
        ("api.context.permissions.app_error", Refusal.NOT_FOUND),
        ("api.reaction.save.archived_channel.app_error", Refusal.ARCHIVED),
    ],
)
def test_a_reaction_says_why_it_was_refused(client, server, error_id, refusal):
    server.get(f"{API}/users/me", json={"id": BOT, "username": "escalations"})
    server.post(f"{API}/reactions", status=403, json={"id": error_id})
    if refusal is Refusal.NOT_FOUND:
        server.get(f"{API}/posts/{POST}", status=404, json={"id": "app.post.get.app_error"})
    assert fail(client, lambda chat: chat.react(POST, "eyes")).refusal is refusal


@pytest.mark.parametrize("kind", classes_of(requests.exceptions))
def test_every_exception_of_requests_is_mapped(kind):
    warned = issubclass(kind, Warning)
    not_its_own = kind in {urllib3.exceptions.HTTPError, requests.compat.JSONDecodeError}
    assert kind in PERHAPS_SENT or warned or not_its_own


@pytest.mark.parametrize("kind", classes_of(mattermostdriver.exceptions))
def test_every_exception_of_the_driver_is_one_of_requests(kind):
    assert issubclass(kind, requests.HTTPError)
    assert unreached(kind("a message"), "POST /posts", changes=True).unclear


@pytest.mark.parametrize("kind", PERHAPS_SENT)
def test_every_mapped_exception_is_caught_and_says_whether_it_was_sent(client, server, kind):
    error = kind("text", "document", 0) if kind is requests.JSONDecodeError else kind("text of somebody")
    assert issubclass(kind, TRANSPORT_ERRORS)
    server.post(f"{API}/posts", body=error)
    unavailable = fail(client)
    assert unavailable.unclear is PERHAPS_SENT[kind]
    assert str(unavailable) == f"POST /posts: {kind.__name__}"


@pytest.mark.parametrize(
    "error", [OSError("no CA bundle"), urllib3.exceptions.ProtocolError("reset"), ConnectionResetError()]
)
def test_what_requests_lets_through_is_caught_too(client, server, error):
    server.post(f"{API}/posts", body=error)
    assert fail(client).unclear


def test_a_certificate_that_is_not_trusted_was_sent_nothing(client, server):
    refused = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    pool = urllib3.HTTPSConnectionPool("chat.example.org")
    exhausted = urllib3.exceptions.MaxRetryError(pool, "/", refused)
    server.post(f"{API}/posts", body=requests.exceptions.SSLError(exhausted))
    assert not fail(client).unclear


def test_a_refused_connection_was_sent_nothing():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    unavailable = fail(MattermostClient(f"http://127.0.0.1:{port}", "token", "", Proofs(b"key")))
    assert isinstance(unavailable, ChatUnavailable)
    assert not unavailable.unclear


def test_a_name_that_does_not_resolve_was_sent_nothing():
    unavailable = fail(MattermostClient("http://chat.invalid", "token", "", Proofs(b"key")))
    assert isinstance(unavailable, ChatUnavailable)
    assert not unavailable.unclear


class Forgetful(http.server.BaseHTTPRequestHandler):
    """Keeps the connection after the first answer, and closes it when the second request arrives."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(self.path)
        if len(self.server.seen) in self.server.deaf:
            self.close_connection = True
            return
        body = b'{"id": "b", "username": "escalations"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def forgetful():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful) as listening:
        listening.seen, listening.deaf = [], {2}
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        client = MattermostClient(f"http://127.0.0.1:{listening.server_port}", "token", "", Proofs(b"key"))
        client.me()
        yield listening, client
        client.close()
        listening.shutdown()
        thread.join()


def test_a_read_on_a_dead_connection_is_repeated_at_once(forgetful):
    listening, client = forgetful
    assert client.user("a" * 26).username == "escalations"
    assert len(listening.seen) == 3


def test_a_read_that_dies_again_is_not_repeated_further(forgetful):
    listening, client = forgetful
    listening.deaf = {2, 3}
    assert not fail(client, lambda chat: chat.user("a" * 26)).unclear
    assert len(listening.seen) == 3


def test_a_write_on_a_dead_connection_is_unclear_and_not_repeated(forgetful):
    listening, client = forgetful
    assert fail(client).unclear
    assert len(listening.seen) == 2


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Fri, 20 Nov 2026 10:07:00 GMT", timedelta(minutes=7)),
        ("Fri, 20 Nov 2026 09:53:00 GMT", timedelta(minutes=-7)),
        ("Fri, 20 Nov 2026 10:00:02 GMT", timedelta()),
        ("", None),
        ("yesterday", None),
        ("Fri, 20 Nov 2026 10:07:00 -0000", None),
    ],
)
def test_the_servers_clock_is_told_from_the_date_of_its_answer(date: str, ahead: timedelta | None) -> None:
    assert clock_difference({"Date": date}, datetime(2026, 11, 20, 10, tzinfo=UTC)) == ahead
