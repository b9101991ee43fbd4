"""Slash commands: what the integration is sent, and what becomes of its answer."""

import json
import threading

import pytest
from mattermost_desks import PERMISSIONS, UNKNOWN, post_in, refused
from mattermost_servers import changed_settings, done


def test_a_command_tells_who_asked_what_and_where(desk, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.alice, f"/{command['trigger'].upper()}  list  \nmine"))
    form = integration.last_form
    assert {name: form[name] for name in ("token", "team_id", "team_domain", "channel_id", "channel_name")} == {
        "token": [command["token"]],
        "team_id": [desk.team_id],
        "team_domain": [desk.team_name],
        "channel_id": [desk.channel_id],
        "channel_name": [desk.channel_name],
    }
    assert (form["user_id"], form["user_name"]) == ([desk.alice.id], [desk.alice.username])
    assert (form["command"], form["text"]) == ([f"/{command['trigger']}"], [" list  \nmine"])
    assert {"trigger_id", "response_url"} <= form.keys()
    assert not {"post_id", "parent_id"} & form.keys()


def test_a_command_is_sent_as_a_form_with_its_token_in_the_header(desk, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.alice, f"/{command['trigger']}"))
    headers = {name.lower(): value for name, value in integration.received[-1]["headers"].items()}
    assert headers["authorization"] == f"Token {command['token']}"
    assert headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_command_names_the_members_of_the_team_whom_its_text_names(desk, integration):
    command = desk.command(integration.url)
    names = f"@{desk.carol.username}. @{desk.erin.username} @nobody"
    done(desk.execute(desk.alice, f"/{command['trigger']} assign {names}"))
    form = integration.last_form
    assert (form["user_mentions"], form["user_mentions_ids"]) == ([desk.carol.username], [desk.carol.id])


def test_a_command_passes_any_root_id_on_unchecked(desk, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.alice, f"/{command['trigger']}", root_id=UNKNOWN))
    assert integration.last_form["root_id"] == [UNKNOWN]


def test_a_command_may_be_asked_for_by_get(desk, integration):
    command = desk.command(integration.url, method="G")
    done(desk.execute(desk.alice, f"/{command['trigger']} list ~{desk.channel_name}"))
    request = integration.received[-1]
    assert request["method"] == "GET"
    assert f"channel_mentions={desk.channel_name}" in request["path"]


def test_an_answer_is_shown_to_the_caller_only(desk, integration):
    command = desk.command(integration.url)
    integration.answer_with(200, {"text": "nothing open"})
    with desk.alice.listening() as alice:
        answer = done(desk.execute(desk.alice, f"/{command['trigger']} list"))
        shown = post_in(alice.hear("ephemeral_message"))
    assert (answer["text"], answer["response_type"]) == ("nothing open", "")
    assert (shown["message"], shown["channel_id"]) == ("nothing open", desk.channel_id)
    assert desk.posts() == []


def test_of_nothing_to_say_nothing_is_shown(desk, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.alice, f"/{command['trigger']}"))
    assert desk.posts() == []


def test_an_answer_in_the_channel_is_posted_as_the_caller(desk, integration):
    command = desk.command(integration.url)
    text = "<@x> see <https://example.org|this>"
    integration.answer_with(200, {"text": text, "response_type": "in_channel", "props": {"unsafe_links": "true"}})
    done(desk.execute(desk.alice, f"/{command['trigger']} list"))
    (post,) = desk.posts()
    assert (post["user_id"], post["props"]["from_webhook"]) == (desk.alice.id, "true")
    assert post["message"] == "<@x> see [this](https://example.org)"


def test_slack_mentions_in_an_answer_are_turned_into_mentions(desk, integration):
    command = desk.command(integration.url)
    integration.answer_with(200, {"text": f"<!channel> <@{desk.bob.id}>", "response_type": "in_channel"})
    done(desk.execute(desk.alice, f"/{command['trigger']}"))
    assert [post["message"] for post in desk.posts()] == [f"@channel @{desk.bob.username}"]
    assert desk.mentions(desk.bob) == 1


def test_slack_parsing_of_an_answer_can_be_skipped(desk, integration):
    command = desk.command(integration.url)
    integration.answer_with(200, {"text": "<!channel>", "response_type": "in_channel", "skip_slack_parsing": True})
    done(desk.execute(desk.alice, f"/{command['trigger']}"))
    assert [post["message"] for post in desk.posts()] == ["<!channel>"]
    assert desk.mentions(desk.bob) == 0


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [(201, "{}", "failed_resp"), (204, "", "failed_resp"), (500, "x", "failed_resp"), (200, "", "failed")],
)
def test_an_answer_that_is_not_a_200_with_json_fails_the_command(desk, integration, status, text, error):
    command = desk.command(integration.url)
    integration.answer_with(status, text)
    answer = desk.execute(desk.alice, f"/{command['trigger']} list")
    assert refused(answer) == (500, f"api.command.execute_command.{error}.app_error")


def test_a_command_fails_where_nobody_answers(desk):
    command = desk.command("http://127.0.0.1:9/")
    answer = desk.execute(desk.alice, f"/{command['trigger']}")
    assert refused(answer) == (500, "api.command.execute_command.failed.app_error")


def test_an_answer_without_the_json_type_is_plain_text(desk, integration):
    command = desk.command(integration.url)
    integration.answer_with(200, '{"text": "x"}', "text/plain")
    assert done(desk.execute(desk.alice, f"/{command['trigger']}"))["text"] == '{"text": "x"}'


def test_an_answer_in_the_channel_with_a_root_that_cannot_be_one_fails(desk, integration):
    command = desk.command(integration.url)
    integration.answer_with(200, {"text": "x", "response_type": "in_channel"})
    answer = desk.execute(desk.alice, f"/{command['trigger']} list", root_id=UNKNOWN)
    assert refused(answer) == (500, "api.command.execute_command.create_post_failed.app_error")


def test_an_answer_to_a_command_in_a_thread_is_shown_in_the_thread(desk, integration):
    root, command = desk.say(desk.router, "root")["id"], desk.command(integration.url)
    integration.answer_with(200, {"text": "yes"})
    with desk.alice.listening() as alice:
        done(desk.execute(desk.alice, f"/{command['trigger']}", root_id=root))
        assert post_in(alice.hear("ephemeral_message"))["root_id"] == root


def test_a_command_needs_a_known_trigger_and_the_right_to_post(desk, integration):
    command = desk.command(integration.url)
    unknown = desk.execute(desk.alice, "/unknown-command")
    assert refused(unknown) == (404, "api.command.execute_command.not_found.app_error")
    assert refused(desk.execute(desk.carol, f"/{command['trigger']}")) == (403, PERMISSIONS)
    assert refused(desk.execute(desk.alice, f"/{command['trigger']}", UNKNOWN)) == (403, PERMISSIONS)


def test_a_command_in_an_archived_channel_is_refused(desk, integration):
    command = desk.command(integration.url)
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    assert desk.execute(desk.alice, f"/{command['trigger']}").status_code == 400
    assert integration.received == []


def test_a_command_in_a_direct_channel_needs_its_team_named(desk, integration):
    command, direct = desk.command(integration.url), desk.direct(desk.alice, desk.router)
    assert desk.execute(desk.alice, f"/{command['trigger']}", direct["id"]).status_code == 403
    done(desk.execute(desk.alice, f"/{command['trigger']}", direct["id"], team_id=desk.team_id))
    assert integration.last_form["channel_name"] == [direct["name"]]


def test_a_bot_may_execute_a_command(desk, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.router, f"/{command['trigger']}"))
    assert integration.last_form["user_id"] == [desk.router.id]


def test_an_address_of_this_machine_is_not_called_unless_allowed(desk, server, integration):
    command = desk.command(integration.url)
    with changed_settings(server, AllowedUntrustedInternalConnections=""):
        answer = desk.execute(desk.alice, f"/{command['trigger']}")
    assert refused(answer) == (500, "api.command.execute_command.failed.app_error")
    assert integration.received == []


def test_commands_that_are_switched_off_are_neither_made_nor_executed(desk, server, integration):
    command = desk.command(integration.url)
    body = {"team_id": desk.team_id, "trigger": f"x{command['trigger']}", "url": integration.url, "method": "P"}
    with changed_settings(server, EnableCommands=False):
        answers = [desk.execute(desk.alice, f"/{command['trigger']}"), desk.admin.post("/commands", body)]
    assert [refused(answer) for answer in answers] == [(501, "api.command.disabled.app_error")] * 2


def test_a_server_that_has_no_site_url_executes_no_command(sandbox, desk, integration):
    command = desk.command(integration.url)
    sandbox.configure(SiteURL="")
    answer = desk.execute(desk.alice, f"/{command['trigger']}")
    sandbox.configure(SiteURL=sandbox.url)
    assert refused(answer) == (400, "api.command.execute_command.site_url_required.app_error")


def test_a_later_answer_may_be_given_five_times(desk, place, integration):
    command = desk.command(integration.url)
    done(desk.execute(desk.alice, f"/{command['trigger']} list"))
    later = integration.last_form["response_url"][0]
    path = later[later.index("/hooks/commands/") :]
    with desk.alice.listening() as alice:
        statuses = [place.client("").post(path, {"text": str(number)}).status_code for number in range(6)]
        shown = [post_in(alice.hear("ephemeral_message"))["message"] for _ in range(5)]
    assert statuses == [200] * 5 + [400]
    assert sorted(shown) == list("01234")


def test_a_later_answer_to_an_unknown_address_is_not_found(place):
    assert place.client("").post(f"/hooks/commands/{UNKNOWN}", {"text": "x"}).status_code == 404


# ------------------------------------------------------------------------------------------------- outgoing webhooks


def _silent_after(desk, integration, count):
    """Wait until whatever was to be called has been: a post of its own that does call comes last."""
    desk.say(desk.alice, "the end")
    integration.wait_for(count + 1)
    texts = [json.loads(request["body"])["text"] for request in integration.received]
    return [text for text in texts if text != "the end"]


def test_a_webhook_hears_posts_and_replies_of_people_and_bots(desk, integration):
    hook = desk.hook(integration.url)
    root = desk.say(desk.router, "root")
    integration.wait_for(1)
    reply = desk.say(desk.alice, "claim", root_id=root["id"])
    integration.wait_for(2)
    sent = integration.last_json
    assert sent["timestamp"] == reply["create_at"]
    del sent["timestamp"]
    assert sent == {
        "token": hook["token"],
        "team_id": desk.team_id,
        "team_domain": desk.team_name,
        "channel_id": desk.channel_id,
        "channel_name": desk.channel_name,
        "user_id": desk.alice.id,
        "user_name": desk.alice.username,
        "post_id": reply["id"],
        "text": "claim",
        "trigger_word": "",
        "file_ids": "",
    }


def test_a_form_webhook_tells_the_time_in_seconds(desk, integration):
    desk.hook(integration.url, content_type="application/x-www-form-urlencoded")
    post = desk.say(desk.alice, "x")
    integration.wait_for(1)
    assert integration.last_form["timestamp"] == [str(post["create_at"] // 1000)]
    assert integration.last_form["text"] == ["x"]


def test_the_answer_of_a_webhook_is_posted_whatever_its_status(desk, integration):
    desk.hook(integration.url)
    integration.answer_with(500, {"text": f"heard @{desk.bob.username}"}, "text/plain")
    with desk.bob.listening() as bob:
        desk.say(desk.alice, "x")
        heard = [post_in(bob.hear("posted")) for _ in range(2)]
    (answer,) = [post for post in heard if post["message"].startswith("heard")]
    assert answer["props"]["from_webhook"] == "true"
    assert desk.mentions(desk.bob) == 1
    assert len(integration.received) == 1


def test_an_empty_or_plain_answer_of_a_webhook_is_silence(desk, integration):
    desk.hook(integration.url)
    for number, text in enumerate(("", "{}", "plain"), 1):
        integration.answer_with(200, text, "text/plain")
        desk.say(desk.alice, f"say {number}")
        integration.wait_for(number)
    assert [post["message"] for post in desk.posts()] == ["say 3", "say 2", "say 1"]


def test_a_comment_on_a_root_is_its_reply_and_on_a_reply_is_lost(desk, integration):
    desk.hook(integration.url)
    integration.answer_with(200, {"text": "heard", "response_type": "comment"})
    with desk.bob.listening() as bob:
        root = desk.say(desk.alice, "root")
        heard = [post_in(bob.hear("posted")) for _ in range(2)]
    (comment,) = [post for post in heard if post["message"] == "heard"]
    assert comment["root_id"] == root["id"]
    desk.say(desk.alice, "reply", root_id=root["id"])
    integration.wait_for(2)
    assert sum(post["message"] == "heard" for post in desk.posts()) == 1


def test_the_poster_does_not_wait_for_a_webhook(desk, integration):
    desk.hook(integration.url)
    answered = threading.Event()
    integration.before_answering = lambda request: answered.wait(5)
    try:
        assert desk.say(desk.alice, "x")["message"] == "x"
        integration.wait_for(1)
        assert not answered.is_set()
    finally:
        answered.set()


def test_edits_reactions_and_arrivals_fire_no_webhook(desk, integration):
    desk.hook(integration.url)
    post = desk.say(desk.alice, "x")
    integration.wait_for(1)
    done(desk.alice.put(f"/posts/{post['id']}/patch", {"message": "y"}))
    done(desk.bob.post("/reactions", {"user_id": desk.bob.id, "post_id": post["id"], "emoji_name": "eyes"}))
    done(desk.alice.post(f"/channels/{desk.channel_id}/members", {"user_id": desk.carol.id}))
    assert _silent_after(desk, integration, 1) == ["x"]


def test_a_webhook_of_words_hears_no_private_and_no_direct_channel(desk, integration):
    desk.hook(integration.url, channel_id="", trigger_words=["hear"])
    private, direct = desk.new_channel("P")["id"], desk.direct(desk.alice, desk.bob)["id"]
    for channel in (private, direct):
        desk.say(desk.alice, "hear me", channel)
    desk.say(desk.alice, "hear this")
    integration.wait_for(1)
    assert [json.loads(request["body"])["text"] for request in integration.received] == ["hear this"]


def test_trigger_words_match_the_first_word_exactly(desk, integration):
    desk.hook(integration.url, trigger_words=["claim", "the"])
    for text in ("Claim", "claim!", "I claim", "**claim**", "  claim it"):
        desk.say(desk.alice, text)
    assert [text.strip() for text in _silent_after(desk, integration, 1)] == ["claim it"]
    assert "claim" in {json.loads(request["body"])["trigger_word"] for request in integration.received}


def test_an_answer_of_a_command_in_the_channel_fires_a_webhook(desk, integration):
    command = desk.command(integration.url)
    desk.hook(integration.url)
    integration.answer_with(200, {"text": "said", "response_type": "in_channel"})
    done(desk.execute(desk.alice, f"/{command['trigger']}"))
    integration.wait_for(2)
    assert integration.last_json["text"] == "said"


def test_archiving_a_channel_removes_its_webhooks_for_good(desk, integration):
    hook = desk.hook(integration.url)
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    done(desk.dora.post(f"/channels/{desk.channel_id}/restore"))
    assert desk.admin.get(f"/hooks/outgoing/{hook['id']}").status_code == 404


def test_webhooks_that_are_switched_off_are_neither_made_nor_fired(desk, server, integration):
    desk.hook(integration.url)
    body = {"team_id": desk.team_id, "channel_id": desk.channel_id, "callback_urls": [f"{integration.url}/2"]}
    with changed_settings(server, EnableOutgoingWebhooks=False):
        answer = desk.admin.post("/hooks/outgoing", body)
        desk.say(desk.alice, "unheard")
    assert refused(answer) == (501, "api.outgoing_webhook.disabled.app_error")
    assert _silent_after(desk, integration, 0) == []
