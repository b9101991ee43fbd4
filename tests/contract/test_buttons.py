"""Buttons and menus: what the integration is sent, and what becomes of its answer."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from mattermost_desks import post_in, refused
from mattermost_servers import changed_settings, done

REFUSED = (400, "api.post.do_action.action_integration.app_error")


def _press(who, post, action_id="claim", **body):
    return who.post(f"/posts/{post['id']}/actions/{action_id}", body or None)


def _read(desk, post):
    return done(desk.alice.get(f"/posts/{post['id']}"))


def test_a_press_tells_the_integration_who_pressed_what_and_where(desk, integration):
    post = desk.button(integration.url)
    answer = done(_press(desk.alice, post))
    sent = integration.last_json
    trigger_id = sent.pop("trigger_id")
    assert sent == {
        "user_id": desk.alice.id,
        "user_name": desk.alice.username,
        "channel_id": desk.channel_id,
        "channel_name": desk.channel_name,
        "team_id": desk.team_id,
        "team_domain": desk.team_name,
        "post_id": post["id"],
        "type": "button",
        "data_source": "",
        "context": {"item": "42"},
    }
    assert base64.b64decode(trigger_id).decode().startswith(f"{answer['trigger_id']}:{desk.alice.id}:")


def test_a_press_is_sent_as_json_without_a_token(desk, integration):
    done(_press(desk.alice, desk.button(integration.url)))
    headers = {name.lower(): value for name, value in integration.received[-1]["headers"].items()}
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "Mattermost-Bot/1.1")
    assert "authorization" not in headers


def test_a_trigger_id_is_signed_with_the_published_key(desk, place, integration):
    done(_press(desk.alice, desk.button(integration.url)))
    key = done(place.client("").get("/config/client"))["AsymmetricSigningPublicKey"]
    signed, _, signature = base64.b64decode(integration.last_json["trigger_id"]).decode().rpartition(":")
    public = serialization.load_der_public_key(base64.b64decode(key))
    public.verify(base64.b64decode(signature), f"{signed}:".encode(), ec.ECDSA(hashes.SHA256()))


def test_every_press_has_a_trigger_id_of_its_own(desk, integration):
    post = desk.button(integration.url)
    for _ in range(2):
        done(_press(desk.alice, post))
    assert len({json.loads(request["body"])["trigger_id"] for request in integration.received}) == 2


def test_a_choice_is_passed_on_in_the_context_unchecked(desk, integration):
    post = desk.button(integration.url, type="select", data_source="users")
    done(_press(desk.alice, post, selected_option="nonsense"))
    assert integration.last_json["context"] == {"item": "42", "selected_option": "nonsense"}
    assert (integration.last_json["type"], integration.last_json["data_source"]) == ("select", "users")


def test_a_menu_pressed_without_a_choice_has_none_in_the_context(desk, integration):
    done(_press(desk.alice, desk.button(integration.url, type="select", data_source="users")))
    assert integration.last_json["context"] == {"item": "42"}


@pytest.mark.parametrize("action_id", ["claim_1", "cla-im", "unknown"])
def test_an_action_that_is_not_there_or_has_no_proper_id_is_not_found(desk, integration, action_id):
    post = desk.button(integration.url, action_id="claim_1")
    assert _press(desk.alice, post, action_id).status_code == 404
    assert integration.received == []


def test_who_can_read_a_channel_can_press_in_it(desk, integration):
    post = desk.button(integration.url)
    assert _press(desk.carol, post).status_code == 200
    assert _press(desk.router, post).status_code == 200
    assert _press(desk.erin, post).status_code == 403
    assert [json.loads(request["body"])["user_id"] for request in integration.received] == [
        desk.carol.id,
        desk.router.id,
    ]


@pytest.mark.parametrize(
    ("status", "text"), [(201, "{}"), (204, ""), (500, "{}"), (200, "oops"), (200, "[]"), (403, "{}")]
)
def test_an_answer_that_is_not_a_200_with_an_object_fails_the_press(desk, integration, status, text):
    post = desk.button(integration.url)
    integration.answer_with(status, text)
    answer = _press(desk.alice, post)
    assert refused(answer) == REFUSED
    assert "oops" not in answer.text


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_an_answer_may_be_of_any_type_and_empty(desk, integration, content_type):
    integration.answer_with(200, "", content_type)
    assert _press(desk.alice, desk.button(integration.url)).status_code == 200


def test_a_press_fails_where_nobody_answers(desk):
    assert refused(_press(desk.alice, desk.button("http://127.0.0.1:9/"))) == REFUSED


def test_ephemeral_text_is_shown_to_the_presser_only_under_the_root(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"ephemeral_text": "already claimed"})
    with desk.alice.listening() as alice, desk.bob.listening() as bob:
        done(_press(desk.alice, post))
        shown = post_in(alice.hear("ephemeral_message"))
        desk.say(desk.router, "after")
        bob.hear("posted")
    assert (shown["message"], shown["root_id"], shown["channel_id"]) == ("already claimed", post["id"], desk.channel_id)
    assert "ephemeral_message" not in [one["event"] for one in bob.heard]


def test_ephemeral_text_of_a_press_in_a_thread_is_shown_in_the_thread(desk, integration):
    root = desk.say(desk.router, "root")["id"]
    action = {"id": "claim", "name": "Claim", "type": "button", "integration": {"url": integration.url}}
    reply = desk.say(desk.router, "reply", root_id=root, props={"attachments": [{"text": "t", "actions": [action]}]})
    integration.answer_with(200, {"ephemeral_text": "no"})
    with desk.alice.listening() as alice:
        done(_press(desk.alice, reply))
        assert post_in(alice.hear("ephemeral_message"))["root_id"] == root


@pytest.mark.parametrize(
    ("skip", "expected"),
    [(False, "<!channel> [this](https://example.org)"), (True, "<!channel> <https://example.org|this>")],
)
def test_slack_links_in_ephemeral_text_are_turned_unless_skipped_and_mentions_never(desk, integration, skip, expected):
    text = "<!channel> <https://example.org|this>"
    integration.answer_with(200, {"ephemeral_text": text, "skip_slack_parsing": skip})
    with desk.alice.listening() as alice:
        done(_press(desk.alice, desk.button(integration.url)))
        assert post_in(alice.hear("ephemeral_message"))["message"] == expected


def test_an_update_without_message_blanks_it_and_keeps_the_buttons(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"update": {}})
    done(_press(desk.alice, post))
    assert _read(desk, post)["message"] == ""
    assert _press(desk.alice, post).status_code == 200


def test_an_update_with_props_replaces_them_whole_and_notifies_nobody(desk, integration):
    post = desk.button(integration.url)
    message = f"@{desk.bob.username} done"
    integration.answer_with(200, {"update": {"message": message, "props": {"a": 1, "from_webhook": "true"}}})
    done(_press(desk.alice, post))
    read = _read(desk, post)
    assert (read["message"], read["props"].get("a"), desk.mentions(desk.bob)) == (message, 1, 0)
    assert not {"attachments", "from_webhook"} & read["props"].keys()


def test_an_update_of_somebody_who_left_the_channel_is_made(desk, integration):
    post = desk.button(integration.url)
    done(desk.alice.delete(f"/channels/{desk.channel_id}/members/{desk.router.id}"))
    integration.answer_with(200, {"update": {"message": "claimed"}})
    done(_press(desk.alice, post))
    assert _read(desk, post)["message"] == "claimed"


def test_an_update_that_is_too_long_fails_and_changes_nothing(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"update": {"message": "x" * 16_384}})
    assert _press(desk.alice, post).status_code == 400
    assert _read(desk, post)["message"] == "a case"


def test_an_integration_may_patch_the_post_while_a_press_is_answered(desk, integration):
    post = desk.button(integration.url)
    patched = {"message": "claimed", "props": {"state": "new"}}
    integration.before_answering = lambda request: desk.router.put(f"/posts/{post['id']}/patch", patched)
    done(_press(desk.alice, post))
    read = _read(desk, post)
    assert (read["message"], read["props"]["state"]) == ("claimed", "new")


def test_an_update_without_props_undoes_a_patch_made_meanwhile(desk, integration):
    post = desk.button(integration.url)
    integration.before_answering = lambda request: desk.router.put(f"/posts/{post['id']}/patch", {"props": {"b": 1}})
    integration.answer_with(200, {"update": {"message": "x"}})
    done(_press(desk.alice, post))
    assert "attachments" in _read(desk, post)["props"]


def test_a_press_reaches_an_archived_channel_and_no_deleted_post(desk, integration):
    post, gone = desk.button(integration.url), desk.button(integration.url)
    done(desk.router.delete(f"/posts/{gone['id']}"))
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    assert _press(desk.alice, post).status_code == 200
    assert _press(desk.alice, gone).status_code == 404


def test_a_redirect_is_followed_as_a_get(desk, integration):
    def redirect_once(request):
        if request["method"] == "GET":
            integration.answer_with(200, {"ephemeral_text": "moved"})

    integration.before_answering = redirect_once
    integration.answer_with(302, "", Location=integration.url)
    assert _press(desk.alice, desk.button(integration.url)).status_code == 200
    assert [request["method"] for request in integration.received] == ["POST", "GET"]


def test_an_address_of_this_machine_is_not_called_unless_allowed(desk, server, integration):
    post = desk.button(integration.url)
    with changed_settings(server, AllowedUntrustedInternalConnections=""):
        answer = _press(desk.alice, post)
    assert refused(answer) == REFUSED
    assert integration.received == []


def test_a_range_of_addresses_may_be_allowed(desk, server, integration):
    post = desk.button(integration.url)
    with changed_settings(server, AllowedUntrustedInternalConnections="127.0.0.0/8"):
        assert _press(desk.alice, post).status_code == 200


# ------------------------------------------------------------------------------------------------- permalinks


def _link(desk, post):
    site = done(desk.alice.get("/config/client"))["SiteURL"]
    return f"see {site}/{desk.team_name}/pl/{post['id']}"


def _embeds(post):
    return [embed for embed in post["metadata"].get("embeds", []) if embed["type"] == "permalink"]


def _integration_in(embed):
    return embed["data"]["post"]["props"]["attachments"][0]["actions"][0]["integration"]


def test_a_permalink_shows_url_and_context_of_the_buttons_behind_it(desk, integration):
    post = desk.button(integration.url, context={"mac": "secret"})
    link = desk.say(desk.bob, _link(desk, post))
    (embed,) = _embeds(done(desk.bob.get(f"/posts/{link['id']}")))
    assert _integration_in(embed) == {"url": integration.url, "context": {"mac": "secret"}}


def test_a_permalink_shows_them_to_whoever_hears_the_post(desk, integration):
    post = desk.button(integration.url, context={"mac": "secret"})
    with desk.alice.listening() as alice:
        desk.say(desk.bob, _link(desk, post))
        (embed,) = _embeds(post_in(alice.hear("posted")))
    assert _integration_in(embed)["context"] == {"mac": "secret"}


def test_a_permalink_shows_nothing_of_a_channel_that_the_reader_may_not_read(desk, integration):
    private = desk.new_channel("P", [desk.router])["id"]
    hidden = desk.button(integration.url, channel_id=private)
    link = desk.say(desk.bob, _link(desk, hidden))
    assert _embeds(done(desk.bob.get(f"/posts/{link['id']}"))) == []


def test_permalinks_show_nothing_where_previews_are_switched_off(desk, server, integration):
    post = desk.button(integration.url, context={"mac": "secret"})
    with changed_settings(server, EnablePermalinkPreviews=False):
        link = desk.say(desk.bob, _link(desk, post))
        assert _embeds(done(desk.bob.get(f"/posts/{link['id']}"))) == []


def test_a_copied_button_calls_its_address_with_the_context_of_whoever_posted_it(desk, integration):
    action = {"id": "claim", "name": "Claim", "type": "button"}
    action["integration"] = {"url": integration.url, "context": {"mac": "copied"}}
    post = desk.say(desk.alice, "mine", props={"attachments": [{"text": "t", "actions": [action]}]})
    done(_press(desk.bob, post))
    sent = integration.last_json
    assert (sent["post_id"], sent["user_id"], sent["context"]) == (post["id"], desk.bob.id, {"mac": "copied"})
