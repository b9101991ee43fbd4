"""People, and who may do what: tokens, teams, channels, memberships."""

import pytest
from mattermost_desks import PERMISSIONS, UNKNOWN, refused
from mattermost_servers import done

EXPIRED = (401, "api.context.session_expired.app_error")
NO_USER = (404, "app.user.missing_account.const")
NOT_IN_TEAM = (404, "app.team.get_member.missing.app_error")
NOT_IN_CHANNEL = (404, "app.channel.get_member.missing.app_error")
BAD_BODY = (400, "api.context.invalid_body_param.app_error")


# ------------------------------------------------------------------------------------------------- accounts


def test_a_bad_token_and_none_look_alike(place):
    assert refused(place.client("wrong" * 5).get("/users/me")) == EXPIRED
    assert refused(place.client("").get("/users/me")) == EXPIRED


def test_a_deactivated_account_is_refused_and_shown_as_such(desk, place):
    bot = place.new_bot("idle")
    done(desk.admin.put(f"/users/{bot.id}/active", {"active": False}))
    refusal = refused(bot.get("/users/me"))
    gone = done(desk.alice.get(f"/users/{bot.id}"))["delete_at"]
    done(desk.admin.put(f"/users/{bot.id}/active", {"active": True}))
    assert (refusal, gone > 0) == (EXPIRED, True)
    assert done(bot.get("/users/me"))["delete_at"] == 0


def test_a_deactivated_person_stays_in_channels_and_is_not_added_to_others(desk, place):
    person = place.new_person("judy")
    channel = desk.new_channel(members=[desk.alice, person])["id"]
    done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
    assert done(desk.alice.get(f"/channels/{channel}/members/{person.id}"))["user_id"] == person.id
    answer = desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": person.id})
    assert refused(answer) == (403, "app.channel.add_member.deleted_user.app_error")


def test_a_deactivated_person_is_still_added_to_teams_and_written_to(desk, place):
    person = place.new_person("kurt", in_team=False)
    done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
    body = {"team_id": desk.team_id, "user_id": person.id}
    assert desk.alice.post(f"/teams/{desk.team_id}/members", body).status_code == 201
    assert desk.say(desk.router, "hello", desk.direct(desk.router, person)["id"])


def test_people_are_activated_by_system_admins_alone(desk):
    path = f"/users/{desk.bob.id}/active"
    answer = desk.router.put(path, {"active": False})
    assert refused(answer) == (403, "api.user.update_active.permissions.app_error")
    assert refused(desk.admin.put(path, {})) == BAD_BODY


def test_every_answer_has_a_request_id_and_every_refusal_names_it(desk):
    answer = desk.alice.get(f"/users/{UNKNOWN}")
    said = answer.json()
    assert (refused(answer), said["request_id"]) == (NO_USER, answer.headers["X-Request-ID"])
    assert said.keys() == {"id", "message", "detailed_error", "request_id", "status_code"}


def test_every_answer_names_the_version_of_the_server(desk):
    assert desk.alice.get("/users/me").headers["X-Version-ID"].startswith("11.")


def test_the_server_tells_its_settings(desk, place):
    public = done(place.client("").get("/config/client"))
    told = done(desk.alice.get("/config/client"))
    assert public["AsymmetricSigningPublicKey"] == told["AsymmetricSigningPublicKey"]
    assert (told["MaxPostSize"], told["SiteURL"]) == ("16383", public["SiteURL"])
    assert done(place.client("").get("/system/ping"))["status"] == "OK"


def test_people_are_found_by_lower_case_name_and_by_lists(desk):
    name = desk.alice.username
    assert done(desk.router.get(f"/users/username/{name}"))["id"] == desk.alice.id
    assert desk.router.get(f"/users/username/{name.upper()}").status_code == 400
    assert refused(desk.router.get("/users/username/nobody-here")) == (404, "app.user.get_by_username.app_error")
    assert [user["id"] for user in done(desk.router.post("/users/usernames", [name, "nobody"]))] == [desk.alice.id]
    assert [user["id"] for user in done(desk.router.post("/users/ids", [desk.alice.id, UNKNOWN]))] == [desk.alice.id]
    assert refused(desk.router.post("/users/ids", [])) == BAD_BODY


def test_people_are_searched_for_by_what_their_names_begin_with(desk, place):
    person = place.new_person("zoe")
    done(desk.admin.put(f"/users/{person.id}/patch", {"first_name": f"First{person.username}"}))
    for term in (person.username[:10], f"first{person.username}"):
        found = done(desk.router.post("/users/search", {"term": term}))
        assert person.id in {user["id"] for user in found}
    done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
    assert done(desk.router.post("/users/search", {"term": person.username})) == []
    assert refused(desk.router.post("/users/search", {"term": ""})) == BAD_BODY


def test_a_person_of_no_shared_team_is_found_all_the_same(desk):
    assert done(desk.router.get(f"/users/username/{desk.erin.username}"))["id"] == desk.erin.id


def test_people_of_a_channel_are_listed_with_or_without_the_deactivated(desk, place):
    person = place.new_person("kim")
    channel = desk.new_channel(members=[desk.router, person])["id"]
    done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
    listed = [
        {user["id"] for user in done(desk.router.get("/users", in_channel=channel, **more))}
        for more in ({}, {"active": "true"})
    ]
    assert listed == [{desk.router.id, person.id}, {desk.router.id}]


def test_an_admin_renames_and_others_do_not(desk, place):
    person = place.new_person("leo")
    path, new = f"/users/{person.id}/patch", f"new-{person.username}"
    assert refused(desk.bob.put(path, {"username": new})) == (403, PERMISSIONS)
    assert desk.admin.put(path, {"username": desk.bob.username}).status_code == 400
    assert done(desk.admin.put(path, {"username": new}))["username"] == new
    assert done(person.get("/users/me"))["username"] == new


def test_a_released_name_may_be_taken_by_somebody_else(desk, place):
    first = place.new_person("mia")
    done(desk.admin.put(f"/users/{first.id}/patch", {"username": f"old-{first.username}"}))
    other = place.new_person("nina")
    done(desk.admin.put(f"/users/{other.id}/patch", {"username": first.username}))
    assert done(desk.router.get(f"/users/username/{first.username}"))["id"] == other.id


def test_a_status_is_told_of_anybody(desk):
    assert done(desk.router.get(f"/users/{UNKNOWN}/status"))["status"] == "offline"
    done(desk.alice.put("/users/me/status", {"user_id": desk.alice.id, "status": "dnd"}))
    status = done(desk.router.get(f"/users/{desk.alice.id}/status"))["status"]
    done(desk.alice.put("/users/me/status", {"user_id": desk.alice.id, "status": "online"}))
    assert status == "dnd"
    assert desk.alice.put("/users/me/status", {"user_id": desk.alice.id, "status": "ooo"}).status_code == 400


def test_presence_of_several_people_is_asked_at_once(desk):
    asked = desk.router.post("/users/status/ids", [desk.alice.id, desk.bob.id])
    assert {one["user_id"] for one in done(asked)} == {desk.alice.id, desk.bob.id}


def test_a_path_that_is_none_is_not_found(desk):
    assert refused(desk.alice.get("/nonsense")) == (404, "api.context.404.app_error")
    assert desk.alice.get("/users/short").status_code == 400
    assert desk.alice.get("/users?" + "x" * 2048).status_code == 414


# ------------------------------------------------------------------------------------------------- teams


def test_a_team_is_made_with_its_default_channels_and_its_maker_as_admin(desk, place):
    name = f"second-{desk.channel_name}"
    made = place.new_team(name)
    names = {channel["name"] for channel in done(desk.admin.get(f"/users/me/teams/{made['id']}/channels"))}
    me = done(desk.admin.get("/users/me"))["id"]
    assert {"town-square", "off-topic"} <= names
    assert done(desk.admin.get(f"/teams/{made['id']}/members/{me}"))["scheme_admin"] is True
    again = desk.admin.post("/teams", {"name": name, "display_name": "Again", "type": "O"})
    assert refused(again) == (400, "store.sql_team.save_team.existing.app_error")


def test_teams_are_shown_to_their_members(desk):
    assert [team["id"] for team in done(desk.alice.get("/users/me/teams"))] == [desk.team_id]
    assert done(desk.alice.get(f"/teams/{desk.team_id}"))["name"] == desk.team_name
    assert done(desk.alice.get(f"/teams/name/{desk.team_name}"))["id"] == desk.team_id
    assert refused(desk.erin.get(f"/teams/{desk.team_id}")) == (403, PERMISSIONS)
    assert refused(desk.alice.get(f"/teams/{UNKNOWN}")) == (404, "app.team.get.find.app_error")
    assert refused(desk.alice.get("/teams/name/no-such-team")) == (404, "app.team.get_by_name.missing.app_error")


def test_members_of_a_team_are_read_one_by_one_and_by_list(desk):
    path = f"/teams/{desk.team_id}/members"
    assert done(desk.router.get(f"{path}/{desk.alice.id}"))["user_id"] == desk.alice.id
    assert refused(desk.router.get(f"{path}/{desk.erin.id}")) == NOT_IN_TEAM
    asked = desk.router.post(f"{path}/ids", [desk.alice.id, desk.erin.id, UNKNOWN])
    assert [member["user_id"] for member in done(asked)] == [desk.alice.id]
    assert refused(desk.router.post(f"{path}/ids", [])) == BAD_BODY
    assert refused(desk.erin.post(f"{path}/ids", [desk.alice.id])) == (403, PERMISSIONS)


def test_any_member_of_a_team_adds_people_to_it(desk, place):
    person, path = place.new_person("olaf", in_team=False), f"/teams/{desk.team_id}/members"
    body = {"team_id": desk.team_id, "user_id": person.id}
    assert [desk.router.post(path, body).status_code for _ in range(2)] == [201, 201]
    assert refused(desk.router.post(path, body | {"user_id": UNKNOWN})) == (404, "api.team.user.missing_account")
    assert refused(desk.admin.post(path, body | {"user_id": UNKNOWN})) == NO_USER
    assert refused(desk.router.post(path, body | {"user_id": "no"})) == BAD_BODY
    assert refused(desk.router.post(path, body | {"team_id": UNKNOWN})) == BAD_BODY
    assert refused(desk.erin.post(path, body)) == (403, PERMISSIONS)


def test_leaving_the_team_leaves_its_channels(desk, place):
    person = place.new_person("pat")
    channel = desk.new_channel(members=[desk.alice, person])["id"]
    path = f"/teams/{desk.team_id}/members/{person.id}"
    assert refused(desk.router.delete(path)) == (403, PERMISSIONS)
    assert desk.dora.delete(path).status_code == 200
    assert refused(desk.alice.get(f"/channels/{channel}/members/{person.id}")) == NOT_IN_CHANNEL
    assert done(desk.alice.get(f"/users/{person.id}"))["delete_at"] == 0


def test_of_who_has_left_a_team_its_membership_is_not_found(desk, place):
    person = place.new_person("quinn")
    done(desk.dora.delete(f"/teams/{desk.team_id}/members/{person.id}"))
    answer = desk.alice.get(f"/teams/{desk.team_id}/members/{person.id}")
    assert answer.status_code == 404 or answer.json()["delete_at"] > 0
    assert done(desk.alice.post(f"/teams/{desk.team_id}/members/ids", [person.id])) == []


def test_who_is_not_in_a_team_cannot_be_removed_from_it(desk):
    path = f"/teams/{desk.team_id}/members"
    assert refused(desk.dora.delete(f"{path}/{UNKNOWN}")) == NO_USER
    error_id = "api.team.remove_user_from_team.missing.app_error"
    assert refused(desk.dora.delete(f"{path}/{desk.erin.id}")) == (400, error_id)


# ------------------------------------------------------------------------------------------------- channels


def test_who_has_not_joined_reads_a_public_channel_and_does_not_post(desk):
    assert desk.carol.get(f"/channels/{desk.channel_id}/posts").status_code == 200
    assert refused(desk.try_post(desk.carol, "x")) == (403, PERMISSIONS)


def test_who_is_in_no_team_reads_nothing(desk):
    post = desk.say(desk.alice, "x")["id"]
    assert refused(desk.erin.get(f"/channels/{desk.channel_id}/posts")) == (403, PERMISSIONS)
    assert desk.erin.get(f"/posts/{post}").status_code == 403


def test_a_team_admin_posts_unjoined_in_private_channels_too(desk):
    channel = desk.new_channel("P", [desk.alice])["id"]
    assert desk.try_post(desk.dora, "x", channel).status_code == 201


def test_a_private_channel_is_closed_to_others(desk):
    channel = desk.new_channel("P", [desk.bob])
    assert refused(desk.alice.get(f"/channels/{channel['id']}/posts")) == (403, PERMISSIONS)
    assert refused(desk.alice.get(f"/channels/{channel['id']}")) == (403, PERMISSIONS)
    assert desk.alice.get(f"/teams/{desk.team_id}/channels/name/{channel['name']}").status_code == 404


def test_who_was_removed_can_neither_patch_nor_reply(desk):
    post = desk.say(desk.router, "x")["id"]
    done(desk.alice.delete(f"/channels/{desk.channel_id}/members/{desk.router.id}"))
    assert refused(desk.router.put(f"/posts/{post}/patch", {"message": "y"})) == (403, PERMISSIONS)
    assert refused(desk.try_post(desk.router, "y", root_id=post)) == (403, PERMISSIONS)
    assert desk.router.get(f"/posts/{post}").status_code == 200


def test_members_are_told_of_to_members_only(desk):
    path = f"/channels/{desk.channel_id}/members"
    assert refused(desk.carol.get(path)) == (403, PERMISSIONS)
    assert refused(desk.carol.get(f"{path}/me")) == (403, PERMISSIONS)
    assert refused(desk.dora.get(path)) == (403, PERMISSIONS)
    assert refused(desk.alice.get(f"{path}/{desk.carol.id}")) == NOT_IN_CHANNEL
    assert len(done(desk.alice.get(path, per_page=2))) == 2


def test_members_of_a_channel_are_read_by_list(desk):
    path = f"/channels/{desk.channel_id}/members/ids"
    asked = desk.router.post(path, [desk.alice.id, desk.carol.id, UNKNOWN])
    assert [member["user_id"] for member in done(asked)] == [desk.alice.id]
    assert refused(desk.router.post(path, [])) == BAD_BODY
    assert refused(desk.carol.post(path, [desk.alice.id])) == (403, PERMISSIONS)


def test_a_member_adds_people_of_the_team_to_a_channel(desk):
    path = f"/channels/{desk.channel_id}/members"
    added = [desk.router.post(path, {"user_id": desk.carol.id}) for _ in range(2)]
    assert [answer.status_code for answer in added] == [201, 201]
    assert done(added[0])["user_id"] == desk.carol.id


def test_who_is_not_in_the_team_cannot_be_added_to_its_channel(desk):
    path = f"/channels/{desk.channel_id}/members"
    assert refused(desk.router.post(path, {"user_id": desk.erin.id})) == NOT_IN_TEAM
    assert refused(desk.router.post(path, {"user_id": UNKNOWN})) == NO_USER
    assert refused(desk.router.post(path, {"user_id": "no"})) == BAD_BODY


def test_of_several_people_those_who_may_be_in_the_channel_are_added(desk):
    body = {"user_ids": [desk.erin.id, desk.carol.id]}
    answer = desk.router.post(f"/channels/{desk.channel_id}/members", body)
    assert [member["user_id"] for member in done(answer)] == [desk.carol.id]


def test_who_is_not_in_a_channel_adds_nobody_to_it(desk):
    public, private = desk.new_channel(members=[desk.alice])["id"], desk.new_channel("P", [desk.alice])["id"]
    for channel in (public, private):
        answer = desk.router.post(f"/channels/{channel}/members", {"user_id": desk.bob.id})
        assert refused(answer) == (403, PERMISSIONS)


def test_a_team_admin_adds_people_to_any_channel(desk):
    channel = desk.new_channel("P", [desk.alice])["id"]
    assert desk.dora.post(f"/channels/{channel}/members", {"user_id": desk.bob.id}).status_code == 201


def test_a_bot_joins_a_public_channel_of_its_team_by_itself(desk):
    public, private = desk.new_channel(members=[desk.alice])["id"], desk.new_channel("P", [desk.alice])["id"]
    assert desk.router.post(f"/channels/{public}/members", {"user_id": desk.router.id}).status_code == 201
    answer = desk.router.post(f"/channels/{private}/members", {"user_id": desk.router.id})
    assert refused(answer) == (403, PERMISSIONS)


def test_removing_who_is_not_there_is_not_found(desk):
    path = f"/channels/{desk.channel_id}/members"
    assert refused(desk.alice.delete(f"{path}/{desk.carol.id}")) == NOT_IN_CHANNEL
    assert refused(desk.alice.delete(f"{path}/{UNKNOWN}")) == NO_USER


def test_channels_are_made_by_members_of_the_team_with_a_proper_name_and_type(desk):
    body = {"team_id": desk.team_id, "name": f"new-{desk.channel_name}", "display_name": "News", "type": "O"}
    assert refused(desk.erin.post("/channels", body)) == (403, PERMISSIONS)
    assert desk.alice.post("/channels", body | {"type": "D"}).status_code == 400
    assert desk.alice.post("/channels", body | {"name": "No Name"}).status_code == 400
    made = done(desk.alice.post("/channels", body))
    assert done(desk.alice.get(f"/channels/{made['id']}"))["name"] == body["name"]


def test_a_bot_makes_channels_and_administers_them(desk):
    body = {"team_id": desk.team_id, "name": f"bots-{desk.channel_name}", "display_name": "Bots", "type": "P"}
    channel = done(desk.router.post("/channels", body))["id"]
    assert done(desk.router.get(f"/channels/{channel}/members/me"))["scheme_admin"] is True
    assert refused(desk.router.post("/channels", body)) == (400, "store.sql_channel.save_channel.exists.app_error")
    assert done(desk.router.put(f"/channels/{channel}/patch", {"header": "h"}))["header"] == "h"


def test_a_channel_is_renamed_to_a_free_name_only(desk):
    path = f"/channels/{desk.channel_id}/patch"
    assert refused(desk.router.put(path, {})) == (400, "api.channel.patch_update_channel.no_changes.app_error")
    taken = desk.router.put(path, {"name": "town-square"})
    assert refused(taken) == (400, "store.sql_channel.save_channel.exists.app_error")
    new = f"new-{desk.channel_name}"
    assert done(desk.router.put(path, {"name": new, "display_name": "New"}))["name"] == new
    old = desk.router.get(f"/teams/{desk.team_id}/channels/name/{desk.channel_name}")
    assert refused(old) == (404, "app.channel.get_by_name.missing.app_error")


def test_a_channel_is_found_by_names_and_an_unknown_one_is_not(desk):
    path = f"/teams/name/{desk.team_name}/channels/name/{desk.channel_name}"
    assert done(desk.router.get(path))["id"] == desk.channel_id
    assert refused(desk.router.get(f"/channels/{UNKNOWN}")) == (404, "app.channel.get.existing.app_error")


def test_somebodys_channels_are_listed_of_a_team_and_of_all(desk):
    direct = desk.direct(desk.router, desk.alice)["id"]
    everywhere = {channel["id"] for channel in done(desk.router.get("/users/me/channels"))}
    of_team = {channel["id"] for channel in done(desk.router.get(f"/users/me/teams/{desk.team_id}/channels"))}
    assert {desk.channel_id, direct} <= everywhere & of_team
    assert refused(desk.router.get(f"/users/{desk.alice.id}/channels")) == (403, PERMISSIONS)


def test_a_direct_channel_is_one_for_both_and_not_made_by_others(desk):
    one, other = desk.direct(desk.router, desk.alice), desk.direct(desk.alice, desk.router)
    assert (one["id"], one["type"], one["team_id"]) == (other["id"], "D", "")
    assert one["name"] == "__".join(sorted((desk.router.id, desk.alice.id)))
    pair = [desk.alice.id, desk.router.id]
    assert refused(desk.bob.post("/channels/direct", pair)) == (403, PERMISSIONS)


def test_a_direct_channel_needs_no_shared_team(desk):
    direct = desk.direct(desk.router, desk.erin)["id"]
    assert desk.say(desk.router, "hello", direct)["channel_id"] == direct


def test_an_archived_channel_is_read_only_and_restored_by_a_team_admin(desk):
    post, channel = desk.say(desk.router, "x")["id"], f"/channels/{desk.channel_id}"
    done(desk.router.delete(channel))
    assert refused(desk.router.delete(channel)) == (400, "api.channel.delete_channel.deleted.app_error")
    reaction = {"user_id": desk.bob.id, "post_id": post, "emoji_name": "eyes"}
    answers = [
        desk.try_post(desk.router, "y"),
        desk.router.put(f"/posts/{post}/patch", {"message": "y"}),
        desk.router.delete(f"/posts/{post}"),
        desk.bob.post("/reactions", reaction),
    ]
    assert [refused(answer) for answer in answers] == [
        (400, "api.post.create_post.can_not_post_to_deleted.error"),
        (400, "api.post.patch_post.can_not_update_post_in_deleted.error"),
        (400, "api.post.delete_post.can_not_delete_post_in_deleted.error"),
        (403, "api.reaction.save.archived_channel.app_error"),
    ]
    assert desk.router.get(f"/posts/{post}").status_code == 200
    assert refused(desk.router.post(f"{channel}/restore")) == (403, PERMISSIONS)
    assert desk.dora.post(f"{channel}/restore").status_code == 200
    assert desk.say(desk.router, "back")


def test_an_archived_channel_is_found_by_name_only_when_asked_for(desk):
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    path = f"/teams/{desk.team_id}/channels/name/{desk.channel_name}"
    assert refused(desk.router.get(path)) == (404, "app.channel.get_by_name.missing.app_error")
    assert done(desk.router.get(path, include_deleted="true"))["delete_at"] > 0
    assert done(desk.router.get(f"/channels/{desk.channel_id}"))["delete_at"] > 0


def test_an_archived_channels_name_stays_taken(desk):
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    body = {"team_id": desk.team_id, "name": desk.channel_name, "display_name": "Again", "type": "O"}
    assert refused(desk.alice.post("/channels", body)) == (400, "store.sql_channel.save_channel.exists.app_error")


def test_a_channel_that_is_not_archived_cannot_be_restored(desk):
    answer = desk.dora.post(f"/channels/{desk.channel_id}/restore")
    assert refused(answer) == (400, "api.channel.restore_channel.restored.app_error")


def test_a_channel_is_made_private_by_a_team_admin(desk):
    path = f"/channels/{desk.channel_id}/privacy"
    assert refused(desk.router.put(path, {"privacy": "P"})) == (403, PERMISSIONS)
    assert done(desk.dora.put(path, {"privacy": "P"}))["type"] == "P"
    assert desk.carol.get(f"/channels/{desk.channel_id}/posts").status_code == 403


def test_the_default_channel_is_neither_archived_nor_left(desk):
    town = done(desk.alice.get(f"/teams/{desk.team_id}/channels/name/town-square"))["id"]
    assert desk.alice.delete(f"/channels/{town}").status_code == 400
    assert desk.alice.delete(f"/channels/{town}/members/{desk.alice.id}").status_code == 400


def test_a_posting_role_lets_a_bot_write_and_not_edit_where_it_is_not_a_member(desk, place):
    herald, private = place.new_bot("herald"), desk.new_channel("P", [desk.alice])["id"]
    done(desk.admin.put(f"/users/{herald.id}/roles", {"roles": "system_user system_post_all_public"}))
    post = desk.say(herald, "news")
    assert refused(herald.put(f"/posts/{post['id']}/patch", {"message": "x"})) == (403, PERMISSIONS)
    assert refused(desk.try_post(herald, "x", private)) == (403, PERMISSIONS)


@pytest.mark.parametrize("name", ["eyes", "white_check_mark", "hourglass", "x", "question", "+1"])
def test_reactions_are_given_and_taken_back(desk, name):
    post = desk.say(desk.router, "x")["id"]
    asked = {"user_id": desk.bob.id, "post_id": post, "emoji_name": name}
    assert [desk.bob.post("/reactions", asked).status_code for _ in range(2)] == [200, 200]
    assert [one["emoji_name"] for one in done(desk.alice.get(f"/posts/{post}/reactions"))] == [name]
    done(desk.bob.delete(f"/users/me/posts/{post}/reactions/{name.replace('+', '%2B')}"))
    assert desk.alice.get(f"/posts/{post}/reactions").json() in ([], None)


def test_reactions_are_ones_own_and_of_known_emoji(desk):
    post = desk.say(desk.router, "x")["id"]
    asked = {"user_id": desk.bob.id, "post_id": post, "emoji_name": "eyes"}
    assert desk.alice.post("/reactions", asked).status_code == 403
    assert desk.bob.post("/reactions", asked | {"emoji_name": "nonsense"}).status_code == 404
    assert refused(desk.carol.post("/reactions", asked | {"user_id": desk.carol.id})) == (403, PERMISSIONS)


def test_a_reaction_to_a_deleted_post_is_not_found(desk):
    post = desk.say(desk.router, "x")["id"]
    done(desk.router.delete(f"/posts/{post}"))
    asked = {"user_id": desk.bob.id, "post_id": post, "emoji_name": "eyes"}
    assert desk.bob.post("/reactions", asked).status_code in (403, 404)
