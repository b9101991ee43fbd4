"""The bot's own WebSocket, against the look-alike server and against one that sends what no server should."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from between import HOST, Between
from certificates import untrusted
from websockets.sync.server import serve

from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal
from router.mattermost.websocket import LARGEST_FRAME, NO_UPGRADE, MattermostEvents
from router.ports import AccountChanged, Missed, PostDeleted, Posted
from router.sandbox import Fault, Sandbox

PATIENCE = 30.0
SILENCE = 1.0  # long enough for an answer on a busy machine
BOT = "escalations"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as started:
        started.add_team("desk")
        started.add_channel("desk", "private", private=True)
        started.add_user("alice")
        started.add_user("bob")
        started.add_bot(BOT)
        started.join("desk/private", ["alice", BOT])
        yield started


class Ear:
    """Listens in a thread, as the router does; what comes is taken one by one, the error that ended it at last."""

    def __init__(self, events: MattermostEvents) -> None:
        self.events = events
        self.heard: queue.Queue[object] = queue.Queue()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self) -> None:
        try:
            for happening in self.events.listen():
                self.heard.put(happening)
        except ChatError as error:
            self.heard.put(error)

    def next(self) -> object:
        return self.heard.get(timeout=PATIENCE)


@contextmanager
def listening(url: str, token: str, silence: float = PATIENCE) -> Iterator[Ear]:
    ear = Ear(MattermostEvents(url, token, silence))
    try:
        yield ear
    finally:
        ear.events.close()
        ear.thread.join()


@pytest.fixture
def ear(sandbox: Sandbox) -> Iterator[Ear]:
    with listening(sandbox.url, sandbox.token_of(BOT)) as ear:
        assert ear.next() == Missed()
        yield ear


def call(sandbox: Sandbox, username: str, method: str, path: str, body: object = None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {sandbox.token_of(username)}"}
    answer = requests.request(method, f"{sandbox.url}/api/v4{path}", json=body, headers=headers, timeout=5)
    answer.raise_for_status()
    return answer.json()


def channel_of(sandbox: Sandbox, name: str = "private") -> str:
    return call(sandbox, "alice", "GET", f"/teams/name/desk/channels/name/{name}")["id"]


def say(sandbox: Sandbox, channel_id: str, text: str, root_id: str = "", username: str = "alice") -> str:
    body = {"channel_id": channel_id, "message": text, "root_id": root_id}
    return call(sandbox, username, "POST", "/posts", body)["id"]


def posted(happening: object) -> Posted:
    assert isinstance(happening, Posted), happening
    return happening


def test_a_post_in_a_private_channel_is_told_whole(sandbox: Sandbox, ear: Ear) -> None:
    root = say(sandbox, channel_of(sandbox), "a root")
    reply = say(sandbox, channel_of(sandbox), "claim", root)
    told = [posted(ear.next()) for _ in range(2)]
    assert [one.post.id for one in told] == [root, reply]
    assert (told[1].post.root_id, told[1].post.message, told[1].direct) == (root, "claim", False)
    assert told[1].post.user_id == sandbox.id_of("alice")


def test_an_edit_is_told_with_what_the_post_says_now(sandbox: Sandbox, ear: Ear) -> None:
    edited = say(sandbox, channel_of(sandbox), "claim")
    assert not posted(ear.next()).edited
    call(sandbox, "alice", "PUT", f"/posts/{edited}/patch", {"message": "release"})
    told = posted(ear.next())
    assert (told.post.id, told.post.message, told.edited) == (edited, "release", True)


def test_a_deletion_is_told_with_the_thread_it_was_in(sandbox: Sandbox, ear: Ear) -> None:
    root = say(sandbox, channel_of(sandbox), "a root")
    reply = say(sandbox, channel_of(sandbox), "a reply", root)
    assert [posted(ear.next()).post.id for _ in range(2)] == [root, reply]
    call(sandbox, "alice", "DELETE", f"/posts/{reply}")
    assert ear.next() == PostDeleted(reply, channel_of(sandbox), root)


def test_a_direct_message_is_told_as_one(sandbox: Sandbox, ear: Ear) -> None:
    direct = call(sandbox, "alice", "POST", "/channels/direct", [sandbox.id_of("alice"), sandbox.id_of(BOT)])["id"]
    say(sandbox, direct, "help")
    assert posted(ear.next()).direct


def test_a_bot_that_is_added_to_a_channel_is_told_that_it_missed_something(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_channel("desk", "another", private=True)
    sandbox.join("desk/another", ["alice"])
    body = {"user_id": sandbox.id_of(BOT)}
    headers = {"Authorization": f"Bearer {sandbox.admin_token}"}
    url = f"{sandbox.url}/api/v4/channels/{channel_of(sandbox, 'another')}/members"
    requests.post(url, json=body, headers=headers, timeout=5).raise_for_status()
    assert Missed() in [ear.next(), ear.next()]  # and the line that says so in the channel


def test_an_account_that_has_changed_is_told_with_its_id(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.add_user("dana")
    sandbox.rename("dana", "dana.now")
    assert ear.next() == AccountChanged(sandbox.id_of("dana.now"))


def test_a_connection_that_breaks_is_unavailable(sandbox: Sandbox, ear: Ear) -> None:
    sandbox.cut_websockets()
    assert isinstance(ear.next(), ChatUnavailable)


def test_a_server_that_is_down_is_unavailable_and_says_what_to_look_at(sandbox: Sandbox) -> None:
    sandbox.stop_listening()
    with listening(sandbox.url, "a-token") as ear:
        error = ear.next()
    assert isinstance(error, ChatUnavailable)
    assert "nothing listens at MATTERMOST_URL" in error.told


def test_a_wrong_token_is_refused(sandbox: Sandbox) -> None:
    with listening(sandbox.url, "x" * 26) as ear:
        error = ear.next()
    assert isinstance(error, ChatRefused)
    assert error.refusal is Refusal.CREDENTIALS


def test_a_token_that_is_taken_back_while_connected_ends_the_listening(sandbox: Sandbox) -> None:
    """The connection stays open then, and nothing comes any more."""
    with listening(sandbox.url, sandbox.token_of(BOT), silence=SILENCE) as ear:
        assert ear.next() == Missed()
        sandbox.deactivate(BOT)
        assert "the token does not hold any more" in str(ear.next())


def test_a_server_that_stands_still_is_noticed(sandbox: Sandbox) -> None:
    with listening(sandbox.url, sandbox.token_of(BOT), silence=0.2) as ear:
        assert ear.next() == Missed()
        sandbox.freeze_websockets()
        assert "no answer" in str(ear.next())
        sandbox.thaw_websockets()


def test_a_proxy_that_passes_no_websocket_is_named(sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault(method="GET", path="/api/v4/websocket", status=404))
    with listening(sandbox.url, sandbox.token_of(BOT)) as ear:
        error = ear.next()
    assert isinstance(error, ChatUnavailable)
    assert error.told == NO_UPGRADE


def test_whoever_listens_can_be_ended_at_any_time(sandbox: Sandbox, ear: Ear) -> None:
    ear.events.close()
    assert isinstance(ear.next(), ChatUnavailable)
    ear.thread.join(PATIENCE)
    assert not ear.thread.is_alive()


def test_what_was_ended_does_not_listen_again(sandbox: Sandbox) -> None:
    events = MattermostEvents(sandbox.url, sandbox.token_of(BOT))
    events.close()
    with pytest.raises(ChatUnavailable, match="closed"):
        next(events.listen())


def test_the_token_is_shown_nowhere(caplog: pytest.LogCaptureFixture, sandbox: Sandbox) -> None:
    caplog.set_level("DEBUG")
    token = sandbox.token_of(BOT)
    with listening(sandbox.url, token) as ear:
        assert ear.next() == Missed()
        assert token not in repr(ear.events)
    assert token not in caplog.text


def test_a_deactivated_account_is_told_by_its_id(sandbox: Sandbox, ear: Ear) -> None:
    bob = sandbox.id_of("bob")
    sandbox.deactivate("bob")
    assert ear.next() == AccountChanged(bob)


# ------------------------------------------------------------------------------------------- the way there


def test_it_goes_by_the_proxy_of_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    host = sandbox.url.removeprefix("http://")
    with Between() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"{HOST}:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        with listening(sandbox.url, sandbox.token_of(BOT)) as ear:
            assert ear.next() == Missed()
    assert proxy.asked == [f"GET {sandbox.url}/api/v4/users/me", f"CONNECT {host}"]


def test_it_goes_by_no_proxy_where_the_environment_makes_an_exception(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", HOST)
    with listening(sandbox.url, sandbox.token_of(BOT)) as ear:
        assert ear.next() == Missed()


def test_it_trusts_the_authority_that_the_environment_names(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = untrusted(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted))
    with Between(context, sandbox.url) as front, listening(front.url, sandbox.token_of(BOT)) as ear:
        assert ear.next() == Missed()


def test_it_trusts_no_certificate_that_nobody_vouches_for(sandbox: Sandbox, tmp_path: Path) -> None:
    _, context = untrusted(tmp_path)
    with Between(context, sandbox.url) as front, listening(front.url, sandbox.token_of(BOT)) as ear:
        error = ear.next()
    assert isinstance(error, ChatUnavailable)
    assert "the certificate of MATTERMOST_URL is not trusted" in error.told
    assert front.asked == []


# ------------------------------------------------------------------------------------------- hostile frames


def event(name: str, seq: object, **data: object) -> str:
    return json.dumps({"event": name, "data": data, "broadcast": {}, "seq": seq})


def post(post_id: str, **more: object) -> str:
    whole = {"id": post_id, "channel_id": "c", "user_id": "u", "create_at": 1, "message": "claim", **more}
    return json.dumps(whole)


HELLO = event("hello", 0)
GOOD = event("posted", 1, post=post("good"), channel_type="O")
HOSTILE = {
    "no JSON": "{",
    "no object": "[1, 2]",
    "nothing": "",
    "bytes that are no text": b"\xff\xfe\x00",
    "deep": "[" * 100_000,
    "a number that is none": event("posted", "one", post=post("bad")),
    "a number below zero": event("posted", -1, post=post("bad")),
    "an event that is no text": json.dumps({"event": {}, "seq": 1}),
}
WORTHLESS = {
    "an unknown event": event("future_event", 1, post={"id": 1}),
    "data that are no object": json.dumps({"event": "posted", "data": [1], "seq": 1}),
    "no data": json.dumps({"event": "posted", "seq": 1}),
    "a post that is no text": event("posted", 1, post={"id": "bad"}),
    "a post that is no JSON": event("posted", 1, post="{"),
    "a deletion of nothing": event("post_deleted", 1, post="{}"),
    "a deletion that is no JSON": event("post_deleted", 1, post="{"),
    "a post without an author": event("posted", 1, post='{"id": "bad", "channel_id": "c", "create_at": 1}'),
    "a post of a time that is none": event("posted", 1, post=post("bad", create_at=10**30)),
    "a post that is deleted": event("posted", 1, post=post("bad", delete_at=2)),
    "somebody else who was added": event("user_added", 1, user_id="somebody"),
    "a changed account that is none": event("user_updated", 1, user="somebody"),
}


@contextmanager
def sending(frames: list[str | bytes], silences: int = 0) -> Iterator[Ear]:
    """Listen to a server that sends exactly these frames, and answers `/users/me` over the same port.

    After the first one it is silent, until it was asked as often whether the token still holds.
    """

    def answer(connection, request):
        if request.path.endswith("/users/me"):
            return connection.respond(200, json.dumps({"id": "m", "username": "m"}))
        return None

    def send(connection) -> None:
        connection.send(frames[0])
        for _ in range(silences):
            asked = json.loads(connection.recv())
            connection.send(json.dumps({"status": "OK", "seq_reply": asked["seq"]}))
        for frame in frames[1:]:
            connection.send(frame)
        connection.recv()

    with serve(send, "127.0.0.1", 0, process_request=answer, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = server.socket.getsockname()
        try:
            with listening(f"http://{host}:{port}", "a-token", SILENCE if silences else PATIENCE) as ear:
                assert ear.next() == Missed()
                yield ear
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("frame", HOSTILE.values(), ids=HOSTILE)
def test_a_frame_that_is_none_ends_nothing_and_may_have_been_something(frame: str | bytes) -> None:
    """One that had a number is missing then, and told as missed."""
    with sending([HELLO, frame, event("posted", 2, post=post("good"))]) as ear:
        assert ear.next() == Missed()
        assert posted(ear.next()).post.id == "good"


@pytest.mark.parametrize("frame", WORTHLESS.values(), ids=WORTHLESS)
def test_an_event_that_says_nothing_to_us_passes(frame: str) -> None:
    with sending([HELLO, frame, event("posted", 2, post=post("good"))]) as ear:
        assert posted(ear.next()).post.id == "good"


def test_a_gap_in_the_numbers_is_told_before_what_follows_it() -> None:
    with sending([HELLO, GOOD, event("posted", 5, post=post("later"))]) as ear:
        assert posted(ear.next()).post.id == "good"
        assert ear.next() == Missed()
        assert posted(ear.next()).post.id == "later"


def test_a_group_message_is_no_direct_one() -> None:
    with sending([HELLO, event("posted", 1, post=post("group"), channel_type="G")]) as ear:
        assert not posted(ear.next()).direct


def test_a_frame_beyond_all_bounds_ends_the_connection() -> None:
    with sending([HELLO, event("posted", 1, post="x" * LARGEST_FRAME)]) as ear:
        assert isinstance(ear.next(), ChatUnavailable)


def test_silences_end_nothing_while_the_token_holds() -> None:
    with sending([HELLO, GOOD], silences=2) as ear:
        assert posted(ear.next()).post.id == "good"
