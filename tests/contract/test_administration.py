"""What an administrator does over REST to set things up: bots, tokens, commands, webhooks, settings."""

import pytest
from mattermost_desks import PERMISSIONS, UNKNOWN, refused
from mattermost_servers import changed_settings, done

BAD_BODY = (400, "api.context.invalid_body_param.app_error")
NO_BOT = (404, "store.sql_bot.get.missing.app_error")
NO_COMMAND = (404, "store.sql_command.save.get.app_error")
NO_HOOK = (404, "app.webhooks.get_outgoing.app_error")
NOWHERE = "http://127.0.0.1:9/x"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/commands", {"trigger": "x", "url": NOWHERE, "method": "P"}),
        ("/hooks/outgoing", {"trigger_words": ["x"], "callback_urls": [NOWHERE]}),
        ("/bots", {"username": "other-bot"}),
    ],
)
def test_a_plain_bot_may_not_administer(desk, path, body):
    assert refused(desk.router.post(path, {"team_id": desk.team_id, **body})) == (403, PERMISSIONS)


def test_a_bot_that_is_team_admin_makes_commands_and_webhooks(desk, place):
    bot = place.new_bot("chief")
    roles = {"scheme_admin": True, "scheme_user": True}
    done(desk.admin.put(f"/teams/{desk.team_id}/members/{bot.id}/schemeRoles", roles))
    command = {"team_id": desk.team_id, "trigger": f"x{desk.channel_name}", "url": NOWHERE, "method": "P"}
    hook = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": [NOWHERE]}
    assert bot.post("/commands", command).status_code == 201
    assert bot.post("/hooks/outgoing", hook).status_code == 201
    assert bot.get("/commands", team_id=desk.team_id, custom_only="true").status_code == 200


# ------------------------------------------------------------------------------------------------- bots and tokens


def test_a_bot_is_told_from_a_person(desk):
    bot = done(desk.admin.get(f"/bots/{desk.router.id}"))
    assert (bot["username"], bot["display_name"]) == (desk.router.username, "Router")
    assert refused(desk.admin.get(f"/bots/{desk.alice.id}")) == NO_BOT
    assert done(desk.alice.get(f"/users/{desk.router.id}"))["is_bot"] is True


def test_bots_are_known_to_system_admins_alone(desk):
    assert refused(desk.router.get(f"/bots/{desk.router.id}")) == NO_BOT
    assert refused(desk.router.get("/bots")) == (403, PERMISSIONS)
    assert refused(desk.router.put(f"/bots/{desk.router.id}", {"display_name": "X"})) == NO_BOT


def test_bots_are_listed_the_disabled_ones_when_asked_for(desk, place):
    bot = place.new_bot("sleeper")
    done(desk.admin.post(f"/bots/{bot.id}/disable"))
    listed = [
        {one["user_id"] for one in done(desk.admin.get("/bots", per_page=200, include_deleted=more))}
        for more in ("false", "true")
    ]
    assert [bot.id in ids for ids in listed] == [False, True]


def test_a_bot_is_renamed_and_described(desk, place):
    bot = place.new_bot("plain")
    body = {"display_name": "Escalations", "description": "asks until it is answered"}
    changed = done(desk.admin.put(f"/bots/{bot.id}", body))
    assert (changed["display_name"], changed["description"]) == (body["display_name"], body["description"])
    assert done(desk.alice.get(f"/users/{bot.id}"))["first_name"] == "Escalations"


def test_a_disabled_bots_token_is_refused_until_it_is_enabled(desk, place):
    bot = place.new_bot("switch")
    assert done(desk.admin.post(f"/bots/{bot.id}/disable"))["delete_at"] > 0
    statuses = [bot.get("/users/me").status_code]
    hidden = desk.admin.get(f"/bots/{bot.id}")
    assert done(desk.admin.get(f"/bots/{bot.id}", include_deleted="true"))["delete_at"] > 0
    done(desk.admin.post(f"/bots/{bot.id}/enable"))
    statuses.append(bot.get("/users/me").status_code)
    assert (statuses, refused(hidden)) == ([401, 200], NO_BOT)


def test_a_taken_name_makes_no_bot(desk):
    answer = desk.admin.post("/bots", {"username": desk.router.username})
    assert refused(answer) == (400, "app.user.save.username_exists.app_error")


def test_no_bot_makes_bots_whatever_its_roles(sandbox, desk, place):
    """On the sandbox alone: a real server does not take the role from a bot again while there is one human admin."""
    bot = place.new_bot("boss")
    done(desk.admin.put(f"/users/{bot.id}/roles", {"roles": "system_user system_admin"}))
    answer = bot.post("/bots", {"username": f"made-by-{bot.username}"})
    assert refused(answer) == (403, PERMISSIONS)


def test_where_bots_are_switched_off_none_is_made(desk, server):
    with changed_settings(server, EnableBotAccountCreation=False):
        answer = desk.admin.post("/bots", {"username": f"never-{desk.channel_name}"})
    assert refused(answer) == (403, "api.bot.create_disabled")


def test_a_new_bot_greets_its_owner(desk, place):
    bot = place.new_bot("polite")
    (direct,) = [one for one in done(bot.get("/users/me/channels")) if one["type"] == "D"]
    assert [post["user_id"] for post in desk.posts(bot, direct["id"])] == [bot.id]


def test_a_bot_goes_with_its_owner_and_does_not_come_back(desk, place):
    owner = place.new_person("owner")
    done(desk.admin.put(f"/users/{owner.id}/roles", {"roles": "system_user system_admin"}))
    made = done(owner.post("/bots", {"username": f"bot-of-{owner.username}"}))
    token = done(desk.admin.post(f"/users/{made['user_id']}/tokens", {"description": "x"}))["token"]
    bot = place.client(token)
    statuses = [bot.get("/users/me").status_code]
    for active in (False, True):
        done(desk.admin.put(f"/users/{owner.id}/active", {"active": active}))
        statuses.append(bot.get("/users/me").status_code)
    done(desk.admin.put(f"/users/{owner.id}/roles", {"roles": "system_user"}))
    desk.server.forget_user(made["user_id"])
    assert statuses == [200, 401, 401]


def test_a_token_is_shown_once_and_listed_without_its_value(desk, place):
    bot = place.new_bot("holder")
    made = done(desk.admin.post(f"/users/{bot.id}/tokens", {"description": "second"}))
    listed = done(desk.admin.get(f"/users/{bot.id}/tokens"))
    assert {one["description"] for one in listed} == {"contract", "second"}
    assert not any("token" in one for one in listed)
    assert done(place.client(made["token"]).get("/users/me"))["id"] == bot.id


def test_a_token_is_disabled_enabled_and_revoked(desk, place):
    bot = place.new_bot("lender")
    made = done(desk.admin.post(f"/users/{bot.id}/tokens", {"description": "second"}))
    client, body, statuses = place.client(made["token"]), {"token_id": made["id"]}, []
    for change in ("disable", "enable", "revoke"):
        done(desk.admin.post(f"/users/tokens/{change}", body))
        statuses.append(client.get("/users/me").status_code)
    again = desk.admin.post("/users/tokens/revoke", body)
    assert statuses == [401, 200, 401]
    assert refused(again) == (404, "app.user_access_token.get_by_user.app_error")
    assert bot.get("/users/me").status_code == 200


def test_a_token_needs_a_description_and_an_admin(desk):
    path = f"/users/{desk.router.id}/tokens"
    assert refused(desk.admin.post(path, {})) == BAD_BODY
    assert refused(desk.router.post(path, {"description": "x"})) == (403, PERMISSIONS)
    assert refused(desk.router.get(path)) == (403, PERMISSIONS)


def test_people_get_no_tokens_where_these_are_switched_off(sandbox, desk):
    """On the sandbox alone: an admin's own token would be refused from there on, and could not switch them on again."""
    answer = desk.admin.post(f"/users/{desk.bob.id}/tokens", {"description": "x"})
    assert refused(answer) == (501, "app.user_access_token.disabled")


# ------------------------------------------------------------------------------------------------- commands


def test_a_command_is_kept_as_it_was_made(desk):
    texts = {"auto_complete": True, "auto_complete_hint": "[list]", "auto_complete_desc": "d", "display_name": "n"}
    command = desk.command(NOWHERE, **texts)
    read = done(desk.admin.get(f"/commands/{command['id']}"))
    assert {name: read[name] for name in texts} == texts
    assert (read["token"], read["url"], read["method"]) == (command["token"], NOWHERE, "P")


def test_a_command_keeps_the_token_that_it_is_given(desk):
    assert desk.command(NOWHERE, token="t" * 26)["token"] == "t" * 26


def test_a_commands_trigger_is_lower_case_and_unique(desk):
    command = desk.command(NOWHERE)
    body = {"team_id": desk.team_id, "trigger": command["trigger"].upper(), "url": NOWHERE, "method": "P"}
    assert refused(desk.admin.post("/commands", body)) == (400, "api.command.duplicate_trigger.app_error")
    assert refused(desk.admin.post("/commands", body | {"trigger": "join"})) == (
        400,
        "api.command.duplicate_trigger.app_error",
    )


def test_a_command_needs_a_trigger_and_an_address_of_their_shape(desk):
    body = {"team_id": desk.team_id, "trigger": f"x{desk.channel_name}", "url": NOWHERE, "method": "P"}
    for wrong in ({"trigger": "/x"}, {"trigger": "a b"}, {"trigger": ""}, {"url": "ftp://x"}, {"method": "X"}):
        assert desk.admin.post("/commands", body | wrong).status_code == 400, wrong


def test_a_command_is_changed_and_keeps_its_token(desk):
    command = desk.command(NOWHERE)
    changed = done(desk.admin.put(f"/commands/{command['id']}", command | {"url": f"{NOWHERE}/2", "token": "other"}))
    assert (changed["url"], changed["token"]) == (f"{NOWHERE}/2", command["token"])
    assert refused(desk.admin.put(f"/commands/{command['id']}", {"id": UNKNOWN})) == BAD_BODY
    elsewhere = desk.admin.put(f"/commands/{command['id']}", command | {"team_id": UNKNOWN})
    assert refused(elsewhere) == (400, "api.command.team_mismatch.app_error")


def test_a_command_gets_another_token(desk):
    command = desk.command(NOWHERE)
    token = done(desk.admin.put(f"/commands/{command['id']}/regen_token"))["token"]
    assert token != command["token"]
    assert done(desk.admin.get(f"/commands/{command['id']}"))["token"] == token


def test_a_command_is_kept_until_it_is_deleted(desk):
    path = f"/commands/{desk.command(NOWHERE)['id']}"
    assert desk.admin.delete(path).status_code == 200
    assert refused(desk.admin.delete(path)) == NO_COMMAND
    assert refused(desk.admin.get(path)) == NO_COMMAND


def test_custom_commands_are_listed_to_team_admins(desk):
    command = desk.command(NOWHERE)
    listed = done(desk.dora.get("/commands", team_id=desk.team_id, custom_only="true"))
    assert command["id"] in {one["id"] for one in listed}
    assert all(one["team_id"] == desk.team_id for one in listed)
    assert refused(desk.router.get("/commands", team_id=desk.team_id, custom_only="true")) == (403, PERMISSIONS)
    assert refused(desk.admin.get("/commands", custom_only="true")) == BAD_BODY


def test_others_see_of_a_command_its_hint_and_no_token(desk):
    command = desk.command(NOWHERE, auto_complete=True, auto_complete_hint="[list]")
    listed = {one["trigger"]: one for one in done(desk.alice.get("/commands", team_id=desk.team_id))}
    seen = listed[command["trigger"]]
    assert (seen["auto_complete_hint"], seen["token"], seen["url"]) == ("[list]", "", "")
    assert "shrug" in listed


def test_commands_are_offered_to_members_of_the_team_without_token_and_address(desk):
    command, path = desk.command(NOWHERE, auto_complete=True), f"/teams/{desk.team_id}/commands/autocomplete"
    offered = {one["trigger"]: one for one in done(desk.router.get(path))}
    assert (offered[command["trigger"]]["token"], offered[command["trigger"]]["url"]) == ("", "")
    assert "away" in offered
    assert refused(desk.erin.get(path)) == (403, PERMISSIONS)


def test_to_who_may_not_administer_a_command_it_does_not_exist(desk):
    command = desk.command(NOWHERE)
    path = f"/commands/{command['id']}"
    answers = [desk.router.get(path), desk.router.put(path, command), desk.router.delete(path)]
    assert [refused(answer) for answer in answers] == [NO_COMMAND] * 3


# ------------------------------------------------------------------------------------------------- webhooks


def test_a_webhook_is_kept_until_it_is_deleted(desk):
    hook = desk.hook(NOWHERE)
    path = f"/hooks/outgoing/{hook['id']}"
    assert done(desk.admin.get(path))["token"] == hook["token"]
    assert [one["id"] for one in done(desk.admin.get("/hooks/outgoing", channel_id=desk.channel_id))] == [hook["id"]]
    assert hook["id"] in {
        one["id"] for one in done(desk.dora.get("/hooks/outgoing", team_id=desk.team_id, per_page=200))
    }
    assert desk.admin.delete(path).status_code == 200
    assert refused(desk.admin.get(path)) == NO_HOOK


def test_a_webhook_keeps_the_token_that_it_is_given_and_gets_another(desk):
    hook = desk.hook(NOWHERE, token="t" * 26)
    assert hook["token"] == "t" * 26
    assert done(desk.admin.post(f"/hooks/outgoing/{hook['id']}/regen_token"))["token"] != "t" * 26


def test_a_webhook_is_changed(desk):
    hook = desk.hook(NOWHERE)
    changed = hook | {"callback_urls": [f"{NOWHERE}/2"], "display_name": "new"}
    read = done(desk.admin.put(f"/hooks/outgoing/{hook['id']}", changed))
    assert (read["callback_urls"], read["display_name"], read["token"]) == ([f"{NOWHERE}/2"], "new", hook["token"])
    assert refused(desk.admin.put(f"/hooks/outgoing/{hook['id']}", {"id": UNKNOWN})) == BAD_BODY


def test_two_webhooks_of_a_channel_may_share_an_address_but_no_word_with_it(desk):
    body = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": [NOWHERE]}
    words = body | {"trigger_words": ["x"]}
    statuses = [desk.admin.post("/hooks/outgoing", one).status_code for one in (body, body, words, words)]
    assert statuses == [201, 201, 201, 500]


def test_a_webhook_needs_a_channel_or_words_and_an_address(desk):
    body = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": [NOWHERE]}
    for wrong in ({"channel_id": ""}, {"callback_urls": []}, {"callback_urls": ["x"]}, {"trigger_words": "x"}):
        assert desk.admin.post("/hooks/outgoing", body | wrong).status_code == 400, wrong
    assert desk.admin.post("/hooks/outgoing", body | {"channel_id": UNKNOWN}).status_code == 404


def test_a_webhook_on_a_private_channel_is_refused_with_a_misleading_id(desk):
    private = desk.new_channel("P")["id"]
    body = {"team_id": desk.team_id, "channel_id": private, "callback_urls": [NOWHERE]}
    answer = desk.admin.post("/hooks/outgoing", body)
    assert refused(answer) == (403, "api.outgoing_webhook.disabled.app_error")


def test_webhooks_are_listed_to_team_admins(desk):
    for query in ({"channel_id": desk.channel_id}, {"team_id": desk.team_id}, {"channel_id": UNKNOWN}):
        assert refused(desk.router.get("/hooks/outgoing", **query)) == (403, PERMISSIONS)


# ------------------------------------------------------------------------------------------------- settings


def test_roles_are_told_with_what_they_are_allowed(desk):
    (role,) = done(desk.router.post("/roles/names", ["channel_user", "nobody_knows"]))
    assert role["name"] == "channel_user"
    assert {"create_post", "edit_post", "add_reaction", "use_channel_mentions"} <= set(role["permissions"])


def test_the_configuration_is_for_system_admins(desk):
    assert refused(desk.router.get("/config")) == (403, PERMISSIONS)
    assert refused(desk.dora.put("/config/patch", {})) == (403, PERMISSIONS)
    assert "SiteURL" in done(desk.admin.get("/config"))["ServiceSettings"]


def test_a_site_url_once_set_is_not_emptied_over_rest(desk):
    answer = desk.admin.put("/config/patch", {"ServiceSettings": {"SiteURL": ""}})
    assert refused(answer) == (400, "api.config.update_config.clear_siteurl.app_error")


def test_a_setting_of_another_type_is_refused(desk):
    answer = desk.admin.put("/config/patch", {"ServiceSettings": {"EnableCommands": "perhaps"}})
    assert refused(answer) == BAD_BODY


def test_a_changed_setting_is_told_to_clients(desk, server):
    with changed_settings(server, PostEditTimeLimit=300):
        assert done(desk.alice.get("/config/client"))["PostEditTimeLimit"] == "300"
    assert done(desk.alice.get("/config/client"))["PostEditTimeLimit"] == "-1"
