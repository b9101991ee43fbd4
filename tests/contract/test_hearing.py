"""What the hearing relies on: which channels one is in, when something was said there, whether a token still holds."""

from mattermost_servers import done


def channels(who):
    """The channels somebody is in, by id."""
    return {one["id"]: one for one in done(who.get("/users/me/channels"))}


def test_a_reply_moves_the_time_of_the_latest_post(desk):
    root = desk.say(desk.alice, "a root")
    reply = desk.say(desk.alice, "a reply", root_id=root["id"])
    assert channels(desk.router)[desk.channel_id]["last_post_at"] == reply["create_at"]


def test_direct_channels_are_among_them_and_say_so(desk):
    direct = desk.direct(desk.alice, desk.router)["id"]
    said = desk.say(desk.alice, "help", direct)
    found = channels(desk.router)[direct]
    assert (found["type"], found["last_post_at"]) == ("D", said["create_at"])


def test_channels_that_one_is_not_in_and_archived_ones_are_not_among_them(desk):
    elsewhere, archived = desk.new_channel(members=[desk.alice])["id"], desk.new_channel("P")["id"]
    done(desk.alice.delete(f"/channels/{archived}"))
    assert not {elsewhere, archived} & channels(desk.router).keys()


def test_somebody_elses_channels_are_not_shown(desk):
    assert desk.router.get(f"/users/{desk.alice.id}/channels").status_code == 403


def test_a_request_over_a_websocket_whose_token_was_taken_back_is_refused(desk, place):
    bot = place.new_bot("revoked")
    with bot.listening() as ears:
        assert ears.ask("ping", seq=1)["status"] == "OK"
        done(desk.admin.post(f"/bots/{bot.id}/disable"))
        refused = ears.ask("ping", seq=2)
    assert (refused["status"], refused["error"]["id"]) == ("FAIL", "api.web_socket_router.not_authenticated.app_error")
