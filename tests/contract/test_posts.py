"""Posts: created, repeated, changed, deleted, read."""

import pytest
from mattermost_desks import PERMISSIONS, UNKNOWN, refused
from mattermost_servers import changed_settings, done


def _key(desk):
    """Return a `pending_post_id` that nobody else uses: the memory of these is the whole server's."""
    return f"key-{desk.channel_id}"


def test_a_post_is_read_as_it_was_written(desk):
    post = desk.say(desk.router, "hello *you*", props={"a": 1})
    read = done(desk.bob.get(f"/posts/{post['id']}"))
    assert (read["message"], read["user_id"], read["channel_id"]) == ("hello *you*", desk.router.id, desk.channel_id)
    assert (read["root_id"], read["type"], read["edit_at"], read["delete_at"]) == ("", "", 0, 0)
    assert read["create_at"] == read["update_at"] == post["create_at"]


def test_bots_are_marked_and_anybody_may_claim_the_mark(desk):
    assert desk.say(desk.router)["props"]["from_bot"] == "true"
    assert desk.say(desk.bob, props={"from_bot": "true"})["props"]["from_bot"] == "true"
    assert "from_bot" not in desk.say(desk.bob)["props"]


def test_a_repeated_pending_id_returns_the_first_post_whoever_asks(desk):
    first = desk.say(desk.router, f"@{desk.alice.username} one", pending_post_id=_key(desk))
    again = desk.say(desk.bob, f"@{desk.alice.username} two", pending_post_id=_key(desk))
    assert (again["id"], again["message"], again["user_id"]) == (first["id"], first["message"], desk.router.id)
    assert desk.mentions(desk.alice) == 1


def test_a_pending_id_is_the_same_one_in_every_channel(desk):
    first = desk.say(desk.router, "one", pending_post_id=_key(desk))
    other = desk.new_channel()
    again = desk.say(desk.router, "one", other["id"], pending_post_id=_key(desk))
    assert (again["id"], again["channel_id"]) == (first["id"], desk.channel_id)


def test_a_failed_creation_frees_its_pending_id(desk):
    assert desk.try_post(desk.router, "x", pending_post_id=_key(desk), root_id=UNKNOWN).status_code == 400
    assert desk.say(desk.router, "fine", pending_post_id=_key(desk))["message"] == "fine"


def test_a_pending_id_whose_post_was_deleted_is_an_error(desk):
    post = desk.say(desk.router, "one", pending_post_id=_key(desk))
    done(desk.router.delete(f"/posts/{post['id']}"))
    answer = desk.try_post(desk.router, "one", pending_post_id=_key(desk))
    assert refused(answer) == (500, "api.post.deduplicate_create_post.failed_to_get")


def test_the_pending_id_is_not_stored_on_the_post(desk):
    post = desk.say(desk.router, "one", pending_post_id=_key(desk))
    assert done(desk.router.get(f"/posts/{post['id']}"))["pending_post_id"] == ""


def test_a_patch_keeps_what_it_does_not_name_and_replaces_props_whole(desk):
    post = desk.say(desk.alice, "text", props={"a": 1, "b": 2})
    patched = done(desk.alice.put(f"/posts/{post['id']}/patch", {"props": {"c": 3}}))
    assert patched["message"] == "text"
    assert {"a", "b", "c"} & patched["props"].keys() == {"c"}


def test_a_put_replaces_what_it_does_not_name_by_nothing(desk):
    post = desk.say(desk.alice, "text", props={"a": 1})
    changed = done(desk.alice.put(f"/posts/{post['id']}", {"id": post["id"], "message": "new"}))
    assert (changed["message"], "a" in changed["props"]) == ("new", False)


def test_only_text_and_attachments_move_the_time_of_edit(desk):
    post = desk.say(desk.router, "text")
    pinned = done(desk.router.put(f"/posts/{post['id']}/patch", {"is_pinned": True, "props": {"a": 1}}))
    edited = done(desk.router.put(f"/posts/{post['id']}/patch", {"message": "new"}))
    assert (pinned["edit_at"], pinned["is_pinned"]) == (0, True)
    assert min(edited["edit_at"], edited["update_at"]) > pinned["update_at"] > post["update_at"]


def test_new_attachments_are_an_edit(desk):
    post = desk.say(desk.router, "text")
    props = {"attachments": [{"text": "more"}]}
    assert done(desk.router.put(f"/posts/{post['id']}/patch", {"props": props}))["edit_at"] > 0


def test_reads_hide_the_integration_of_a_button(desk, integration):
    post = desk.button(integration.url, context={"mac": "secret"})
    for path in (f"/posts/{post['id']}", f"/posts/{post['id']}/thread", f"/channels/{desk.channel_id}/posts"):
        text = desk.router.get(path).text
        assert "claim" in text
        assert "integration" not in text
        assert "secret" not in text


def test_the_author_reads_no_integration_either(desk, integration):
    post = desk.button(integration.url)
    patched = done(desk.router.put(f"/posts/{post['id']}/patch", {"message": "new"}))
    assert "integration" not in post["props"]["attachments"][0]["actions"][0]
    assert "integration" not in patched["props"]["attachments"][0]["actions"][0]


def test_a_patch_of_the_text_alone_keeps_the_buttons(desk, integration):
    post = desk.button(integration.url)
    done(desk.router.put(f"/posts/{post['id']}/patch", {"message": "new"}))
    assert desk.alice.post(f"/posts/{post['id']}/actions/claim").status_code == 200


def test_what_was_read_and_written_back_has_dead_buttons(desk, integration):
    post = desk.button(integration.url)
    read = done(desk.router.get(f"/posts/{post['id']}"))
    done(desk.router.put(f"/posts/{post['id']}/patch", {"props": read["props"]}))
    assert desk.alice.post(f"/posts/{post['id']}/actions/claim").status_code >= 400
    assert integration.received == []


def test_actions_without_an_id_get_another_one_at_every_save(desk):
    attachments = [{"actions": [{"name": "x", "type": "button", "integration": {"url": "http://127.0.0.1:9"}}]}]
    post = desk.say(desk.router, props={"attachments": attachments})
    patched = done(desk.router.put(f"/posts/{post['id']}/patch", {"props": {"attachments": attachments}}))
    ids = [shown["props"]["attachments"][0]["actions"][0]["id"] for shown in (post, patched)]
    assert len(set(ids)) == 2


def test_only_an_admin_sets_the_time_of_a_post(desk):
    assert desk.say(desk.router, create_at=5)["create_at"] != 5
    assert desk.say(desk.admin, create_at=5)["create_at"] == 5


@pytest.mark.parametrize(
    ("fields", "status", "error_id"),
    [
        ({"message": "x" * 16_384}, 400, "model.post.is_valid.message_length.app_error"),
        ({"message": "x" * 310_000}, 413, "api.context.request_body_too_large.app_error"),
        ({"root_id": UNKNOWN}, 400, "api.post.create_post.root_id.app_error"),
        ({"type": "system_join_channel"}, 400, "api.context.invalid_param.app_error"),
        ({"channel_id": UNKNOWN}, 403, PERMISSIONS),
        ({"channel_id": "short"}, 403, PERMISSIONS),
        ({"channel_id": ""}, 403, PERMISSIONS),
        ({"metadata": {"priority": {"requested_ack": True}}}, 501, "license_error.feature_unavailable"),
        ({"metadata": {"priority": {"persistent_notifications": True}}}, 501, "license_error.feature_unavailable"),
    ],
)
def test_a_post_that_cannot_be_is_refused(desk, fields, status, error_id):
    answer = desk.router.post("/posts", {"channel_id": desk.channel_id, "message": "x", **fields})
    assert refused(answer) == (status, error_id)


def test_a_post_without_a_channel_is_refused(desk):
    assert refused(desk.router.post("/posts", {"message": "x"})) == (403, PERMISSIONS)


def test_an_empty_message_is_accepted(desk):
    assert desk.say(desk.router, "")["message"] == ""


def test_the_limit_counts_runes(desk):
    assert desk.say(desk.router, "🚨" * 16_383)["message"] == "🚨" * 16_383


def test_a_patch_that_makes_a_post_too_long_changes_nothing(desk):
    post = desk.say(desk.router, "text")
    answer = desk.router.put(f"/posts/{post['id']}/patch", {"message": "x" * 16_384})
    assert refused(answer) == (400, "model.post.is_valid.message_length.app_error")
    assert done(desk.router.get(f"/posts/{post['id']}"))["message"] == "text"


def test_a_priority_is_kept_with_the_post(desk):
    root = desk.say(desk.router, "root", metadata={"priority": {"priority": "urgent"}})
    assert done(desk.bob.get(f"/posts/{root['id']}"))["metadata"]["priority"]["priority"] == "urgent"


def test_a_priority_is_for_roots_only(desk):
    metadata = {"priority": {"priority": "urgent"}}
    root = desk.say(desk.router, "root", metadata=metadata)
    answer = desk.try_post(desk.router, "reply", root_id=root["id"], metadata=metadata)
    error_id = "api.post.post_priority.priority_post_only_allowed_for_root_post.request_error"
    assert refused(answer) == (400, error_id)


def test_a_priority_is_refused_where_it_is_switched_off(desk, server):
    with changed_settings(server, PostPriority=False):
        answer = desk.try_post(desk.router, "root", metadata={"priority": {"priority": "urgent"}})
    error_id = "api.post.post_priority.priority_post_not_allowed_for_user.request_error"
    assert refused(answer) == (403, error_id)


def test_after_the_time_to_edit_the_text_stays_and_props_may_change(desk, server):
    post = desk.say(desk.router, "text")
    path = f"/posts/{post['id']}/patch"
    with changed_settings(server, PostEditTimeLimit=0):
        late = [desk.router.put(path, {"message": text}) for text in ("text", "new")]
        props = desk.router.put(path, {"props": {"a": 1}})
    assert [refused(answer) for answer in late] == [(400, "api.post.update_post.permissions_time_limit.app_error")] * 2
    assert done(props)["props"]["a"] == 1


def test_after_the_time_to_edit_a_post_may_be_deleted(desk, server):
    post = desk.say(desk.router, "too late to mend")
    with changed_settings(server, PostEditTimeLimit=0):
        done(desk.router.delete(f"/posts/{post['id']}"))
    assert refused(desk.alice.get(f"/posts/{post['id']}")) == (404, "app.post.get.app_error")


def test_what_a_post_said_before_an_edit_is_read_by_its_author_alone(desk):
    post = desk.say(desk.router, "a secret")
    done(desk.router.put(f"/posts/{post['id']}/patch", {"message": "nothing"}))
    history = f"/posts/{post['id']}/edit_history"
    assert [(one["message"], one["original_id"]) for one in done(desk.router.get(history))] == [
        ("a secret", post["id"])
    ]
    assert refused(desk.alice.get(history)) == (403, PERMISSIONS)
    seen = [desk.alice.get(f"/channels/{desk.channel_id}/posts{query}") for query in ("", "?since=1")]
    assert not [answer for answer in seen if "a secret" in answer.text]


def test_a_post_that_was_never_edited_or_is_deleted_has_no_history(desk):
    post = desk.say(desk.router)
    history = f"/posts/{post['id']}/edit_history"
    assert refused(desk.router.get(history)) == (404, "app.post.get.app_error")
    done(desk.router.delete(f"/posts/{post['id']}"))
    assert refused(desk.router.get(history)) == (403, PERMISSIONS)


def test_a_reply_cannot_be_a_root_nor_a_post_of_another_channel(desk):
    reply = desk.say(desk.router, root_id=desk.say(desk.router, "root")["id"])
    elsewhere = desk.say(desk.router, "x", desk.new_channel()["id"])
    assert [refused(desk.try_post(desk.router, "x", root_id=post["id"])) for post in (reply, elsewhere)] == [
        (400, "api.post.create_post.root_id.app_error"),
        (400, "api.post.create_post.channel_root_id.app_error"),
    ]


def test_a_deleted_post_is_gone_for_readers_and_writers(desk):
    root = desk.say(desk.router, "root")
    reply = desk.say(desk.router, "reply", root_id=root["id"])
    done(desk.router.delete(f"/posts/{root['id']}"))
    assert refused(desk.router.get(f"/posts/{root['id']}")) == (404, "app.post.get.app_error")
    assert refused(desk.router.get(f"/posts/{reply['id']}")) == (404, "app.post.get.app_error")
    assert refused(desk.router.put(f"/posts/{root['id']}/patch", {"message": "x"})) == (403, PERMISSIONS)
    assert desk.try_post(desk.router, "x", root_id=root["id"]).status_code == 400
    assert desk.router.get(f"/posts/{root['id']}/thread").status_code == 404


def test_deleting_a_deleted_post_is_not_found(desk):
    post = desk.say(desk.router, "x")
    done(desk.router.delete(f"/posts/{post['id']}"))
    assert desk.router.delete(f"/posts/{post['id']}").status_code == 404


def test_posts_are_changed_by_their_author_and_deleted_by_team_admins_too(desk):
    post = desk.say(desk.alice, "x")["id"]
    assert refused(desk.bob.put(f"/posts/{post}/patch", {"message": "y"})) == (403, PERMISSIONS)
    assert refused(desk.bob.delete(f"/posts/{post}")) == (403, PERMISSIONS)
    assert desk.dora.delete(f"/posts/{post}").status_code == 200


def test_a_channels_posts_come_newest_first_in_pages(desk):
    posts = [desk.say(desk.router, str(number))["id"] for number in range(5)]
    page = done(desk.router.get(f"/channels/{desk.channel_id}/posts", page=1, per_page=2))
    assert page["order"] == [posts[2], posts[1]]
    assert (page["next_post_id"], page["prev_post_id"]) == (posts[3], posts[0])


def test_before_and_after_count_from_a_post(desk):
    posts = [desk.say(desk.router, str(number))["id"] for number in range(5)]
    path = f"/channels/{desk.channel_id}/posts"
    assert done(desk.router.get(path, before=posts[2], per_page=1))["order"] == [posts[1]]
    assert done(desk.router.get(path, after=posts[2], per_page=1))["order"] == [posts[3]]


def test_since_shows_edited_and_deleted_posts_whatever_the_page(desk):
    posts = [desk.say(desk.router, str(number)) for number in range(4)]
    since = posts[3]["create_at"]
    done(desk.router.put(f"/posts/{posts[0]['id']}/patch", {"message": "edited"}))
    done(desk.router.delete(f"/posts/{posts[1]['id']}"))
    listed = done(desk.router.get(f"/channels/{desk.channel_id}/posts", since=since, per_page=1))
    changed = {post_id: listed["posts"][post_id] for post_id in listed["order"]}
    assert changed.keys() >= {posts[0]["id"], posts[1]["id"]}
    assert posts[2]["id"] not in changed
    assert (changed[posts[0]["id"]]["message"], changed[posts[1]["id"]]["message"]) == ("edited", "")
    assert changed[posts[1]["id"]]["delete_at"] > 0


def test_a_thread_downwards_has_its_root_first_and_comes_in_pages(desk):
    root = desk.say(desk.router, "root")["id"]
    replies = [desk.say(desk.bob, str(number), root_id=root) for number in range(3)]
    ids = [reply["id"] for reply in replies]
    first = done(desk.bob.get(f"/posts/{root}/thread", direction="down", perPage=2))
    at = replies[1]["create_at"]
    rest = done(desk.bob.get(f"/posts/{root}/thread", direction="down", perPage=2, fromPost=ids[1], fromCreateAt=at))
    assert (first["order"], first["has_next"]) == ([root, ids[0]], True)
    assert (rest["order"], rest["has_next"]) == ([root, ids[2]], False)


def test_a_thread_asked_for_by_a_reply_has_that_reply_first(desk):
    root = desk.say(desk.router, "root")["id"]
    ids = [desk.say(desk.bob, str(number), root_id=root)["id"] for number in range(3)]
    thread = done(desk.bob.get(f"/posts/{ids[1]}/thread", direction="down"))
    assert thread["order"] == [ids[1], root, ids[0], ids[2]]


def test_a_page_of_a_thread_needs_the_time_of_the_post_before_it(desk):
    root = desk.say(desk.router, "root")["id"]
    reply = desk.say(desk.bob, "reply", root_id=root)["id"]
    answer = desk.bob.get(f"/posts/{root}/thread", direction="down", perPage=2, fromPost=reply)
    assert refused(answer) == (400, "api.context.invalid_body_param.app_error")


def test_a_root_counts_its_replies(desk):
    root = desk.say(desk.router, "root")["id"]
    desk.say(desk.bob, "reply", root_id=root)
    assert done(desk.bob.get(f"/posts/{root}"))["reply_count"] == 1


def test_posts_are_read_by_a_list_of_ids(desk):
    kept, gone = desk.say(desk.router, "a")["id"], desk.say(desk.router, "b")["id"]
    done(desk.router.delete(f"/posts/{gone}"))
    found = {post["id"]: post for post in done(desk.bob.post("/posts/ids", [kept, gone, UNKNOWN]))}
    assert found.keys() == {kept, gone}
    assert (found[gone]["message"], found[gone]["delete_at"] > 0) == ("", True)


def test_any_reader_may_pin(desk):
    post = desk.say(desk.router, "x")["id"]
    assert desk.bob.post(f"/posts/{post}/pin").status_code == 200
    assert done(desk.bob.get(f"/posts/{post}"))["is_pinned"] is True


def test_an_ephemeral_post_is_made_by_system_admins_alone(desk):
    body = {"user_id": desk.alice.id, "post": {"channel_id": desk.channel_id, "message": "psst"}}
    assert refused(desk.router.post("/posts/ephemeral", body)) == (403, PERMISSIONS)
    assert refused(desk.dora.post("/posts/ephemeral", body)) == (403, PERMISSIONS)
    assert desk.admin.post("/posts/ephemeral", body).status_code == 201


def test_a_body_that_is_no_json_is_refused(desk):
    assert desk.alice.call("POST", "/posts", data="{").status_code == 400
    assert desk.alice.post("/posts", [1]).status_code == 400
