"""What keeps Mattermost from doing what is asked is named with its remedy, costs nothing, and ends by itself."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from world import World, eventually, world

from router.mattermost import remedies
from router.sandbox import Fault

POSTS = r"/api/v4/posts(\?|$)"
JASON = "jason.blais"


@pytest.fixture
def desk() -> Iterator[World]:
    with world() as told:
        yield told


def degraded(desk: World, line: str) -> None:
    """Wait until `/readyz` says so."""
    eventually(lambda: desk.ready()["mattermost"] == line, line)
    assert desk.ready()["status"] == "degraded"


def delivered_once(desk: World, case: str) -> None:
    """Wait until all is out and well, and see that it was said once."""
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 30)
    assert desk.ready()["status"] == "ready"
    assert sum(post.case == case for post in desk.posts) == 1
    assert desk.member(JASON).mention_count(desk.places()[1]) == 1


def of_channel(desk: World, line: str) -> str:
    return f"~{desk.policy.escalations_channel}: {line}"


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        ({"status": 401, "error_id": "api.context.session_expired.app_error"}, remedies.CREDENTIALS),
        ({"status": 500}, remedies.SERVER_ERROR.format(status=500)),
        ({"kind": "rate_limited", "retry_after": 2}, remedies.LIMITED),
        ({"kind": "refused"}, remedies.UNREACHED),
    ],
    ids=["token", "server error", "rate limit", "closed"],
)
def test_a_trouble_of_the_server_is_named_until_it_is_over(desk: World, fault: dict[str, Any], line: str) -> None:
    desk.sandbox.faults.add(Fault(method="POST", path=POSTS, **fault))
    case = desk.post("[licensing] may we?")["escalation"]
    degraded(desk, line)
    desk.sandbox.faults.clear()
    delivered_once(desk, case)


class Front:
    """Whatever stands before Mattermost: passes everything on, or answers itself."""

    def __init__(self, upstream: str) -> None:
        host, port = upstream.removeprefix("http://").split(":")
        self._upstream = (host, int(port))
        self._answer = b""
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def answer(self, head: str, body: str = "<html><body>not here</body></html>") -> None:
        """Answer everything so from now on; with nothing, pass it on again."""
        self._answer = f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode() if head else b""
        self.cut()

    def cut(self) -> None:
        """End what is open."""
        while self._open:
            with suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._server.accept()
                if self._answer:
                    threading.Thread(target=self._refuse, args=(here,), daemon=True).start()
                    continue
                there = socket.create_connection(self._upstream)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _refuse(self, here: socket.socket) -> None:
        with here, suppress(OSError):
            here.recv(65536)
            here.sendall(self._answer)

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with one:
            with suppress(OSError):
                while given := one.recv(65536):
                    other.sendall(given)
            with suppress(OSError):
                other.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def front(desk: World) -> Iterator[Front]:
    made = Front(desk.sandbox.url)
    desk.restart(MATTERMOST_URL=made.url)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("200 OK\r\nContent-Type: text/html", remedies.NOT_MATTERMOST),
        ("302 Found\r\nLocation: https://chat.example.org/login", remedies.REDIRECTED),
        ("401 Unauthorized\r\nWWW-Authenticate: Basic", remedies.GUARDED),
        ("403 Forbidden", remedies.BLOCKED),
        ("502 Bad Gateway", remedies.PROXY_ALONE.format(status=502)),
    ],
    ids=["page", "redirect", "password", "forbidden", "bad gateway"],
)
def test_what_stands_before_mattermost_is_named_until_it_lets_pass(
    desk: World, front: Front, head: str, line: str
) -> None:
    front.answer(head)
    case = desk.post("[licensing] may we?")["escalation"]
    degraded(desk, line.format(to=" to https://chat.example.org"))
    front.answer("")
    delivered_once(desk, case)


def test_a_disabled_bot_goes_on_when_it_is_enabled(desk: World) -> None:
    desk.sandbox.deactivate("escalations")
    case = desk.post("[licensing] may we?")["escalation"]
    degraded(desk, remedies.CREDENTIALS)
    desk.sandbox.activate("escalations")
    delivered_once(desk, case)


def test_a_bot_that_was_removed_from_the_channel_goes_on_when_it_is_back(desk: World) -> None:
    channel, bot = desk.places()[1], desk.sandbox.id_of("escalations")
    desk.as_admin("DELETE", f"/channels/{channel}/members/{bot}")
    case = desk.post("[licensing] may we?")["escalation"]
    degraded(desk, of_channel(desk, remedies.FORBIDDEN))
    desk.as_admin("POST", f"/channels/{channel}/members", {"user_id": bot})
    delivered_once(desk, case)


def test_an_archived_channel_is_posted_in_when_it_is_restored(desk: World) -> None:
    channel = desk.places()[1]
    desk.as_admin("DELETE", f"/channels/{channel}")
    case = desk.post("[licensing] may we?")["escalation"]
    degraded(desk, of_channel(desk, remedies.ARCHIVED))
    desk.as_admin("POST", f"/channels/{channel}/restore")
    delivered_once(desk, case)


def test_a_channel_made_anew_under_its_name_takes_the_place_of_the_archived_one(desk: World) -> None:
    team, channel = desk.places()
    old = desk.post("[licensing] may we?")["escalation"]
    desk.settle()
    desk.as_admin("PUT", f"/channels/{channel}/patch", {"name": "put-away"})
    desk.as_admin("DELETE", f"/channels/{channel}")
    desk.sandbox.add_channel(desk.policy.team, desk.policy.escalations_channel)
    names = ["escalations", *(person.mattermost for person in desk.policy.people.values())]
    desk.sandbox.join(f"{desk.policy.team}/{desk.policy.escalations_channel}", names)
    assert desk.places() != (team, channel)
    new = desk.post("[licensing] and we?", 2)["escalation"]
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 30)
    desk.type(JASON, f"claim {old}")
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 30)
    assert sorted(post.case for post in desk.posts if post.case) == [old, new]


def test_a_renamed_channel_goes_on_and_is_remarked_upon_after_a_restart_too(tmp_path) -> None:
    with world(f"tinydb:///{tmp_path / 'router.json'}") as desk:
        channel = desk.places()[1]
        desk.as_admin("PUT", f"/channels/{channel}/patch", {"name": "hot-potatoes"})
        desk.restart()
        case = desk.post("[licensing] may we?")["escalation"]
        desk.settle()
        assert [post.case for post in desk.member(JASON).posts(channel) if post.case] == [case]
        (remark,) = desk.ready()["remarks"]
        name = desk.policy.escalations_channel
        assert remark == f"the channel {name} is called hot-potatoes now: put that into the policy file"
        assert desk.ready()["status"] == "ready"


def test_a_team_that_is_not_there_is_named(desk: World) -> None:
    desk.sandbox.faults.add(
        Fault(status=404, error_id="app.team.get_by_name.missing.app_error", method="GET", path="/teams/name/")
    )
    desk.sandbox.faults.add(Fault(status=403, error_id="api.context.permissions.app_error", path="/channels/"))
    desk.router.lookout.look()
    degraded(desk, of_channel(desk, remedies.NO_TEAM))
    desk.sandbox.faults.clear()
    desk.router.lookout.look()
    assert desk.ready()["status"] == "ready"


def test_a_state_is_logged_once_however_many_tries_it_takes(desk: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk.sandbox.faults.add(
        Fault(status=401, error_id="api.context.session_expired.app_error", method="POST", path=POSTS, times=6)
    )
    for number in (1, 2, 3):
        desk.post("[licensing] may we?", number)
    eventually(lambda: desk.router.desk.store.backlog() == 0, "an empty outbox", 30)
    said = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert [line for line in said if line.startswith("Mattermost: ")] == [
        f"Mattermost: {remedies.CREDENTIALS} (token refused: POST /posts: 401 api.context.session_expired.app_error)"
    ]
    assert any(one.getMessage() == "Mattermost does again what it is asked" for one in caplog.records)


def test_what_can_never_be_delivered_is_no_readiness(desk: World) -> None:
    desk.sandbox.faults.add(
        Fault(status=400, error_id="model.post.is_valid.app_error", method="POST", path=POSTS, times=1)
    )
    desk.post("[licensing] may we?")
    desk.settle()
    assert (desk.ready()["status"], desk.ready()["given_up"], desk.ready()["mattermost"]) == ("degraded", 1, "ok")
