"""What the client sends, and what it makes of the answers."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

import pytest
from responses.matchers import header_matcher, json_params_matcher, query_param_matcher

from router.core.cases import CaseId
from router.core.errors import BadInput, ChatRefused, ChatUnavailable, Refusal
from router.mattermost import remedies
from router.mattermost.bodies import action_id
from router.mattermost.client import PER_PAGE, MattermostClient
from router.ports import Button, ChatChannel, ChatPost, ChatUser, Rendered

API = "https://chat.example.org:8065/api/v4"
TOKEN = "s3cr3t-t0k3n-of-the-bot-abcd"
BOT, ALICE, CHANNEL, POST, ROOT = ("b" * 26, "a" * 26, "c" * 26, "p" * 26, "r" * 26)
PLAIN = Rendered("Hello")
CLAIM = Button("Claim", "claim", style="primary")
BUTTONS = Rendered("A root", (CLAIM, Button("Topic", "topic", "legal-1")), CaseId("ESC-1"))


def post_json(post_id=POST, at=1_000, **more):
    return {"id": post_id, "channel_id": CHANNEL, "user_id": BOT, "create_at": at, "message": "Hello", **more}


def user_json(user_id=ALICE, username="alice", **more):
    return {"id": user_id, "username": username, **more}


def numbered(count):
    return [f"{number:026d}" for number in range(count)]


def page_json(ids, at, older=""):
    return {"order": ids, "posts": {one: post_json(one, at) for one in ids}, "prev_post_id": older}


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def create(client, rendered=PLAIN, **more):
    return client.create_post(CHANNEL, rendered, key="k/1", pending_id="pending", **more)


def only_body(server):
    return json.loads(server.calls[0].request.body)


def props(proofs, channel_id=CHANNEL):
    def action(button):
        context = proofs.context(CaseId("ESC-1"), button.word, button.argument, channel_id)
        return {
            "id": action_id(button),
            "type": "button",
            "name": button.label,
            "style": button.style,
            "integration": {"url": "https://router.example.org/mattermost/action", "context": context},
        }

    attachment = {"fallback": "Claim · Topic", "actions": [action(one) for one in BUTTONS.buttons]}
    return {"escalation_router": {"key": "k/1"}, "attachments": [attachment]}


def test_construction_asks_nothing_of_the_server(client, server):
    assert len(server.calls) == 0


def test_every_call_carries_the_token(client, server):
    server.get(f"{API}/users/me", json=user_json(), match=[header_matcher({"Authorization": f"Bearer {TOKEN}"})])
    client.me()


def test_a_get_has_no_body(client, server):
    server.get(f"{API}/users/me", json=user_json())
    client.me()
    assert server.calls[0].request.body is None


def test_every_call_has_time_limits(client, server):
    server.get(f"{API}/users/me", json=user_json())
    client.me()
    assert server.calls[0].request.req_kwargs["timeout"] == (3.05, 10.0)


def test_a_cookie_of_the_server_is_not_sent_back(client, server):
    server.get(f"{API}/users/me", json=user_json(), headers={"Set-Cookie": "MMAUTHTOKEN=stale; Path=/"})
    server.get(f"{API}/users/{ALICE}", json=user_json())
    client.me()
    client.user(ALICE)
    assert "Cookie" not in server.calls[1].request.headers


def test_a_netrc_does_not_replace_the_token(proofs, server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine chat.example.org login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client = MattermostClient("https://chat.example.org", TOKEN, "", proofs)
    headers = header_matcher({"Authorization": f"Bearer {TOKEN}"})
    server.get("https://chat.example.org:443/api/v4/users/me", json=user_json(), match=[headers])
    client.me()


def test_a_plain_post_is_sent_with_its_key_and_without_anybody_appearing_online(client, server):
    body = {
        "channel_id": CHANNEL,
        "message": "Hello",
        "pending_post_id": "pending",
        "root_id": ROOT,
        "props": {"escalation_router": {"key": "k/1"}, "unsafe_links": "true"},
    }
    match = [json_params_matcher(body), query_param_matcher({"set_online": "false"})]
    server.post(f"{API}/posts", status=201, json=post_json(root_id=ROOT), match=match)
    assert create(client, root_id=ROOT) == ChatPost(POST, CHANNEL, BOT, ROOT, "Hello", None, False, at(1))


def test_a_root_is_sent_with_signed_buttons(client, server, proofs):
    server.post(f"{API}/posts", status=201, json=post_json())
    create(client, BUTTONS)
    assert only_body(server)["props"] == props(proofs)


def test_an_update_sends_message_and_full_props(client, server, proofs):
    body = {"message": "A root", "props": props(proofs)}
    server.put(f"{API}/posts/{POST}/patch", json=post_json(), match=[json_params_matcher(body)])
    client.update_post(POST, CHANNEL, BUTTONS, key="k/1")


def test_an_update_without_buttons_takes_them_away(client, server):
    server.put(f"{API}/posts/{POST}/patch", json=post_json())
    client.update_post(POST, CHANNEL, PLAIN, key="k/1")
    assert only_body(server)["props"] == {"escalation_router": {"key": "k/1"}, "unsafe_links": "true"}


def test_action_ids_are_letters_and_digits_and_differ_for_what_differs():
    done = [("loop-in", ""), ("loopin", ""), ("topic", "a-b"), ("topic", "ab"), ("topica", "b")]
    ids = {action_id(Button("Same label", word, argument)) for word, argument in done}
    assert len(ids) == len(done)
    assert all(re.fullmatch("[A-Za-z0-9]+", one) for one in ids)


def test_a_button_given_twice_is_shown_once(client, server):
    server.post(f"{API}/posts", status=201, json=post_json())
    create(client, Rendered("A root", (CLAIM, CLAIM), CaseId("ESC-1")))
    assert len(only_body(server)["props"]["attachments"][0]["actions"]) == 1


def test_buttons_that_act_on_nothing_are_refused_unsent(client):
    with pytest.raises(ChatRefused) as caught:
        create(client, Rendered("A root", (CLAIM,)))
    assert caught.value.refusal is Refusal.INVALID


def test_an_urgent_root_has_its_priority(client, server):
    server.post(f"{API}/posts", status=201, json=post_json())
    create(client, Rendered("Now", urgent=True))
    assert only_body(server)["metadata"] == {"priority": {"priority": "urgent"}}


def test_a_reply_has_no_priority_however_urgent(client, server):
    server.post(f"{API}/posts", status=201, json=post_json())
    create(client, Rendered("Now", urgent=True), root_id=ROOT)
    assert "metadata" not in only_body(server)


def test_an_urgent_root_is_posted_without_priority_where_none_is_allowed(client, server):
    refused = {"id": "api.post.post_priority.priority_post_not_allowed_for_user.request_error"}
    server.post(f"{API}/posts", status=403, json=refused)
    server.post(f"{API}/posts", status=201, json=post_json())
    create(client, Rendered("Now", urgent=True))
    assert "metadata" not in json.loads(server.calls[1].request.body)


def test_an_urgent_root_that_fails_otherwise_is_not_tried_twice(client, server):
    server.post(f"{API}/posts", status=401, json={"id": "api.context.session_expired.app_error"})
    with pytest.raises(ChatRefused):
        create(client, Rendered("Now", urgent=True))


def test_a_new_post_that_is_already_deleted_is_an_unclear_outcome(client, server):
    server.post(f"{API}/posts", status=201, json=post_json(delete_at=2_000))
    with pytest.raises(ChatUnavailable) as caught:
        create(client)
    assert caught.value.unclear


def test_a_post_is_read_with_its_key(client, server):
    given = post_json(props={"escalation_router": {"key": "k/1"}, "from_webhook": "true"}, root_id=ROOT)
    server.get(f"{API}/posts/{POST}", json=given)
    assert client.post(POST) == ChatPost(POST, CHANNEL, BOT, ROOT, "Hello", "k/1", True, at(1))


@pytest.mark.parametrize("ours", [None, "k/1", {"key": 1}, {}, ["key"]])
def test_a_key_of_another_shape_is_none(client, server, ours):
    server.get(f"{API}/posts/{POST}", json=post_json(props={"escalation_router": ours}))
    assert client.post(POST).key is None


def test_a_deleted_post_is_not_found(client, server):
    server.get(f"{API}/posts/{POST}", json=post_json(delete_at=2_000))
    with pytest.raises(ChatRefused) as caught:
        client.post(POST)
    assert caught.value.refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize("hostile", ["", "me", "../users/me", "a" * 25 + "/", "A" * 26, "a" * 26 + "\n", "é" * 26])
def test_an_id_that_is_none_leads_nowhere(client, server, hostile):
    calls = [
        lambda: client.post(hostile),
        lambda: client.user(hostile),
        lambda: client.direct_channel(hostile),
        lambda: client.update_post(hostile, CHANNEL, PLAIN, key="k"),
        lambda: list(client.posts_since(hostile, at(0))),
        lambda: client.channel(hostile),
        lambda: client.channel_named(f"../{hostile}", "town-square"),
        lambda: client.members(hostile, [BOT]),
        lambda: client.add_member(hostile, BOT),
    ]
    for call in calls:
        with pytest.raises(ChatRefused):
            call()
    assert len(server.calls) == 0


def test_posts_since_walks_pages_until_one_is_older(client, server):
    ids = numbered(PER_PAGE + 1)
    first, second = page_json(ids[:-1], 9_000, older=ids[-1]), page_json(ids[-1:], 1_000, older=ROOT)
    for number, page in enumerate((first, second)):
        query = query_param_matcher({"page": number, "per_page": 200})
        server.get(f"{API}/channels/{CHANNEL}/posts", json=page, match=[query])
    assert [one.id for one in client.posts_since(CHANNEL, at(9))] == ids[:-1]


def test_posts_since_ends_with_the_channel(client, server):
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page_json([POST], 9_000))
    assert [one.id for one in client.posts_since(CHANNEL, at(0))] == [POST]


def test_posts_since_of_an_empty_channel_are_none(client, server):
    server.get(f"{API}/channels/{CHANNEL}/posts", json={"order": [], "posts": {}})
    assert list(client.posts_since(CHANNEL, at(0))) == []


def test_posts_since_leave_deleted_ones_out(client, server):
    page = page_json([POST, ROOT], 9_000)
    page["posts"][POST]["delete_at"] = 9_500
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page)
    assert [one.id for one in client.posts_since(CHANNEL, at(0))] == [ROOT]


def test_a_post_pushed_to_the_next_page_is_given_once(client, server):
    ids = numbered(3)
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page_json(ids[:2], 9_000, older=ids[2]))
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page_json(ids[1:], 9_000))
    assert [one.id for one in client.posts_since(CHANNEL, at(0))] == ids


def test_a_post_pulled_to_the_page_before_is_not_missed_silently(client, server):
    ids = numbered(4)
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page_json(ids[:2], 9_000, older=ids[2]))
    server.get(f"{API}/channels/{CHANNEL}/posts", json=page_json(ids[3:], 9_000))
    with pytest.raises(ChatUnavailable):
        list(client.posts_since(CHANNEL, at(0)))


def test_a_page_that_lacks_posts_of_its_order_is_no_answer(client, server):
    server.get(f"{API}/channels/{CHANNEL}/posts", json={"order": [POST], "posts": {}})
    with pytest.raises(ChatUnavailable):
        list(client.posts_since(CHANNEL, at(0)))


def test_the_bot_is_asked_for_once(client, server):
    server.get(f"{API}/users/me", json=user_json(BOT, "escalations", first_name="Escalations", is_bot=True))
    assert [client.me(), client.me()] == [ChatUser(BOT, "escalations", "Escalations", bot=True)] * 2
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"first_name": "Alice", "last_name": "Liddell"}, ChatUser(ALICE, "alice", "Alice Liddell")),
        ({"nickname": "Al"}, ChatUser(ALICE, "alice", "Al")),
        ({"delete_at": 5}, ChatUser(ALICE, "alice", "alice", active=False)),
        ({"roles": "system_user system_guest"}, ChatUser(ALICE, "alice", "alice", guest=True)),
    ],
)
def test_an_account_is_read(client, server, more, expected):
    server.get(f"{API}/users/{ALICE}", json=user_json(**more))
    assert client.user(ALICE) == expected


def test_usernames_are_asked_for_in_lower_case_and_once(client, server):
    match = [json_params_matcher(["alice", "bob"])]
    server.post(f"{API}/users/usernames", json=[user_json()], match=match)
    assert [one.username for one in client.users_named(["Bob", "alice", "ALICE"])] == ["alice"]


def test_nobody_is_asked_for_no_usernames(client, server):
    assert list(client.users_named([])) == []
    assert len(server.calls) == 0


def test_nobody_is_asked_for_no_ids(client, server):
    assert list(client.users([])) == []
    assert len(server.calls) == 0


def test_a_channel_is_read_by_name_and_by_id(client, server):
    answer = {"id": CHANNEL, "type": "O", "name": "escalations", "last_post_at": 7_000}
    server.get(f"{API}/teams/name/desk/channels/name/escalations", json=answer)
    server.get(f"{API}/channels/{CHANNEL}", json=answer)
    expected = ChatChannel(CHANNEL, direct=False, last_post_at=at(7), name="escalations")
    assert [client.channel_named("desk", "escalations"), client.channel(CHANNEL)] == [expected] * 2


def test_an_archived_channel_is_told_from_one_that_is_not_there(client, server):
    answer = {"id": CHANNEL, "type": "O", "name": "escalations", "delete_at": 8_000}
    query = query_param_matcher({"include_deleted": "true"})
    server.get(f"{API}/teams/name/desk/channels/name/escalations", json=answer, match=[query])
    server.get(f"{API}/channels/{CHANNEL}", json=answer)
    with pytest.raises(ChatRefused) as caught:
        client.channel_named("desk", "escalations")
    assert caught.value.refusal is Refusal.ARCHIVED
    assert caught.value.told == f"~escalations: {remedies.ARCHIVED}"
    assert client.channel(CHANNEL).archived


def test_membership_is_asked_by_ids(client, server):
    match = [json_params_matcher([ALICE, BOT])]
    server.post(f"{API}/channels/{CHANNEL}/members/ids", json=[{"user_id": BOT}], match=match)
    assert client.members(CHANNEL, [BOT, ALICE, BOT]) == {BOT}


def test_a_lookup_and_an_addition_may_be_repeated(client, server):
    server.post(f"{API}/users/ids", status=502)
    server.post(f"{API}/channels/{CHANNEL}/members/ids", status=502)
    server.post(f"{API}/channels/{CHANNEL}/members", status=502)
    calls = [
        lambda: client.users([ALICE]),
        lambda: client.members(CHANNEL, [ALICE]),
        lambda: client.add_member(CHANNEL, ALICE),
    ]
    for call in calls:
        with pytest.raises(ChatUnavailable) as caught:
            call()
        assert not caught.value.unclear


@pytest.mark.parametrize(("root_id", "refusal"), [("", Refusal.NOT_FOUND), (ROOT, Refusal.ROOT_GONE)])
def test_a_post_into_a_deleted_channel_finds_it_gone(client, server, root_id, refusal):
    server.post(f"{API}/posts", status=403, json={"id": "api.context.permissions.app_error"})
    server.get(f"{API}/channels/{CHANNEL}", status=404, json={"id": "app.channel.get.existing.app_error"})
    with pytest.raises(ChatRefused) as caught:
        create(client, root_id=root_id)
    assert caught.value.refusal is refusal


def test_a_refused_post_names_the_channel_in_its_remedy(client, server):
    server.post(f"{API}/posts", status=403, json={"id": "api.context.permissions.app_error"})
    server.get(f"{API}/channels/{CHANNEL}", json={"id": CHANNEL, "type": "O", "name": "escalations"})
    with pytest.raises(ChatRefused) as caught:
        create(client)
    assert caught.value.refusal is Refusal.FORBIDDEN
    assert caught.value.told == f"~escalations: {remedies.FORBIDDEN}"


def test_nothing_is_remarked_of_a_server_that_was_not_asked_yet(client):
    assert client.remark() == ""


@pytest.mark.parametrize(("version", "remarked"), [("11.6.0.1.hash.false", False), ("10.4.2.1.hash.true", True)])
def test_the_version_is_read_from_the_answers(client, server, version, remarked):
    server.get(f"{API}/users/me", json=user_json(BOT, "escalations"), headers={"X-Version-ID": version})
    client.me()
    assert bool(client.remark()) is remarked


def test_a_direct_channel_is_made_once(client, server):
    server.get(f"{API}/users/me", json=user_json(BOT, "escalations"))
    server.post(f"{API}/channels/direct", status=201, json={"id": CHANNEL}, match=[json_params_matcher([BOT, ALICE])])
    assert [client.direct_channel(ALICE) for _ in range(2)] == [CHANNEL] * 2
    assert len(server.calls) == 2


def test_a_reaction_is_the_bots_own(client, server):
    server.get(f"{API}/users/me", json=user_json(BOT, "escalations"))
    body = {"user_id": BOT, "post_id": POST, "emoji_name": "eyes"}
    server.post(f"{API}/reactions", status=201, json=body, match=[json_params_matcher(body)])
    client.react(POST, "eyes")


def test_the_signing_key_comes_from_the_clients_configuration(client, server):
    match = [query_param_matcher({"format": "old"})]
    server.get(f"{API}/config/client", json={"AsymmetricSigningPublicKey": "MFkw", "Version": "11.6.0"}, match=match)
    assert client.signing_key() == "MFkw"


@pytest.mark.parametrize("config", [{}, {"AsymmetricSigningPublicKey": ""}, {"AsymmetricSigningPublicKey": 1}])
def test_a_configuration_without_a_signing_key_is_no_answer(client, server, config):
    server.get(f"{API}/config/client", json=config)
    with pytest.raises(ChatUnavailable):
        client.signing_key()


@pytest.mark.parametrize(
    ("url", "api"),
    [
        ("http://127.0.0.1:9", "http://127.0.0.1:9/api/v4"),
        ("https://chat.example.org", "https://chat.example.org:443/api/v4"),
        ("http://chat.example.org/", "http://chat.example.org:80/api/v4"),
        ("http://[::1]:8065", "http://[::1]:8065/api/v4"),
    ],
)
def test_an_address_is_taken_apart_for_the_driver(proofs, url, api):
    assert repr(MattermostClient(url, TOKEN, "", proofs)) == f"<MattermostClient {api}>"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "chat.example.org",
        "ftp://chat.example.org",
        "https://",
        "https://chat.example.org/mattermost",
        "https://chat.example.org?x=1",
        "https://chat.example.org#x",
        "https://user:pass@chat.example.org",
        "https://chat.example.org:port",
        "https://chat.example.org:99999",
        "https://[::1",
        "https://chat example.org",
    ],
)
def test_an_address_with_anything_but_scheme_host_and_port_is_refused(proofs, url):
    with pytest.raises(BadInput, match=r"MATTERMOST_URL: expected .* without a path"):
        MattermostClient(url, TOKEN, "", proofs)


@pytest.mark.parametrize("token", ["", "with space", "line\nbreak", "tökén"])
def test_a_token_that_no_header_can_hold_is_refused_unshown(proofs, token):
    with pytest.raises(BadInput) as caught:
        MattermostClient("https://chat.example.org", token, "", proofs)
    assert str(caught.value) == "MATTERMOST_TOKEN: expected printable ASCII characters without spaces"


def test_the_token_is_never_shown(client, server, caplog):
    caplog.set_level(logging.DEBUG)
    server.get(f"{API}/users/me", status=401, json={"id": "api.context.session_expired.app_error", "message": TOKEN})
    with pytest.raises(ChatRefused) as caught:
        client.me()
    shown = [repr(client), str(client), repr(vars(client)), *traceback.format_exception(caught.value)]
    assert not [one for one in [*shown, *(record.getMessage() for record in caplog.records)] if TOKEN in one]


def test_the_drivers_own_error_log_is_not_reached(client, server, caplog):
    caplog.set_level(logging.DEBUG, "mattermostdriver")
    server.get(f"{API}/users/me", status=400, json={"id": "some.id", "message": "what somebody wrote"})
    with pytest.raises(ChatRefused):
        client.me()
    assert not [one for one in caplog.records if one.name.startswith("mattermostdriver")]


def test_where_a_text_may_not_be_edited_any_more_the_buttons_are(client, server):
    limit = {"id": "api.post.update_post.permissions_time_limit.app_error", "message": "", "status_code": 400}
    server.put(f"{API}/posts/{POST}/patch", status=400, json=limit)
    server.put(f"{API}/posts/{POST}/patch", json={"id": POST}, match=[only_props])
    client.update_post(POST, CHANNEL, PLAIN, key="k")


def only_props(request):
    """Match a patch without a message."""
    return set(json.loads(request.body)) == {"props"}, "a patch of props alone"
