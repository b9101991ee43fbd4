"""Posts: created, repeated, changed, deleted, listed."""

from urllib.parse import quote

import pytest

PENDING = "api.post.deduplicate_create_post.pending"


def _refused(answer):
    return answer.status_code, answer.json()["id"]


def test_a_repeated_pending_id_returns_the_first_post_whoever_asks(desk):
    first = desk.say(desk.router, "@alice one", pending_post_id="key")
    again = desk.say(desk.bob, "@alice two", pending_post_id="key")
    assert (again["id"], again["message"], again["user_id"]) == (first["id"], "@alice one", desk.ids["router"])
    assert desk.mentions(desk.alice) == 1


def test_a_pending_id_is_forgotten_after_thirty_seconds(desk):
    first = desk.say(desk.router, "one", pending_post_id="key")
    desk.clock.advance(30)
    assert desk.say(desk.router, "one", pending_post_id="key")["id"] != first["id"]


def test_a_restart_forgets_the_pending_ids(desk):
    first = desk.say(desk.router, "one", pending_post_id="key")
    desk.sandbox.forget_pending_ids()
    assert desk.say(desk.router, "one", pending_post_id="key")["id"] != first["id"]


def test_a_failed_creation_frees_its_pending_id(desk):
    body = {"channel_id": desk.channel_id, "pending_post_id": "key", "root_id": "x" * 26}
    assert desk.router.post("/posts", body).status_code == 400
    assert desk.say(desk.router, "fine", pending_post_id="key")["message"] == "fine"


def test_a_pending_id_whose_post_was_deleted_is_an_error(desk):
    post = desk.say(desk.router, "one", pending_post_id="key")
    desk.router.delete(f"/posts/{post['id']}")
    answer = desk.router.post("/posts", {"channel_id": desk.channel_id, "pending_post_id": "key"})
    assert _refused(answer) == (500, "api.post.deduplicate_create_post.failed_to_get")


def test_the_pending_id_is_not_stored_on_the_post(desk):
    post = desk.say(desk.router, "one", pending_post_id="key")
    assert desk.router.get(f"/posts/{post['id']}").json()["pending_post_id"] == ""


def test_a_patch_keeps_what_it_does_not_name_and_replaces_props_whole(desk):
    post = desk.say(desk.router, "text", props={"a": 1, "b": 2})
    patched = desk.router.put(f"/posts/{post['id']}/patch", {"props": {"c": 3}}).json()
    assert (patched["message"], patched["props"]) == ("text", {"c": 3})


def test_a_put_replaces_what_it_does_not_name_by_nothing(desk):
    post = desk.say(desk.router, "text", props={"a": 1})
    changed = desk.router.put(f"/posts/{post['id']}", {"id": post["id"], "message": "new"}).json()
    assert (changed["message"], changed["props"]) == ("new", {})


def test_only_text_and_attachments_move_the_time_of_edit(desk):
    post = desk.say(desk.router, "text")
    pinned = desk.router.put(f"/posts/{post['id']}/patch", {"is_pinned": True, "props": {"a": 1}}).json()
    edited = desk.router.put(f"/posts/{post['id']}/patch", {"message": "new"}).json()
    assert (pinned["edit_at"], pinned["is_pinned"]) == (0, True)
    assert edited["edit_at"] == edited["update_at"] > pinned["update_at"] > post["update_at"]


def test_reads_hide_the_integration_of_a_button(desk, integration):
    post = desk.button(integration.url)
    read = desk.router.get(f"/posts/{post['id']}").json()
    assert "integration" not in read["props"]["attachments"][0]["actions"][0]
    assert integration.url not in desk.router.get(f"/channels/{desk.channel_id}/posts").text


def test_a_permalink_shows_url_and_context_of_the_buttons_behind_it(desk, integration):
    post = desk.button(integration.url, context={"mac": "secret"})
    link = desk.say(desk.bob, f"see {desk.sandbox.url}/desk/pl/{post['id']}")
    embed = desk.bob.get(f"/posts/{link['id']}").json()["metadata"]["embeds"][0]
    shown = embed["data"]["post"]["props"]["attachments"][0]["actions"][0]["integration"]
    assert (embed["type"], shown) == ("permalink", {"url": integration.url, "context": {"mac": "secret"}})


def test_a_permalink_shows_nothing_of_a_channel_that_the_reader_may_not_read(desk):
    desk.sandbox.add_channel("desk", "secret", private=True)
    desk.sandbox.join("desk/secret", ["router"])
    channel = desk.router.get(f"/teams/{desk.team_id}/channels/name/secret").json()["id"]
    hidden = desk.router.post("/posts", {"channel_id": channel, "message": "hidden"}).json()
    link = desk.say(desk.bob, f"{desk.sandbox.url}/desk/pl/{hidden['id']}")
    assert "embeds" not in link["metadata"]


def test_actions_without_an_id_get_another_one_at_every_save(desk):
    attachments = [{"actions": [{"name": "x", "integration": {"url": "http://127.0.0.1:1"}}]}]
    post = desk.say(desk.router, props={"attachments": attachments})
    patched = desk.router.put(f"/posts/{post['id']}/patch", {"props": {"attachments": attachments}}).json()
    ids = [shown["props"]["attachments"][0]["actions"][0]["id"] for shown in (post, patched)]
    assert len(set(ids)) == 2


def test_bots_are_marked_and_anybody_may_claim_the_mark(desk):
    assert desk.say(desk.router)["props"] == {"from_bot": "true"}
    assert desk.say(desk.bob, props={"from_bot": "true"})["props"] == {"from_bot": "true"}


def test_only_an_admin_sets_the_time_of_a_post(desk):
    assert desk.say(desk.router, create_at=5)["create_at"] != 5
    assert desk.say(desk.admin, create_at=5)["create_at"] == 5


@pytest.mark.parametrize(
    ("fields", "status", "error_id"),
    [
        ({"message": "x" * 16_384}, 400, "model.post.is_valid.message_length.app_error"),
        ({"message": "x" * 300_000}, 413, "api.context.request_body_too_large.app_error"),
        ({"root_id": "x" * 26}, 400, "api.post.create_post.root_id.app_error"),
        ({"type": "system_join_channel"}, 400, "api.context.invalid_param.app_error"),
        ({"channel_id": "x" * 26}, 403, "api.context.permissions.app_error"),
        ({"channel_id": ""}, 403, "api.context.permissions.app_error"),
        ({"metadata": {"priority": {"requested_ack": True}}}, 501, "license_error.feature_unavailable"),
    ],
)
def test_a_post_that_cannot_be_is_refused(desk, fields, status, error_id):
    answer = desk.router.post("/posts", {"channel_id": desk.channel_id, **fields})
    assert _refused(answer) == (status, error_id)


def test_the_limit_counts_runes(desk):
    assert desk.say(desk.router, "🚨" * 16_383)["message"] == "🚨" * 16_383


def test_a_priority_is_for_roots_only(desk):
    metadata = {"priority": {"priority": "urgent"}}
    root = desk.say(desk.router, "root", metadata=metadata)
    body = {"channel_id": desk.channel_id, "root_id": root["id"], "metadata": metadata}
    assert root["metadata"]["priority"] == {"priority": "urgent"}
    assert desk.router.post("/posts", body).status_code == 400


def test_a_reply_cannot_be_a_root_nor_a_post_of_another_channel(desk):
    reply = desk.say(desk.router, root_id=desk.say(desk.router, "root")["id"])
    town = desk.router.get(f"/teams/{desk.team_id}/channels/name/town-square").json()["id"]
    elsewhere = desk.router.post("/posts", {"channel_id": town, "message": "x"}).json()
    asked = [{"channel_id": desk.channel_id, "root_id": post["id"]} for post in (reply, elsewhere)]
    assert [_refused(desk.router.post("/posts", body)) for body in asked] == [
        (400, "api.post.create_post.root_id.app_error"),
        (400, "api.post.create_post.channel_root_id.app_error"),
    ]


def test_a_deleted_root_takes_its_replies_and_cannot_be_patched(desk):
    root = desk.say(desk.router, "root")
    reply = desk.say(desk.router, "reply", root_id=root["id"])
    desk.router.delete(f"/posts/{root['id']}")
    assert _refused(desk.router.get(f"/posts/{reply['id']}")) == (404, "app.post.get.app_error")
    assert desk.router.put(f"/posts/{root['id']}/patch", {"message": "x"}).status_code == 403
    assert desk.router.post("/posts", {"channel_id": desk.channel_id, "root_id": root["id"]}).status_code == 400


def test_a_channels_posts_come_newest_first_in_pages(desk):
    posts = [desk.say(desk.router, str(number))["id"] for number in range(5)]
    page = desk.router.get(f"/channels/{desk.channel_id}/posts", page=1, per_page=2).json()
    assert page["order"] == [posts[2], posts[1]]
    assert (page["next_post_id"], page["prev_post_id"]) == (posts[3], posts[0])


def test_before_and_after_count_from_a_post(desk):
    posts = [desk.say(desk.router, str(number))["id"] for number in range(5)]
    path = f"/channels/{desk.channel_id}/posts"
    assert desk.router.get(path, before=posts[2], per_page=1).json()["order"] == [posts[1]]
    assert desk.router.get(path, after=posts[2], per_page=1).json()["order"] == [posts[3]]


def test_since_shows_edited_and_deleted_posts_whatever_the_page(desk):
    posts = [desk.say(desk.router, str(number)) for number in range(4)]
    since = posts[3]["create_at"]
    desk.router.put(f"/posts/{posts[0]['id']}/patch", {"message": "edited"})
    desk.router.delete(f"/posts/{posts[1]['id']}")
    listed = desk.router.get(f"/channels/{desk.channel_id}/posts", since=since, per_page=1).json()
    assert listed["order"] == [posts[1]["id"], posts[0]["id"]]
    assert [listed["posts"][post_id]["message"] for post_id in listed["order"]] == ["", "edited"]


def test_a_thread_downwards_has_its_root_first_and_comes_in_pages(desk):
    root = desk.say(desk.router, "root")["id"]
    replies = [desk.say(desk.bob, str(number), root_id=root)["id"] for number in range(3)]
    first = desk.bob.get(f"/posts/{replies[1]}/thread", direction="down", perPage=2).json()
    rest = desk.bob.get(f"/posts/{root}/thread", direction="down", perPage=2, fromPost=replies[1]).json()
    assert (first["order"], first["has_next"]) == ([root, *replies[:2]], True)
    assert (rest["order"], rest["has_next"]) == ([root, replies[2]], False)


def test_reactions_are_ones_own_and_of_known_emoji(desk):
    post = desk.say(desk.router, "x")["id"]
    asked = {"user_id": desk.ids["bob"], "post_id": post, "emoji_name": "eyes"}
    assert desk.bob.post("/reactions", asked).status_code == 201
    assert desk.alice.post("/reactions", asked).status_code == 403
    assert desk.bob.post("/reactions", asked | {"emoji_name": "nonsense"}).status_code == 404
    assert [one["emoji_name"] for one in desk.alice.get(f"/posts/{post}/reactions").json()] == ["eyes"]
    desk.bob.delete(f"/users/me/posts/{post}/reactions/{quote('eyes')}")
    assert desk.alice.get(f"/posts/{post}/reactions").json() == []


def test_any_reader_may_pin(desk):
    post = desk.say(desk.router, "x")["id"]
    assert desk.bob.post(f"/posts/{post}/pin").status_code == 200
    assert desk.bob.get(f"/posts/{post}").json()["is_pinned"] is True
