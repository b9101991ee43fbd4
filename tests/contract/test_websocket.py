"""The WebSocket: who is let in, what is heard of what happens, what a broken connection misses."""

import json

import pytest
from mattermost_clients import PATIENCE, Ears, connect_websocket
from mattermost_desks import UNKNOWN, post_in
from mattermost_servers import done
from websockets.exceptions import ConnectionClosed, InvalidStatus


def test_a_token_on_the_upgrade_brings_hello(desk):
    with desk.router.listening() as ears:
        assert (ears.hello["seq"], len(ears.hello["data"]["connection_id"])) == (0, 26)
        assert ears.hello["broadcast"]["user_id"] == desk.router.id


def test_a_challenge_brings_hello_and_then_its_reply(desk):
    with connect_websocket(desk.server.url) as websocket:
        ears = Ears(websocket)
        reply = ears.ask("authentication_challenge", seq=1, token=desk.router.token)
        assert reply == {"status": "OK", "seq_reply": 1}
        assert ears.heard[0]["event"] == "hello"
        desk.say(desk.alice, "x")
        ears.hear("posted")


def test_a_bad_challenge_breaks_the_connection_without_a_word(desk):
    with connect_websocket(desk.server.url) as websocket:
        websocket.send(json.dumps({"seq": 1, "action": "authentication_challenge", "data": {"token": "wrong"}}))
        with pytest.raises(ConnectionClosed):
            websocket.recv(PATIENCE)


def test_a_bad_token_on_the_upgrade_connects_and_is_dropped_after_five_seconds(desk):
    with connect_websocket(desk.server.url, "wrong") as websocket:
        with pytest.raises(TimeoutError):
            websocket.recv(3)
        with pytest.raises(ConnectionClosed):
            websocket.recv(PATIENCE)


def test_a_foreign_origin_is_refused(desk):
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect_websocket(desk.server.url, desk.router.token, origin="https://example.org"),
    ):
        pass
    assert refusal.value.response.status_code == 403


def test_the_servers_own_origin_is_accepted(desk):
    with connect_websocket(desk.server.url, desk.router.token, origin=desk.server.url) as websocket:
        assert Ears(websocket).next()["event"] == "hello"


def test_a_plain_request_is_refused(desk):
    assert desk.router.get("/websocket").status_code == 400


def test_requests_are_answered_under_their_number(desk):
    with desk.router.listening() as ears:
        assert ears.ask("ping", seq=7)["data"]["text"] == "pong"
        unknown = ears.ask("nonsense", seq=8)
        assert (unknown["status"], unknown["seq_reply"]) == ("FAIL", 8)
        assert unknown["error"]["id"] == "api.web_socket_router.bad_action.app_error"
        assert ears.ask("", seq=9)["error"]["id"] == "api.web_socket_router.no_action.app_error"
        assert ears.ask("ping", seq=0)["error"]["id"] == "api.web_socket_router.bad_seq.app_error"


def test_what_is_no_json_breaks_the_connection(desk):
    with desk.router.listening() as ears:
        ears.websocket.send("nonsense")
        with pytest.raises(ConnectionClosed):
            ears.hear("nothing")


def test_a_message_too_large_breaks_the_connection(desk):
    with desk.router.listening() as ears:
        ears.websocket.send("x" * 9000)
        with pytest.raises(ConnectionClosed) as closed:
            ears.hear("nothing")
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009


def test_a_post_is_heard_with_where_and_by_whom_it_was_written(desk):
    with desk.router.listening() as ears:
        post = desk.say(desk.alice, "hello")
        heard = ears.hear("posted")
    data = heard["data"]
    assert post_in(heard)["id"] == post["id"]
    assert (data["channel_name"], data["channel_type"], data["team_id"]) == (desk.channel_name, "O", desk.team_id)
    assert data["sender_name"] == f"@{desk.alice.username}"
    assert heard["broadcast"]["channel_id"] == desk.channel_id
    assert "mentions" not in data


def test_numbers_rise_by_one_with_each_event(desk):
    with desk.router.listening() as ears:
        for number in range(5):
            desk.say(desk.alice, str(number))
            ears.hear("posted")
    assert [event["seq"] for event in ears.heard] == list(range(len(ears.heard)))


def test_a_mention_is_told_to_the_mentioned_alone(desk):
    with desk.router.listening() as router, desk.bob.listening() as bob:
        desk.say(desk.alice, f"@{desk.router.username}")
        assert json.loads(router.hear("posted")["data"]["mentions"]) == [desk.router.id]
        assert "mentions" not in bob.hear("posted")["data"]


def test_ones_own_posts_are_heard_too(desk):
    with desk.router.listening() as ears:
        post = desk.say(desk.router, "mine", pending_post_id=f"key-{desk.channel_id}")
        own = post_in(ears.hear("posted"))
    assert (own["id"], own["props"]["from_bot"]) == (post["id"], "true")
    assert own["pending_post_id"] == f"key-{desk.channel_id}"


def test_a_reply_is_heard_with_its_root(desk):
    root = desk.say(desk.router, "root")["id"]
    with desk.router.listening() as ears:
        desk.say(desk.alice, "claim", root_id=root)
        assert post_in(ears.hear("posted"))["root_id"] == root
        thread = json.loads(ears.hear("thread_updated")["data"]["thread"])
    assert (thread["id"], thread["unread_replies"]) == (root, 1)


def test_a_private_channel_is_heard_by_its_members(desk):
    private = desk.new_channel("P", [desk.alice, desk.router])["id"]
    with desk.router.listening() as router, desk.bob.listening() as bob:
        desk.say(desk.alice, "secret", private)
        assert router.hear("posted")["data"]["channel_type"] == "P"
        desk.say(desk.alice, "open")
        bob.hear("posted")
    assert "secret" not in json.dumps(bob.heard)


def test_a_public_channel_is_not_heard_by_who_is_not_in_it(desk):
    with desk.carol.listening() as carol:
        desk.say(desk.alice, f"@{desk.carol.username} unheard")
        done(desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
        carol.hear("user_added")
    assert "unheard" not in json.dumps(carol.heard)


def test_a_direct_message_is_heard_as_a_mention(desk):
    direct = desk.direct(desk.alice, desk.router)["id"]
    with desk.router.listening() as ears:
        desk.say(desk.alice, "list", direct)
        data = ears.hear("posted")["data"]
    assert (data["channel_type"], data["team_id"]) == ("D", "")
    assert json.loads(data["mentions"]) == [desk.router.id]


def test_a_new_direct_channel_is_told_of(desk, place):
    person = place.new_person("ruth")
    with desk.router.listening() as ears:
        direct = desk.direct(person, desk.router)["id"]
        assert ears.hear("direct_added")["broadcast"]["channel_id"] == direct


def test_edits_deletions_and_reactions_are_heard(desk):
    post = desk.say(desk.alice, "x")["id"]
    reaction = {"user_id": desk.bob.id, "post_id": post, "emoji_name": "eyes"}
    with desk.router.listening() as ears:
        done(desk.alice.put(f"/posts/{post}/patch", {"message": "y"}))
        assert post_in(ears.hear("post_edited"))["message"] == "y"
        done(desk.bob.post("/reactions", reaction))
        assert json.loads(ears.hear("reaction_added")["data"]["reaction"])["emoji_name"] == "eyes"
        done(desk.bob.delete(f"/users/me/posts/{post}/reactions/eyes"))
        assert json.loads(ears.hear("reaction_removed")["data"]["reaction"])["user_id"] == desk.bob.id
        done(desk.alice.delete(f"/posts/{post}"))
        assert post_in(ears.hear("post_deleted"))["id"] == post


def test_of_a_deleted_thread_the_root_alone_is_told_and_its_replies_are_gone(desk):
    root = desk.say(desk.alice, "a root")["id"]
    reply = desk.say(desk.alice, "a reply", root_id=root)["id"]
    with desk.router.listening() as ears:
        done(desk.alice.delete(f"/posts/{root}"))
        desk.say(desk.alice, "the end")
        ears.hear("posted")
        told = [post_in(one)["id"] for one in ears.heard if one.get("event") == "post_deleted"]
    assert told == [root]
    assert desk.router.get(f"/posts/{reply}").status_code == 404


def test_buttons_are_heard_without_their_integration(desk, integration):
    with desk.alice.listening() as ears:
        desk.button(integration.url, context={"mac": "secret"})
        heard = ears.hear("posted")
    assert "claim" in heard["data"]["post"]
    assert "secret" not in heard["data"]["post"]


def test_arrivals_and_departures_are_heard_by_the_channel_and_by_who_it_is(desk):
    path = f"/channels/{desk.channel_id}/members"
    with desk.router.listening() as router, desk.carol.listening() as carol:
        done(desk.alice.post(path, {"user_id": desk.carol.id}))
        assert router.hear("user_added")["data"]["user_id"] == desk.carol.id
        assert carol.hear("user_added")["broadcast"]["channel_id"] == desk.channel_id
        done(desk.alice.delete(f"{path}/{desk.carol.id}"))
        gone, told = router.hear("user_removed")["data"], carol.hear("user_removed")["data"]
    assert gone == {"user_id": desk.carol.id, "remover_id": desk.alice.id}
    assert told == {"channel_id": desk.channel_id, "remover_id": desk.alice.id}


def test_the_lines_of_arrivals_are_posts_of_the_system(desk):
    with desk.router.listening() as ears:
        done(desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
        heard = next(one for one in iter(ears.next, None) if "system_add_to_channel" in one["data"].get("post", ""))
    assert heard["data"]["sender_name"] == "System"


def test_changes_of_a_channel_are_heard(desk):
    path = f"/channels/{desk.channel_id}"
    with desk.router.listening() as ears:
        done(desk.alice.put(f"{path}/patch", {"display_name": "New"}))
        assert json.loads(ears.hear("channel_updated")["data"]["channel"])["display_name"] == "New"
        done(desk.alice.delete(path))
        assert ears.hear("channel_deleted")["data"]["channel_id"] == desk.channel_id
        done(desk.dora.post(f"{path}/restore"))
        assert ears.hear("channel_restored")["data"]["channel_id"] == desk.channel_id


def test_a_made_channel_is_told_to_its_maker(desk):
    body = {"team_id": desk.team_id, "name": f"made-{desk.channel_name}", "display_name": "Made", "type": "O"}
    with desk.router.listening() as ears:
        channel = done(desk.router.post("/channels", body))["id"]
        assert ears.hear("channel_created")["data"] == {"channel_id": channel, "team_id": desk.team_id}


def test_a_renamed_and_a_deactivated_person_are_heard_of_as_objects(desk, place):
    person = place.new_person("sam")
    with desk.router.listening() as ears:
        done(desk.admin.put(f"/users/{person.id}/patch", {"username": f"new-{person.username}"}))
        assert ears.hear("user_updated")["data"]["user"]["username"] == f"new-{person.username}"
        done(desk.admin.put(f"/users/{person.id}/active", {"active": False}))
        assert ears.hear("user_updated")["data"]["user"]["delete_at"] > 0
        assert ears.hear("user_activation_status_change")["data"] == {}


def test_who_joins_and_leaves_a_team_is_told(desk, place):
    person = place.new_person("tess", in_team=False)
    body = {"team_id": desk.team_id, "user_id": person.id}
    with person.listening() as own, desk.router.listening() as ears:
        done(desk.alice.post(f"/teams/{desk.team_id}/members", body))
        assert own.hear("added_to_team")["data"] == body
        done(desk.dora.delete(f"/teams/{desk.team_id}/members/{person.id}"))
        assert ears.hear("leave_team")["data"] == body


def test_reading_a_channel_is_told_to_ones_other_clients(desk):
    desk.say(desk.alice, "x")
    with desk.router.listening() as ears:
        done(desk.router.post("/channels/members/me/view", {"channel_id": desk.channel_id}))
        assert desk.channel_id in ears.hear("multiple_channels_viewed")["data"]["channel_times"]


def test_who_loses_the_token_hears_nothing_more(desk, place):
    bot = place.new_bot("deaf")
    done(desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": bot.id}))
    with bot.listening() as ears:
        done(desk.admin.post(f"/bots/{bot.id}/disable"))
        desk.say(desk.alice, "unheard")
        try:
            while True:
                ears.next(1)
        except (TimeoutError, ConnectionClosed):
            pass
    assert "unheard" not in json.dumps(ears.heard)


# ------------------------------------------------------------------------------------------------- coming back


def _resume(desk, connection_id, seq):
    return connect_websocket(desk.server.url, desk.router.token, connection_id=connection_id, sequence_number=seq)


def test_who_comes_back_hears_what_was_missed_and_no_new_hello(desk):
    with desk.router.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
        desk.say(desk.alice, "heard")
        seq = ears.hear("posted")["seq"]
    desk.say(desk.alice, "missed")
    with _resume(desk, connection_id, seq + 1) as websocket:
        missed = Ears(websocket).hear("posted")
    assert post_in(missed)["message"] == "missed"
    assert missed["seq"] > seq


def test_what_was_sent_and_not_received_is_sent_again_under_its_number(desk):
    with desk.router.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
        desk.say(desk.alice, "one")
        first = ears.hear("posted")
        desk.say(desk.alice, "two")
        ears.hear("posted")
    with _resume(desk, connection_id, first["seq"]) as websocket:
        again = Ears(websocket).next()
    assert (again["seq"], again["event"]) == (first["seq"], "posted")
    assert post_in(again)["message"] == "one"


def test_who_comes_back_after_a_loss_is_greeted_anew(desk):
    with desk.router.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
    with _resume(desk, connection_id, 500) as websocket:
        hello = Ears(websocket).next()
    assert (hello["event"], hello["seq"]) == ("hello", 0)
    assert hello["data"]["connection_id"] != connection_id


def test_an_unknown_connection_is_a_new_one(desk):
    with _resume(desk, UNKNOWN, 5) as websocket:
        assert Ears(websocket).next()["event"] == "hello"


def test_what_cannot_be_a_connection_id_ends_at_once(desk):
    with _resume(desk, "short", 5) as websocket, pytest.raises(ConnectionClosed):
        websocket.recv(PATIENCE)


def test_somebody_elses_connection_is_not_taken_over(desk):
    with desk.bob.listening() as ears:
        connection_id = ears.hello["data"]["connection_id"]
    with _resume(desk, connection_id, 1) as websocket:
        assert Ears(websocket).next()["event"] == "hello"
