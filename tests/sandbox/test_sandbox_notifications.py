"""What a mention does to the counters that people's clients read."""


def test_a_post_counts_once_however_often_it_names_somebody(desk):
    desk.say(desk.bob, "@alice @alice @channel")
    assert desk.mentions(desk.alice) == 1


def test_nobody_is_notified_by_their_own_post(desk):
    desk.say(desk.alice, "@alice @channel")
    assert desk.mentions(desk.alice) == 0


def test_only_members_of_the_channel_are_notified(desk):
    desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    desk.say(desk.bob, "@carol")
    desk.sandbox.join("desk/escalations", ["carol"])
    assert desk.mentions(desk.person("carol")) == 0


def test_being_added_to_a_channel_counts_one_mention(desk):
    carol = desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": carol})
    assert desk.mentions(desk.person("carol")) == 1


def test_joining_by_oneself_counts_none(desk):
    carol = desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    client = desk.person("carol")
    assert client.post(f"/channels/{desk.channel_id}/members", {"user_id": carol}).status_code == 201
    assert desk.mentions(client) == 0


def test_every_post_of_a_direct_channel_counts(desk):
    direct = desk.router.post("/channels/direct", [desk.ids["router"], desk.ids["alice"]]).json()["id"]
    for text in ("one", "two"):
        desk.router.post("/posts", {"channel_id": direct, "message": text})
    assert desk.alice.get(f"/channels/{direct}/members/me").json()["mention_count"] == 2


def test_a_mention_in_a_thread_counts_there_and_not_among_the_roots(desk):
    root = desk.say(desk.bob, "root")
    desk.say(desk.bob, "@alice", root_id=root["id"])
    member = desk.alice.get(f"/channels/{desk.channel_id}/members/me").json()
    threads = desk.alice.get(f"/users/me/teams/{desk.team_id}/threads").json()
    assert (member["mention_count"], member["mention_count_root"]) == (1, 0)
    assert [thread["unread_mentions"] for thread in threads["threads"]] == [1]


def test_whom_a_root_mentions_has_its_replies_unread_without_a_mention(desk):
    root = desk.say(desk.bob, "@alice")
    desk.say(desk.bob, "more", root_id=root["id"])
    thread = desk.alice.get(f"/users/me/teams/{desk.team_id}/threads").json()["threads"][0]
    assert (thread["unread_replies"], thread["unread_mentions"]) == (1, 0)
    assert desk.mentions(desk.alice) == 1


def test_a_thread_that_was_read_has_nothing_unread(desk):
    root = desk.say(desk.bob, "@alice")
    reply = desk.say(desk.bob, "@alice", root_id=root["id"])
    desk.alice.put(f"/users/me/teams/{desk.team_id}/threads/{root['id']}/read/{reply['create_at']}")
    threads = desk.alice.get(f"/users/me/teams/{desk.team_id}/threads").json()
    assert (threads["total_unread_threads"], threads["total_unread_mentions"]) == (0, 0)


def test_the_unread_of_a_team_leaves_threads_out_unless_asked(desk):
    root = desk.say(desk.bob, "@alice")
    desk.say(desk.bob, "@alice", root_id=root["id"])
    plain = desk.alice.get(f"/users/me/teams/{desk.team_id}/unread").json()
    whole = desk.alice.get("/users/me/teams/unread", include_collapsed_threads="true").json()[0]
    assert (plain["mention_count"], plain["mention_count_root"], plain["thread_count"]) == (2, 1, 0)
    assert (whole["thread_count"], whole["thread_mention_count"]) == (1, 1)


def test_a_muted_channel_counts_names_and_not_groups(desk):
    path = f"/channels/{desk.channel_id}/members/{desk.ids['alice']}/notify_props"
    desk.alice.put(path, {"mark_unread": "mention"})
    desk.say(desk.bob, "@channel")
    desk.say(desk.bob, "@alice")
    assert desk.mentions(desk.alice) == 1


def test_here_reaches_those_who_are_online(desk):
    desk.alice.put("/users/me/status", {"user_id": desk.ids["alice"], "status": "online"})
    desk.say(desk.router, "@here")
    assert (desk.mentions(desk.alice), desk.mentions(desk.bob)) == (1, 0)


def test_a_deactivated_person_is_still_counted(desk):
    desk.sandbox.deactivate("alice")
    desk.say(desk.bob, "@alice")
    desk.sandbox.activate("alice")
    assert desk.mentions(desk.alice) == 1


def test_viewing_a_channel_resets_its_counters(desk):
    desk.say(desk.bob, "@alice")
    desk.alice.post("/channels/members/me/view", {"channel_id": desk.channel_id})
    unread = desk.alice.get(f"/users/me/channels/{desk.channel_id}/unread").json()
    assert (unread["msg_count"], unread["mention_count"]) == (0, 0)


def test_what_others_write_is_unread_and_ones_own_is_not(desk):
    desk.say(desk.alice, "mine")
    desk.say(desk.bob, "theirs")
    assert desk.alice.get(f"/users/me/channels/{desk.channel_id}/unread").json()["msg_count"] == 1


def test_an_edit_notifies_nobody(desk):
    post = desk.say(desk.bob, "hello")
    desk.bob.put(f"/posts/{post['id']}/patch", {"message": "@alice", "props": {"attachments": [{"text": "@alice"}]}})
    assert desk.mentions(desk.alice) == 0


def test_a_renamed_person_is_mentioned_by_the_new_name_only(desk):
    desk.sandbox.rename("alice", "alicia")
    desk.say(desk.bob, "@alice")
    desk.say(desk.bob, "@alicia")
    assert desk.mentions(desk.alice) == 1
