"""Who may do what, people, teams and channels."""

import pytest

PERMISSIONS = "api.context.permissions.app_error"


def _refused(answer):
    return answer.status_code, answer.json()["id"]


@pytest.fixture
def outsider(desk):
    """Carol is in the team and in no channel but the default ones."""
    desk.ids["carol"] = desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    return desk.person("carol")


@pytest.fixture
def team_admin(desk):
    desk.ids["dora"] = desk.sandbox.add_user("dora")
    desk.sandbox.make_team_admin("desk", "dora")
    return desk.person("dora")


def test_a_bad_token_and_none_look_alike(desk):
    expired = (401, "api.context.session_expired.app_error")
    assert _refused(desk.client("wrong").get("/users/me")) == expired
    assert _refused(desk.client("").get("/users/me")) == expired


def test_a_deactivated_accounts_token_is_refused_until_it_is_active_again(desk):
    desk.admin.delete(f"/users/{desk.ids['bob']}")
    refused = desk.bob.get("/users/me").status_code
    desk.admin.put(f"/users/{desk.ids['bob']}/active", {"active": True})
    assert (refused, desk.bob.get("/users/me").status_code) == (401, 200)


def test_a_bot_goes_with_its_owner_and_does_not_come_back(desk):
    owner = desk.sandbox.add_user("owner", roles="system_user system_admin")
    bot = desk.person("owner").post("/bots", {"username": "greeter"}).json()["user_id"]
    token = desk.admin.post(f"/users/{bot}/tokens", {"description": "x"}).json()["token"]
    statuses = [desk.client(token).get("/users/me").status_code]
    for active in (False, True):
        desk.admin.put(f"/users/{owner}/active", {"active": active})
        statuses.append(desk.client(token).get("/users/me").status_code)
    assert statuses == [200, 401, 401]


def test_every_answer_has_a_request_id_and_every_refusal_names_it(desk):
    answer = desk.alice.get("/users/" + "x" * 26)
    assert answer.json() == {
        "id": "app.user.missing_account.const",
        "message": "app.user.missing_account.const",
        "detailed_error": "",
        "request_id": answer.headers["X-Request-ID"],
        "status_code": 404,
    }


def test_the_server_tells_its_settings_without_a_login(desk):
    config = desk.client("").get("/config/client").json() | desk.alice.get("/config/client").json()
    assert (config["SiteURL"], config["MaxPostSize"]) == (desk.sandbox.url, "16383")
    assert desk.client("").get("/system/ping").json()["status"] == "OK"


def test_who_has_not_joined_reads_a_public_channel_and_does_not_post(desk, outsider):
    assert outsider.get(f"/channels/{desk.channel_id}/posts").status_code == 200
    assert _refused(outsider.post("/posts", {"channel_id": desk.channel_id})) == (403, PERMISSIONS)


def test_a_team_admin_posts_unjoined_in_private_channels_too(desk, team_admin):
    channel = desk.sandbox.add_channel("desk", "secret", private=True)
    assert team_admin.post("/posts", {"channel_id": channel}).status_code == 201


def test_a_private_channel_is_closed_to_others(desk):
    channel = desk.sandbox.add_channel("desk", "secret", private=True)
    assert desk.alice.get(f"/channels/{channel}/posts").status_code == 403
    assert desk.alice.get(f"/teams/{desk.team_id}/channels/name/secret").status_code == 404


def test_posts_are_changed_by_their_author_and_deleted_by_team_admins_too(desk, team_admin):
    post = desk.say(desk.alice, "x")["id"]
    assert desk.bob.put(f"/posts/{post}/patch", {"message": "y"}).status_code == 403
    assert desk.bob.delete(f"/posts/{post}").status_code == 403
    assert team_admin.delete(f"/posts/{post}").status_code == 200


def test_who_was_removed_can_neither_patch_nor_reply(desk):
    post = desk.say(desk.router, "x")["id"]
    assert desk.alice.delete(f"/channels/{desk.channel_id}/members/{desk.ids['router']}").status_code == 200
    assert desk.router.put(f"/posts/{post}/patch", {"message": "y"}).status_code == 403
    assert desk.router.post("/posts", {"channel_id": desk.channel_id, "root_id": post}).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/commands", {"trigger": "x", "url": "http://x", "method": "P"}),
        ("/hooks/outgoing", {"trigger_words": ["x"], "callback_urls": ["http://x"]}),
        ("/bots", {"username": "other"}),
        ("/users", {"username": "other"}),
        ("/posts/ephemeral", {"user_id": "x", "post": {}}),
    ],
)
def test_a_plain_bot_may_not_administer(desk, path, body):
    assert _refused(desk.router.post(path, {"team_id": desk.team_id, **body})) == (403, PERMISSIONS)


def test_a_bot_that_is_team_admin_makes_commands_and_webhooks(desk):
    desk.admin.put(f"/teams/{desk.team_id}/members/{desk.ids['router']}/schemeRoles", {"scheme_admin": True})
    command = {"team_id": desk.team_id, "trigger": "x", "url": "http://127.0.0.1:9", "method": "P"}
    hook = {"team_id": desk.team_id, "trigger_words": ["x"], "callback_urls": ["http://127.0.0.1:9"]}
    assert desk.router.post("/commands", command).status_code == 201
    assert desk.router.post("/hooks/outgoing", hook).status_code == 201
    assert len(desk.router.get("/commands", team_id=desk.team_id, custom_only="true").json()) == 1


def test_an_ephemeral_post_of_an_admin_reaches_its_reader(desk):
    body = {"user_id": desk.ids["alice"], "post": {"channel_id": desk.channel_id, "message": "psst"}}
    assert desk.admin.post("/posts/ephemeral", body).status_code == 201
    assert [post["message"] for post in desk.alice.get("/sandbox/ephemeral").json()] == ["psst"]


def test_a_bot_is_made_by_an_admin_and_gets_tokens_where_people_do_not(desk):
    bot = desk.admin.post("/bots", {"username": "greeter", "display_name": "Greeter"}).json()["user_id"]
    token = desk.admin.post(f"/users/{bot}/tokens", {"description": "x"}).json()["token"]
    assert desk.client(token).get("/users/me").json()["is_bot"] is True
    assert desk.admin.post(f"/users/{bot}/tokens", {}).status_code == 400
    assert desk.admin.post(f"/users/{desk.ids['bob']}/tokens", {"description": "x"}).status_code == 501


def test_people_are_found_by_lower_case_name_and_by_lists(desk):
    assert desk.router.get("/users/username/alice").json()["id"] == desk.ids["alice"]
    assert desk.router.get("/users/username/Alice").status_code == 400
    assert _refused(desk.router.get("/users/username/nobody")) == (404, "app.user.get_by_username.app_error")
    assert [user["username"] for user in desk.router.post("/users/usernames", ["bob", "nobody"]).json()] == ["bob"]
    assert [user["username"] for user in desk.router.post("/users/ids", [desk.ids["bob"]]).json()] == ["bob"]


def test_people_of_a_channel_are_listed_with_or_without_the_deactivated(desk):
    desk.sandbox.deactivate("bob")
    listed = [
        [user["username"] for user in desk.router.get("/users", in_channel=desk.channel_id, **more).json()]
        for more in ({}, {"active": "true"}, {"per_page": 1, "page": 1})
    ]
    assert listed == [["alice", "bob", "router"], ["alice", "router"], ["bob"]]


def test_an_admin_renames_and_others_do_not(desk):
    path = f"/users/{desk.ids['alice']}/patch"
    assert desk.bob.put(path, {"username": "alicia"}).status_code == 403
    assert desk.admin.put(path, {"username": "bob"}).status_code == 400
    assert desk.admin.put(path, {"username": "alicia"}).json()["username"] == "alicia"


def test_an_unknown_persons_status_is_offline(desk):
    assert desk.router.get("/users/" + "x" * 26 + "/status").json()["status"] == "offline"
    desk.say(desk.alice, "x")
    assert desk.router.get(f"/users/{desk.ids['alice']}/status").json()["status"] == "online"
    assert desk.alice.put("/users/me/status", {"user_id": desk.ids["alice"], "status": "ooo"}).status_code == 400


def test_an_account_made_by_an_admin_joins_team_and_channel(desk):
    user = desk.admin.post("/users", {"username": "erin", "email": "erin@example.org", "password": "x"}).json()["id"]
    path = f"/channels/{desk.channel_id}/members"
    assert _refused(desk.alice.post(path, {"user_id": user})) == (404, "app.team.get_member.missing.app_error")
    assert (
        desk.alice.post(f"/teams/{desk.team_id}/members", {"team_id": desk.team_id, "user_id": user}).status_code == 201
    )
    assert [desk.alice.post(path, {"user_id": user}).status_code for _ in range(2)] == [201, 201]


def test_members_are_told_of_to_members_only(desk, outsider):
    path = f"/channels/{desk.channel_id}/members"
    assert (outsider.get(path).status_code, outsider.get(f"{path}/me").status_code) == (403, 403)
    assert _refused(desk.alice.get(f"{path}/{desk.ids['carol']}")) == (404, "app.channel.get_member.missing.app_error")
    assert len(desk.alice.get(path, per_page=2).json()) == 2


def test_leaving_the_team_leaves_its_channels(desk, team_admin):
    path = f"/teams/{desk.team_id}/members/{desk.ids['bob']}"
    assert desk.router.delete(path).status_code == 403
    assert team_admin.delete(path).status_code == 200
    assert _refused(desk.alice.get(path)) == (404, "app.team.get_member.missing.app_error")
    assert desk.alice.get(f"/channels/{desk.channel_id}/members/{desk.ids['bob']}").status_code == 404


def test_a_bot_makes_channels_and_administers_them(desk):
    body = {"team_id": desk.team_id, "name": "incidents", "display_name": "Incidents", "type": "P"}
    channel = desk.router.post("/channels", body).json()["id"]
    assert desk.router.get(f"/channels/{channel}/members/me").json()["scheme_admin"] is True
    assert _refused(desk.router.post("/channels", body)) == (400, "store.sql_channel.save_channel.exists.app_error")
    assert desk.router.put(f"/channels/{channel}/patch", {}).status_code == 400
    assert desk.router.put(f"/channels/{channel}/patch", {"header": "h"}).json()["header"] == "h"


def test_a_direct_channel_is_one_for_both_and_not_made_by_others(desk):
    pair = [desk.ids["alice"], desk.ids["router"]]
    one, other = (who.post("/channels/direct", pair).json() for who in (desk.router, desk.alice))
    assert (one["id"], one["type"]) == (other["id"], "D")
    assert desk.bob.post("/channels/direct", pair).status_code == 403


def test_an_archived_channel_is_read_only_and_restored_by_a_team_admin(desk, team_admin):
    post, channel = desk.say(desk.router, "x")["id"], f"/channels/{desk.channel_id}"
    assert desk.router.delete(channel).status_code == 200
    assert _refused(desk.router.delete(channel)) == (400, "api.channel.delete_channel.deleted.app_error")
    answers = [
        desk.router.post("/posts", {"channel_id": desk.channel_id}),
        desk.router.put(f"/posts/{post}/patch", {"message": "y"}),
        desk.router.delete(f"/posts/{post}"),
    ]
    assert [_refused(answer) for answer in answers] == [
        (400, "api.post.create_post.can_not_post_to_deleted.error"),
        (400, "api.post.patch_post.can_not_update_post_in_deleted.error"),
        (400, "api.post.delete_post.can_not_delete_post_in_deleted.error"),
    ]
    assert desk.router.get(f"/posts/{post}").status_code == 200
    assert (desk.router.post(f"{channel}/restore").status_code, team_admin.post(f"{channel}/restore").status_code) == (
        403,
        200,
    )
    assert desk.say(desk.router, "back")


def test_an_archived_channel_is_found_by_name_only_when_asked_for(desk):
    desk.router.delete(f"/channels/{desk.channel_id}")
    path = f"/teams/{desk.team_id}/channels/name/escalations"
    assert _refused(desk.router.get(path)) == (404, "app.channel.get_by_name.missing.app_error")
    assert desk.router.get(path, include_deleted="true").json()["delete_at"] > 0


def test_the_default_channel_is_neither_archived_nor_left(desk):
    town = desk.alice.get("/teams/name/desk/channels/name/town-square").json()["id"]
    assert desk.alice.delete(f"/channels/{town}").status_code == 400
    assert desk.alice.delete(f"/channels/{town}/members/{desk.ids['alice']}").status_code == 400


def test_a_path_that_is_none_is_not_found(desk):
    assert _refused(desk.alice.get("/nonsense")) == (404, "api.context.404.app_error")
    assert desk.alice.get("/users/short").status_code == 400
    assert desk.alice.get("/users?" + "x" * 2048).status_code == 414
