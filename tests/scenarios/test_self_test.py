"""The way from Mattermost to the router, asked by a button that the bot presses: what each answer means."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from world import World, world

from router.mattermost.connection import Connection
from router.mattermost.proofs import Proofs
from router.mattermost.self_test import Heard, ask
from router.web.doors import SELF_TEST

KEY = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world(ROUTER_SECRET_KEY=KEY) as told:
        yield told


def heard(desk: World, url: str, key: str = KEY) -> Heard:
    with closing(Connection(desk.sandbox.url, desk.sandbox.token_of("escalations"))) as connection:
        return ask(connection, Proofs(key.encode()), url, SELF_TEST)


def failed_proofs(desk: World) -> dict[str, int]:
    found: dict[str, int] = requests.get(f"{desk.url}/readyz", timeout=5).json()["failed_proofs"]
    return found


@contextmanager
def stranger(answer: bytes) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_port}/mattermost/action"
        server.shutdown()
        serving.join()


def test_a_router_of_the_same_key_is_heard_and_counts_no_failed_proof(desk: World) -> None:
    before = failed_proofs(desk)
    assert heard(desk, f"{desk.url}/mattermost/action") is Heard.ROUTER
    assert failed_proofs(desk) == before


def test_a_router_of_another_key_is_a_stranger(desk: World) -> None:
    assert heard(desk, f"{desk.url}/mattermost/action", key="f" * 64) is Heard.STRANGER


def test_something_else_that_answers_as_an_integration_may_is_a_stranger(desk: World) -> None:
    with stranger(b"{}") as url:
        assert heard(desk, url) is Heard.STRANGER


def test_a_web_page_is_no_answer(desk: World) -> None:
    with stranger(b"<html>Welcome</html>") as url:
        assert heard(desk, url) is Heard.NOTHING


def test_an_address_where_nothing_listens_is_no_answer(desk: World) -> None:
    assert heard(desk, "http://127.0.0.1:9/mattermost/action") is Heard.NOTHING


def test_no_post_of_the_test_is_left(desk: World) -> None:
    heard(desk, f"{desk.url}/mattermost/action")
    token = {"Authorization": f"Bearer {desk.sandbox.token_of('escalations')}"}
    me = desk.sandbox.id_of("escalations")
    url = f"{desk.sandbox.url}/api/v4"
    channel = requests.post(f"{url}/channels/direct", json=[me, me], headers=token, timeout=5).json()["id"]
    assert requests.get(f"{url}/channels/{channel}/posts", headers=token, timeout=5).json()["order"] == []
