"""What a forum said while the router was down is taken in when it is back, once, whenever it is killed meanwhile."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from server_process import Server
from serving import serving
from world import eventually

from router.cli.demo.furnishing import furnish
from router.core.policy import Policy
from router.intake.source import sources
from router.sandbox import Sandbox

SECRET = "a-secret-that-the-forum-knows"
QUESTION = "May we use the source under the AGPL in a commercial product?"
SENSITIVE, ALL = 4, 400
ENDED = "discourse: missed since"


@dataclass
class Forum:
    """A forum that tells its latest posts, newest first, by pages of 50."""

    url: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)

    def say(self, text: str) -> None:
        number = len(self.posts) + 1
        self.posts.append(
            {
                "id": number,
                "post_number": 1,
                "post_type": 1,
                "topic_id": number,
                "topic_title": "A question",
                "topic_archetype": "regular",
                "raw": text,
                "username": "ada",
                "user_id": 7,
                "created_at": datetime.now(UTC).isoformat(),
            }
        )

    def page(self, before: int | None) -> list[dict[str, Any]]:
        older = [post for post in reversed(self.posts) if before is None or post["id"] < before]
        return older[:50]


def _handler(forum: Forum) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            before = parse_qs(urlsplit(self.path).query).get("before")
            text = json.dumps({"latest_posts": forum.page(int(before[0]) if before else None)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def forum() -> Iterator[Forum]:
    told = Forum()
    with serving(_handler(told)) as told.url:
        yield told


@pytest.fixture
def server(tmp_path: Path, sandbox: Sandbox, policy: Policy, forum: Forum) -> Iterator[Server]:
    """A router that the forum has brought something, and that was ended since."""
    settings = {
        "DISCOURSE_URL": forum.url,
        "DISCOURSE_WEBHOOK_SECRET": SECRET,
        "DISCOURSE_API_KEY": "a-key",
        "DISCOURSE_API_USERNAME": "reader",
    }
    started = Server(tmp_path, sandbox.url, furnish(sandbox, policy, "http://127.0.0.1:9"), settings=settings)
    started.start()
    headers = {"x-discourse-event": "ping", "x-discourse-instance": forum.url}
    signed = sources()["discourse"].sign(headers, b'{"ping": "OK"}', SECRET, datetime.now(UTC))
    assert requests.post(f"{started.url}/hooks/discourse", data=b'{"ping": "OK"}', headers=signed, timeout=5).ok
    started.end()
    yield started
    started.close()


def command(server: Server, *words: str) -> Any:
    given = server.environment() | {"ROUTER_URL": server.url}
    done = subprocess.run(
        [sys.executable, "-m", "router.cli", *words, "--json"],
        env=given,
        capture_output=True,
        text=True,
        check=True,
        cwd=server.folder,
    )
    return json.loads(done.stdout)


def test_killed_while_it_takes_in_what_was_missed_it_takes_in_all_of_it_once(server: Server, forum: Forum) -> None:
    for number in range(ALL):
        forum.say(QUESTION if number % (ALL // SENSITIVE) == 0 else "How do I change the colours?")
    server.start()
    eventually(lambda: "escalated ESC-1" in server.logged(), "the first of them")
    server.end(signal.SIGKILL)
    ended = server.logged().count(ENDED)
    server.start()
    eventually(lambda: server.logged().count(ENDED) > ended, "the end of the run after that", 60)
    threads = [case["thread"] for case in command(server, "list")]
    assert sorted(threads) == sorted(f"discourse:127.0.0.1/{1 + n * ALL // SENSITIVE}" for n in range(SENSITIVE))
    again = command(server, "replay", "discourse", "--since", "1d")
    assert again["results"] == {"duplicate": SENSITIVE, "not_sensitive": ALL - SENSITIVE}
    assert len(command(server, "list")) == SENSITIVE


def test_it_ends_at_once_while_a_source_keeps_it_waiting(server: Server, sandbox: Sandbox) -> None:
    """What does not answer is an address to which connections are made, and nobody says a word."""
    silent = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    try:
        server.settings = {**server.settings, "DISCOURSE_URL": f"http://127.0.0.1:{silent.server_port}"}
        server.start()
        silent.socket.settimeout(10)
        asked, _ = silent.socket.accept()
        assert server.end() == 0
        asked.close()
    finally:
        silent.server_close()
