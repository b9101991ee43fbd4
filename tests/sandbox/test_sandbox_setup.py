"""What an administrator does over REST before anybody writes: teams, channels, commands, webhooks, roles."""


def test_a_team_is_made_with_its_default_channels_and_its_maker_as_admin(desk):
    made = desk.admin.post("/teams", {"name": "second", "display_name": "Second", "type": "O"}).json()
    names = {channel["name"] for channel in desk.admin.get(f"/users/me/teams/{made['id']}/channels").json()}
    me = desk.admin.get("/users/me").json()["id"]
    assert names == {"town-square", "off-topic"}
    assert desk.admin.get(f"/teams/{made['id']}/members/{me}").json()["scheme_admin"] is True
    assert desk.admin.post("/teams", {"name": "second", "display_name": "Again"}).status_code == 400


def test_teams_are_shown_to_their_members(desk):
    other = desk.sandbox.add_team("second")
    assert [team["name"] for team in desk.alice.get("/teams").json()] == ["desk"]
    assert [team["name"] for team in desk.alice.get("/users/me/teams").json()] == ["desk"]
    assert desk.alice.get(f"/teams/{desk.team_id}").json()["name"] == "desk"
    assert desk.alice.get(f"/teams/{other}").status_code == 403
    assert len(desk.alice.get(f"/teams/{desk.team_id}/members").json()) == 3


def test_channels_are_made_by_members_of_the_team_with_a_proper_name_and_type(desk):
    body = {"team_id": desk.team_id, "name": "news", "display_name": "News", "type": "O"}
    desk.sandbox.add_user("carol")
    assert desk.person("carol").post("/channels", body).status_code == 403
    assert desk.alice.post("/channels", body | {"type": "D"}).status_code == 400
    assert desk.alice.post("/channels", body | {"name": "No Name"}).status_code == 400
    assert desk.alice.get(f"/channels/{desk.alice.post('/channels', body).json()['id']}").json()["name"] == "news"


def test_several_people_are_added_at_once(desk):
    ids = [desk.sandbox.add_user(name) for name in ("carol", "dora")]
    desk.sandbox.join("desk", ["carol", "dora"])
    answer = desk.admin.post(f"/channels/{desk.channel_id}/members", {"user_ids": ids})
    assert [member["user_id"] for member in answer.json()] == ids


def test_a_command_is_kept_until_it_is_deleted(desk):
    body = {"team_id": desk.team_id, "trigger": "escalation", "url": "http://127.0.0.1:9", "method": "P"}
    command = desk.admin.post("/commands", body).json()
    path = f"/commands/{command['id']}"
    assert desk.admin.put(f"{path}/regen_token").json()["token"] != command["token"]
    assert desk.admin.delete(path).status_code == 200
    assert desk.admin.delete(path).status_code == 404
    assert desk.admin.get("/commands", team_id=desk.team_id, custom_only="true").json() == []


def test_a_command_needs_a_trigger_and_an_address_of_their_shape(desk):
    body = {"team_id": desk.team_id, "trigger": "escalation", "url": "http://127.0.0.1:9", "method": "P"}
    for wrong in ({"trigger": "/x"}, {"trigger": "a b"}, {"url": "ftp://x"}, {"method": "X"}, {"trigger": "join"}):
        assert desk.admin.post("/commands", body | wrong).status_code == 400


def test_a_command_may_be_asked_for_by_get(desk, integration):
    body = {"team_id": desk.team_id, "trigger": "escalation", "url": integration.url, "method": "G"}
    desk.admin.post("/commands", body)
    desk.alice.post("/commands/execute", {"channel_id": desk.channel_id, "command": "/escalation list ~town-square"})
    assert integration.received[-1]["method"] == "GET"
    assert "text=list+~town-square" in integration.received[-1]["path"]
    assert "channel_mentions=town-square" in integration.received[-1]["path"]


def test_a_webhook_is_kept_until_it_is_deleted(desk):
    body = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": ["http://127.0.0.1:9"]}
    hook = desk.admin.post("/hooks/outgoing", body).json()
    path = f"/hooks/outgoing/{hook['id']}"
    assert desk.admin.get(path).json()["token"] == hook["token"]
    assert len(desk.admin.get("/hooks/outgoing", channel_id=desk.channel_id).json()) == 1
    assert desk.admin.post("/hooks/outgoing", body).status_code == 201
    assert desk.admin.post("/hooks/outgoing", body | {"trigger_words": ["x"]}).status_code == 201
    assert desk.admin.post("/hooks/outgoing", body | {"trigger_words": ["x"]}).status_code == 500
    assert desk.admin.delete(path).status_code == 200
    assert desk.admin.get(path).status_code == 404


def test_a_webhook_needs_a_channel_or_words_and_an_address(desk):
    body = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": ["http://127.0.0.1:9"]}
    for wrong in ({"channel_id": ""}, {"callback_urls": []}, {"callback_urls": ["x"]}, {"trigger_words": "x"}):
        assert desk.admin.post("/hooks/outgoing", body | wrong).status_code == 400


def test_a_posting_role_lets_a_bot_write_and_not_edit_where_it_is_not_a_member(desk):
    desk.sandbox.add_bot("herald")
    desk.admin.put(f"/users/{desk.sandbox.id_of('herald')}/roles", {"roles": "system_user system_post_all_public"})
    herald, private = desk.person("herald"), desk.sandbox.add_channel("desk", "secret", private=True)
    post = desk.say(herald, "news")
    assert herald.put(f"/posts/{post['id']}/patch", {"message": "x"}).status_code == 403
    assert herald.post("/posts", {"channel_id": private}).status_code == 403


def test_a_bot_is_told_from_a_person(desk):
    assert desk.admin.get(f"/bots/{desk.ids['router']}").json()["display_name"] == "Router"
    assert desk.admin.get(f"/bots/{desk.ids['alice']}").status_code == 404


def test_nobody_reacts_in_an_archived_channel(desk):
    post = desk.say(desk.router, "x")["id"]
    desk.router.delete(f"/channels/{desk.channel_id}")
    answer = desk.bob.post("/reactions", {"user_id": desk.ids["bob"], "post_id": post, "emoji_name": "eyes"})
    assert (answer.status_code, answer.json()["id"]) == (403, "api.reaction.save.archived_channel.app_error")


def test_posts_are_read_by_a_list_of_ids(desk):
    kept, gone = desk.say(desk.router, "a")["id"], desk.say(desk.router, "b")["id"]
    desk.router.delete(f"/posts/{gone}")
    assert [post["id"] for post in desk.bob.post("/posts/ids", [kept, gone]).json()] == [kept]


def test_a_body_that_is_no_json_is_refused(desk):
    assert desk.alice.call("POST", "/posts", data="{").status_code == 400
    assert desk.alice.post("/posts", [1]).status_code == 400
    assert desk.alice.post("/users/ids", []).status_code == 400


def test_arrivals_are_lines_in_the_channel_that_fire_no_webhook(desk, integration):
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    carol = desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": carol})
    posts = desk.alice.get(f"/channels/{desk.channel_id}/posts").json()["posts"].values()
    assert [post["type"] for post in posts] == ["system_add_to_channel"]
    assert desk.sandbox.wait_until_settled()
    assert integration.received == []


def test_people_are_searched_for_by_what_their_names_begin_with(desk):
    for name, first in (("carol", "Zoe"), ("zoe.z", ""), ("dora", "Dora")):
        desk.sandbox.add_user(name, first)
    desk.sandbox.add_user("zoe.old")
    desk.sandbox.deactivate("zoe.old")
    assert {one["username"] for one in desk.router.post("/users/search", {"term": "Zo"}).json()} == {"carol", "zoe.z"}
    assert desk.router.post("/users/search", {"term": ""}).status_code == 400


def test_commands_are_offered_to_members_of_the_team_without_token_and_address(desk):
    body = {"team_id": desk.team_id, "trigger": "escalation", "url": "http://127.0.0.1:9", "method": "P"}
    desk.admin.post("/commands", body | {"auto_complete": True, "auto_complete_hint": "[list]"})
    path = f"/teams/{desk.team_id}/commands/autocomplete"
    offered = {one["trigger"]: one for one in desk.router.get(path).json()}
    desk.sandbox.add_user("carol")
    assert (offered["escalation"]["auto_complete_hint"], offered["escalation"]["url"]) == ("[list]", "")
    assert offered["escalation"]["token"] == ""
    assert "away" in offered
    assert desk.person("carol").get(path).status_code == 403


def test_roles_are_told_with_what_they_are_allowed(desk):
    path, names = "/roles/names", ["channel_user", "nobody_knows"]
    (role,) = desk.router.post(path, names).json()
    assert role["name"] == "channel_user"
    assert {"create_post", "edit_post", "add_reaction"} <= set(role["permissions"])
    desk.sandbox.forbid("channel_user", "create_post")
    assert "create_post" not in desk.router.post(path, names).json()[0]["permissions"]
