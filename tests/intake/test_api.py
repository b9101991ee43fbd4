"""Asking a source's API: whatever it does, there is an answer or one kind of error, in bounded time and memory."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select

import pytest
from certificates import untrusted
from serving import serving

from router.core.errors import SourceError
from router.intake.api import LARGEST, Api, Reply

HEADERS = {"Authorization": "Bearer t"}


@dataclass
class Server:
    """A real HTTP server on this machine, which answers as a test tells it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    cut: int = 0
    endless: bool = False
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            named = {name.lower(): text for name, text in self.headers.items()}
            server.asked.append((self.command, self.path, named, body))
            self.send_response(server.status)
            for name, text in server.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(server.body) + server.cut + 10**6 * server.endless))
            self.end_headers()
            self.wfile.write(server.body)
            self.close_connection = True
            with suppress(OSError):
                while server.endless and not select([self.connection], [], [], 0.01)[0]:
                    self.wfile.write(b" ")

        do_POST = do_GET  # noqa: N815  (the name that the standard library calls)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()
    with serving(_handler(told)) as told.url:
        yield told


def get(server: Server, path: str = "/things", **query: str) -> Reply:
    with Api("t") as api:
        return api.get(f"{server.url}{path}", HEADERS, **query)


def test_what_is_asked_has_its_query_and_headers(server: Server) -> None:
    get(server, per_page="100", cursor="a b&c")
    method, path, headers, _ = server.asked[0]
    assert (method, path) == ("GET", "/things?per_page=100&cursor=a+b%26c")
    assert headers["authorization"] == "Bearer t"


def test_what_is_posted_is_json(server: Server) -> None:
    with Api("t") as api:
        api.post(f"{server.url}/jobs", HEADERS, {"from": 1})
    method, path, headers, body = server.asked[0]
    assert (method, path, headers["content-type"], json.loads(body)) == (
        "POST",
        "/jobs",
        "application/json",
        {"from": 1},
    )


@pytest.mark.parametrize("status", [200, 302, 401, 403, 404, 429, 500])
def test_every_status_is_an_answer_and_no_redirect_is_followed(server: Server, status: int) -> None:
    server.status, server.headers = status, {"Location": f"{server.url}/elsewhere", "Retry-After": "7"}
    reply = get(server)
    assert (reply.status, reply.headers["retry-after"], len(server.asked)) == (status, "7", 1)


@pytest.mark.parametrize(
    "body", [b"", b"<h1>It works!</h1>", b'{"a": 1', b"\xff", b'"\xff"', b"[" * 100_000], ids=range(6)
)
def test_what_is_no_json_is_no_document(server: Server, body: bytes) -> None:
    server.body = body
    assert get(server).document is None


def test_a_large_answer_is_an_error_however_small_it_was_packed(server: Server) -> None:
    server.body, server.headers = gzip.compress(b" " * (LARGEST + 1)), {"Content-Encoding": "gzip"}
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 answered with more than"):
        get(server)


def test_an_answer_that_never_comes_to_its_end_is_an_error(server: Server) -> None:
    """A byte now and then, each in time; so the server goes on until nobody listens."""
    server.endless = True
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 takes more than 0.2 s to answer"), Api("t", 0.2) as api:
        api.get(server.url, HEADERS)


def test_a_host_that_says_nothing_is_an_error_that_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Api("t", 0.2) as api:
        url, began = f"http://127.0.0.1:{silent.getsockname()[1]}/things", time.monotonic()
        with pytest.raises(SourceError, match=r"127\.0\.0\.1 can't be reached: it does not answer in time"):
            api.get(url, HEADERS)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}], ids=["not what it says", "cut off"])
def test_a_broken_answer_is_an_error(server: Server, headers: dict[str, str]) -> None:
    server.headers, server.cut = headers, 5
    with pytest.raises(SourceError, match=r"127\.0\.0\.1 can't be reached"):
        get(server)


def test_a_host_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(SourceError, match=r"forum\.invalid can't be reached: there is no connection"), Api("t") as api:
        api.get("https://forum.invalid/posts.json", HEADERS)


def test_a_certificate_that_is_not_trusted_is_told_with_what_to_do(tmp_path: Path) -> None:
    _, context = untrusted(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(Server())) as running:
        running.socket = context.wrap_socket(running.socket, server_side=True)
        thread = threading.Thread(target=running.handle_request)
        thread.start()
        with pytest.raises(SourceError, match="is not trusted; REQUESTS_CA_BUNDLE"), Api("t") as api:
            api.get(f"https://127.0.0.1:{running.server_port}", HEADERS)
        thread.join()


@pytest.mark.parametrize("token", ["t\r\nHost: elsewhere", "\u5927"])
def test_a_token_that_no_header_can_hold_is_an_error_that_does_not_tell_it(server: Server, token: str) -> None:
    with pytest.raises(SourceError) as raised, Api(token) as api:
        api.get(server.url, {"Authorization": f"Bearer {token}"})
    assert token not in str(raised.value)
    assert server.asked == []


def test_no_password_of_this_machine_takes_the_tokens_place(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    get(server)
    assert server.asked[0][2]["authorization"] == "Bearer t"


def test_a_proxy_of_the_environment_is_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    with Api("t") as api:
        api.get("http://forum.invalid/posts.json", HEADERS)
    assert server.asked[0][1] == "http://forum.invalid/posts.json"


def test_a_proxy_that_is_not_there_is_named_as_what_is_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(SourceError, match=r"forum\.invalid can't be reached: the proxy"), Api("t") as api:
        api.get("http://forum.invalid/posts.json", HEADERS)
