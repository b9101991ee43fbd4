"""What people are told of each condition: one line, which says what to do."""

import http.server
import ssl
import threading

import certificates
import pytest
import requests

from router.core.errors import ChatError
from router.mattermost import remedies
from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs
from router.mattermost.remedies import of_version

API = "https://chat.example.org:8065/api/v4"
HTML = "<html><body>Sign in</body></html>"


def told(client):
    with pytest.raises(ChatError) as caught:
        client.me()
    return caught.value.told


@pytest.mark.parametrize(
    ("status", "error_id", "line"),
    [
        (401, "api.context.session_expired.app_error", remedies.CREDENTIALS),
        (403, "api.context.permissions.app_error", remedies.FORBIDDEN),
        (400, "api.post.create_post.can_not_post_to_deleted.error", remedies.ARCHIVED),
        (404, "app.team.get_by_name.missing.app_error", remedies.NO_TEAM),
        (404, "app.channel.get_by_name.missing.app_error", remedies.NO_CHANNEL),
        (404, "api.context.404.app_error", remedies.UNKNOWN_CALL),
        (501, "license_error.feature_unavailable", remedies.SWITCHED_OFF),
        (500, "app.post.save.app_error", remedies.SERVER_ERROR.format(status=500)),
    ],
)
def test_each_refusal_of_mattermost_has_its_remedy(client, server, status, error_id, line):
    server.get(f"{API}/users/me", status=status, json={"id": error_id, "message": "in any language"})
    assert told(client) == line


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (200, remedies.NOT_MATTERMOST),
        (401, remedies.GUARDED),
        (403, remedies.BLOCKED),
        (404, remedies.NOT_MATTERMOST),
        (407, remedies.GUARDED),
        (429, remedies.LIMITED),
        (502, remedies.PROXY_ALONE.format(status=502)),
    ],
)
def test_the_page_of_a_proxy_is_told_from_mattermosts_own_answer(client, server, status, line):
    server.get(f"{API}/users/me", status=status, body=HTML)
    assert told(client) == line


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("https://chat.example.net/api/v4/users/me?token=secret", " to https://chat.example.net"),
        ("https://chat.example.net:8443", " to https://chat.example.net:8443"),
        ("/login", ""),
        ("javascript:alert(1)", ""),
        ("https://user:secret@chat.example.net/", ""),
    ],
)
def test_a_redirect_says_where_it_leads_and_no_more(client, server, location, to):
    server.get(f"{API}/users/me", status=302, headers={"Location": location})
    assert told(client) == remedies.REDIRECTED.format(to=to)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (requests.ReadTimeout(), remedies.SLOW),
        (requests.ConnectTimeout(), remedies.SLOW),
        (requests.exceptions.SSLError(ssl.SSLError("wrong version number")), remedies.NO_TLS),
        (requests.ConnectionError(), remedies.UNREACHED),
    ],
)
def test_what_kept_the_call_from_arriving_is_named(client, server, error, line):
    server.get(f"{API}/users/me", body=error)
    assert told(client) == line


def lonely_client(url):
    return MattermostClient(url, "token", "", Proofs(b"key"))


def test_a_port_where_nothing_listens_is_named():
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listening:
        port = listening.server_port
    assert told(lonely_client(f"http://127.0.0.1:{port}")) == remedies.NOT_LISTENING


def test_a_name_that_does_not_resolve_is_named():
    assert told(lonely_client("http://chat.invalid")) == remedies.NO_NAME


@pytest.fixture
def untrusted(tmp_path):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listening:
        _, context = certificates.untrusted(tmp_path)
        listening.socket = context.wrap_socket(listening.socket, server_side=True)
        listening.handle_error = lambda *_: None
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening.server_port
        listening.shutdown()
        thread.join()


def test_a_certificate_that_is_not_trusted_is_named_with_the_reason(untrusted):
    line = told(lonely_client(f"https://127.0.0.1:{untrusted}"))
    assert line == remedies.UNTRUSTED.format(why="self-signed certificate")


def test_a_server_without_tls_is_named():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as listening:
        listening.handle_error = lambda *_: None
        listening.RequestHandlerClass.log_message = lambda *_: None
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        line = told(lonely_client(f"https://127.0.0.1:{listening.server_port}"))
        listening.shutdown()
        thread.join()
    assert line == remedies.NO_TLS


@pytest.mark.parametrize("version", ["11.0.0.123.hash.false", "11.6.0.sandbox", "12.1.3"])
def test_a_version_that_the_router_is_made_for_is_not_remarked_upon(version):
    assert of_version(version) == ""


@pytest.mark.parametrize("version", ["10.11.2.9999.abc.true", "5.39.0"])
def test_an_older_server_is_named_with_its_version(version):
    assert f"version {'.'.join(version.split('.')[:3])}:" in of_version(version)


@pytest.mark.parametrize("version", ["", "nightly", "7", "11.6.x", "v11.6.0", "9" * 500 + ".0.0"])
def test_a_version_of_another_shape_is_named_without_repeating_it(version):
    line = of_version(version)
    assert "does not tell a version" in line
    assert not version or version not in line


def test_every_line_is_one_line():
    lines = [value for name, value in vars(remedies).items() if name.isupper() and isinstance(value, str)]
    assert lines
    assert not [line for line in lines if "\n" in line]
