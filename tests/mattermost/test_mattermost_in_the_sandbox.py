"""The client against the look-alike server: real sockets, real tokens, real trigger ids."""

import http.server
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import requests

from router.core.cases import CaseId
from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal
from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs
from router.ports import Button, Rendered
from router.sandbox import Fault, Kind, Sandbox
from router.web.forms import press_answer, read_action, read_command, read_outgoing, slash_answer

PROOFS = Proofs(b"a secret key of the tests")
ROOT = Rendered("A root", (Button("Claim", "claim", style="primary"),), CaseId("ESC-1"))
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def sandbox():
    with Sandbox.start() as started:
        started.add_team("desk")
        started.add_channel("desk", "escalations")
        started.add_user("alice", "Alice", "Liddell")
        started.add_bot("escalations", "Escalations")
        started.join("desk/escalations", ["alice", "escalations"])
        yield started


def client_of(sandbox, timeout=(3.05, 10.0), token=None):
    token = token or sandbox.token_of("escalations")
    return MattermostClient(sandbox.url, token, "http://127.0.0.1:9/mattermost", PROOFS, timeout)


@pytest.fixture
def client(sandbox):
    made = client_of(sandbox)
    yield made
    made.close()


@pytest.fixture
def channel(client):
    return client.channel_named("desk", "escalations").id


def create(client, channel, rendered=ROOT, key="k/1", root_id=""):
    pending_id = PROOFS.pending_id(key, channel)
    return client.create_post(channel, rendered, key=key, pending_id=pending_id, root_id=root_id)


def as_user(sandbox, method, path, **sent):
    headers = {"Authorization": f"Bearer {sandbox.token_of('alice')}"}
    answer = requests.request(method, f"{sandbox.url}/api/v4{path}", headers=headers, timeout=5, **sent)
    answer.raise_for_status()
    return answer.json()


def as_bot(sandbox, method, path):
    headers = {"Authorization": f"Bearer {sandbox.token_of('escalations')}"}
    requests.request(method, f"{sandbox.url}/api/v4{path}", headers=headers, timeout=5).raise_for_status()


def refusal(call, *given, **named):
    with pytest.raises(ChatError) as caught:
        call(*given, **named)
    return caught.value.refusal if isinstance(caught.value, ChatRefused) else caught.value


def test_people_are_found(sandbox, client):
    assert (client.me().username, client.me().bot) == ("escalations", True)
    assert client.user(sandbox.id_of("alice")).name == "Alice Liddell"
    assert [one.username for one in client.users_named(["Alice", "nobody"])] == ["alice"]


def test_somebody_unknown_is_not_found(client):
    assert refusal(client.user, "x" * 26) is Refusal.NOT_FOUND
    assert refusal(client.channel_named, "desk", "unknown") is Refusal.NOT_FOUND


def test_a_deactivated_account_is_not_active(sandbox, client):
    sandbox.deactivate("alice")
    assert not client.user(sandbox.id_of("alice")).active


def test_a_created_post_is_read_with_its_key(client, channel):
    created = create(client, channel)
    assert client.post(created.id) == created
    assert (created.key, created.user_id, created.channel_id) == ("k/1", client.me().id, channel)


def test_a_repeated_creation_makes_one_post(client, channel):
    assert create(client, channel).id == create(client, channel).id


def test_an_update_keeps_the_key(client, channel):
    created = create(client, channel)
    client.update_post(created.id, channel, Rendered("Changed", ROOT.buttons, ROOT.case), key="k/1")
    assert (client.post(created.id).message, client.post(created.id).key) == ("Changed", "k/1")


def test_an_update_of_a_deleted_root_finds_it_gone(sandbox, client, channel):
    created = create(client, channel)
    as_bot(sandbox, "DELETE", f"/posts/{created.id}")
    assert refusal(client.update_post, created.id, channel, ROOT, key="k/1") is Refusal.ROOT_GONE
    assert refusal(client.post, created.id) is Refusal.NOT_FOUND


def test_a_reply_to_a_deleted_root_finds_it_gone(sandbox, client, channel):
    created = create(client, channel)
    as_bot(sandbox, "DELETE", f"/posts/{created.id}")
    reply = Rendered("A reply")
    assert refusal(create, client, channel, reply, "k/2", created.id) is Refusal.ROOT_GONE


def test_a_reply_stands_in_its_thread(client, channel):
    root = create(client, channel)
    assert create(client, channel, Rendered("A reply"), "k/2", root.id).root_id == root.id


def test_an_urgent_root_is_posted(client, channel):
    assert create(client, channel, Rendered("Now", urgent=True)).message == "Now"


def test_an_archived_channel_says_so(sandbox, client, channel):
    created = create(client, channel)
    as_bot(sandbox, "DELETE", f"/channels/{channel}")
    assert refusal(create, client, channel, Rendered("More"), "k/2") is Refusal.ARCHIVED
    assert refusal(client.update_post, created.id, channel, ROOT, key="k/1") is Refusal.ARCHIVED
    assert refusal(client.react, created.id, "eyes") is Refusal.ARCHIVED


def test_a_channel_that_the_bot_may_not_post_in_is_forbidden(sandbox, client):
    sandbox.add_channel("desk", "others")
    assert refusal(create, client, client.channel_named("desk", "others").id) is Refusal.FORBIDDEN


def test_a_channel_that_is_not_there_is_not_found(client):
    assert refusal(create, client, "x" * 26) is Refusal.NOT_FOUND


def test_members_are_told_and_added(sandbox, client, channel):
    sandbox.add_user("newcomer")
    newcomer, bot = sandbox.id_of("newcomer"), client.me().id
    assert client.members(channel, [newcomer, bot]) == {bot}
    assert refusal(client.add_member, channel, newcomer) is Refusal.NOT_FOUND
    sandbox.join("desk", ["newcomer"])
    client.add_member(channel, newcomer)
    client.add_member(channel, newcomer)
    assert client.members(channel, [newcomer, bot]) == {newcomer, bot}


def test_accounts_are_found_by_id_whatever_they_are_called_now(sandbox, client):
    sandbox.rename("alice", "alice.now")
    assert [one.username for one in client.users([sandbox.id_of("alice.now"), "x" * 26])] == ["alice.now"]


def test_the_sandbox_has_a_version_that_needs_no_remark(client):
    client.me()
    assert client.remark() == ""


def test_a_refused_token_says_so(sandbox, channel):
    wrong = client_of(sandbox, token="wrong")
    assert refusal(wrong.me) is Refusal.CREDENTIALS
    wrong.close()


def test_a_message_too_long_is_invalid(client, channel):
    assert refusal(create, client, channel, Rendered("x" * 16_384)) is Refusal.INVALID
    assert refusal(create, client, channel, Rendered("x" * 400_000), "k/2") is Refusal.INVALID


def test_a_direct_message_reaches_its_channel(sandbox, client):
    channel = client.direct_channel(sandbox.id_of("alice"))
    assert create(client, channel, Rendered("Psst")).channel_id == channel


def test_a_reaction_is_put_once_and_again(client, channel):
    created = create(client, channel)
    client.react(created.id, "eyes")
    client.react(created.id, "eyes")


def test_a_reaction_on_a_deleted_post_has_no_post(sandbox, client, channel):
    created = create(client, channel)
    as_bot(sandbox, "DELETE", f"/posts/{created.id}")
    assert refusal(client.react, created.id, "eyes") is Refusal.NOT_FOUND


def test_posts_since_are_all_over_many_pages(client, channel):
    made = [create(client, channel, Rendered(f"{number}"), f"k/{number}").id for number in range(201)]
    found = [one.id for one in client.posts_since(channel, LONG_AGO)]
    assert set(made) <= set(found)
    assert len(found) == len(set(found))


def test_posts_since_leave_out_what_is_older(client, channel):
    created = create(client, channel)
    later = created.created_at + timedelta(milliseconds=1)
    assert created.id in [one.id for one in client.posts_since(channel, created.created_at)]
    assert created.id not in [one.id for one in client.posts_since(channel, later)]


def test_a_genuine_trigger_id_of_the_server_is_accepted(sandbox, client):
    alice = sandbox.id_of("alice")
    trigger_id = sandbox.make_trigger_id(alice)
    assert len(PROOFS.check_trigger(trigger_id, alice, client.signing_key(), datetime.now(UTC))) == 26


def test_a_limited_rate_says_how_long(sandbox, client, channel):
    sandbox.faults.add(Fault(Kind.RATE_LIMITED, "POST", "/posts", retry_after=7))
    unavailable = refusal(create, client, channel)
    assert (unavailable.unclear, unavailable.retry_after) == (False, timedelta(seconds=7))


def test_an_answer_that_does_not_come_in_time_is_unclear(sandbox, channel):
    hurried = client_of(sandbox, timeout=(1.0, 0.2))
    fault = sandbox.faults.add(Fault(Kind.HANG_AFTER, "POST", "/posts", times=1))
    unavailable = refusal(create, hurried, channel)
    fault.release()
    assert unavailable.unclear
    assert create(hurried, channel).key == "k/1"
    assert len([one for one in hurried.posts_since(channel, LONG_AGO) if one.key == "k/1"]) == 1
    hurried.close()


def test_a_repetition_while_the_first_try_is_under_way_is_unclear(sandbox, client, channel):
    fault = sandbox.faults.add(Fault(Kind.HANG_STORING, "POST", "/posts", times=1))
    first = threading.Thread(target=create, args=(client, channel))
    first.start()
    assert fault.wait_until_held(5)
    unavailable = refusal(create, client, channel)
    fault.release()
    first.join()
    assert isinstance(unavailable, ChatUnavailable)
    assert unavailable.unclear


def test_a_connection_closed_without_an_answer_is_unclear_for_a_write_alone(sandbox, client, channel):
    sandbox.faults.add(Fault(Kind.REFUSED))
    assert refusal(create, client, channel).unclear
    assert not refusal(client.user, "x" * 26).unclear


def test_a_server_that_was_away_is_reached_again(sandbox, client, channel):
    sandbox.stop_listening()
    assert not refusal(client.user, "x" * 26).unclear
    sandbox.listen_again()
    assert create(client, channel).key == "k/1"


def test_many_threads_share_one_client(client, channel):
    with ThreadPoolExecutor(16) as threads:
        made = list(threads.map(lambda number: create(client, channel, Rendered("x"), f"k/{number}"), range(64)))
    assert {one.key for one in made} == {f"k/{number}" for number in range(64)}


def test_an_integration_is_not_shown_to_readers(sandbox, client, channel):
    created = create(client, channel)
    action = as_user(sandbox, "GET", f"/posts/{created.id}")["props"]["attachments"][0]["actions"][0]
    assert (action["name"], "integration" in action) == ("Claim", False)


class Listening(http.server.BaseHTTPRequestHandler):
    """Keeps what Mattermost sends, and gives the answer laid out."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((headers, body))
        answer = msgspec.json.encode(self.server.answer)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def integration():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listening) as listening:
        listening.received, listening.answer = [], {}
        listening.url = f"http://127.0.0.1:{listening.server_port}"
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def test_a_press_proves_its_button_and_who_pressed(sandbox, integration, channel):
    bot = MattermostClient(sandbox.url, sandbox.token_of("escalations"), integration.url, PROOFS)
    post = create(bot, channel)
    action = as_user(sandbox, "GET", f"/posts/{post.id}")["props"]["attachments"][0]["actions"][0]
    integration.answer = press_answer("Claimed")
    as_user(sandbox, "POST", f"/posts/{post.id}/actions/{action['id']}", json={})
    press = read_action(integration.received[0][1])
    assert (press.user_id, press.post_id) == (sandbox.id_of("alice"), post.id)
    assert PROOFS.read_context(press.context, press.channel_id) == ("ESC-1", "claim", "")
    assert PROOFS.check_trigger(press.trigger_id, press.user_id, bot.signing_key(), datetime.now(UTC))
    bot.close()


def test_a_slash_command_is_read_and_proved(sandbox, integration, client, channel):
    token = sandbox.add_command("desk", "escalation", integration.url)
    integration.answer = slash_answer("Done")
    body = {"command": "/escalation assign ESC-1 @alice", "channel_id": channel}
    as_user(sandbox, "POST", "/commands/execute", json=body)
    command = read_command(integration.received[0][1])
    alice = sandbox.id_of("alice")
    assert (command.text, command.user_id) == ("assign ESC-1 @alice", alice)
    assert PROOFS.check_token(command.token, [token]) == 0
    assert PROOFS.check_trigger(command.trigger_id, alice, client.signing_key(), datetime.now(UTC))


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_what_is_said_is_read_and_its_post_found(sandbox, integration, client, channel, content_type):
    token = sandbox.add_outgoing_hook("desk", "escalations", integration.url, content_type)
    said_as = as_user(sandbox, "POST", "/posts", json={"channel_id": channel, "message": "claim"})
    assert sandbox.wait_until_settled()
    said = read_outgoing(*integration.received[0])
    assert (said.post_id, said.text) == (said_as["id"], "claim")
    assert PROOFS.check_token(said.token, [token]) == 0
    assert client.post(said.post_id).user_id == sandbox.id_of("alice")
