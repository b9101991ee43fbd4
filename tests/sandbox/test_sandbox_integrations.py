"""Buttons, dialogs, slash commands and outgoing webhooks: what is sent, and what becomes of the answer."""

import base64
import threading

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

REFUSED = "api.post.do_action.action_integration.app_error"


def _press(desk, who, post, action_id="claim", **body):
    return who.post(f"/posts/{post['id']}/actions/{action_id}", body or None)


def _ephemeral(who):
    return [(post["message"], post["root_id"]) for post in who.get("/sandbox/ephemeral").json()]


def _execute(desk, who, text, **more):
    return who.post("/commands/execute", {"channel_id": desk.channel_id, "command": text, **more})


def test_a_press_tells_the_integration_who_pressed_what_and_where(desk, integration):
    post = desk.button(integration.url)
    answer = _press(desk, desk.alice, post).json()
    sent = integration.last_json
    trigger_id = sent.pop("trigger_id")
    assert sent == {
        "user_id": desk.ids["alice"],
        "user_name": "alice",
        "channel_id": desk.channel_id,
        "channel_name": "escalations",
        "team_id": desk.team_id,
        "team_domain": "desk",
        "post_id": post["id"],
        "type": "button",
        "data_source": "",
        "context": {"item": "42"},
    }
    assert base64.b64decode(trigger_id).decode().startswith(answer["trigger_id"] + ":" + desk.ids["alice"])
    assert integration.received[-1]["headers"]["User-Agent"] == "Mattermost-Bot/1.1"


def test_a_trigger_id_is_signed_with_the_published_key(desk, integration):
    _press(desk, desk.alice, desk.button(integration.url))
    key = desk.client("none").get("/config/client").json()["AsymmetricSigningPublicKey"]
    signed, _, signature = base64.b64decode(integration.last_json["trigger_id"]).decode().rpartition(":")
    public = serialization.load_der_public_key(base64.b64decode(key))
    public.verify(base64.b64decode(signature), f"{signed}:".encode(), ec.ECDSA(hashes.SHA256()))


def test_a_choice_is_passed_on_in_the_context_unchecked(desk, integration):
    post = desk.button(integration.url, type="select", data_source="users")
    _press(desk, desk.alice, post, selected_option="nonsense")
    assert integration.last_json["context"] == {"item": "42", "selected_option": "nonsense"}
    assert integration.last_json["data_source"] == "users"


@pytest.mark.parametrize("action_id", ["claim_1", "cla-im", "unknown"])
def test_an_action_that_is_not_there_or_has_no_proper_id_is_not_found(desk, integration, action_id):
    post = desk.button(integration.url, action_id="claim_1")
    assert _press(desk, desk.alice, post, action_id).status_code == 404
    assert integration.received == []


@pytest.mark.parametrize(
    ("status", "text"), [(201, "{}"), (204, ""), (500, "{}"), (200, "oops"), (200, "[]"), (403, "{}")]
)
def test_an_answer_that_is_not_a_200_with_an_object_fails_the_press(desk, integration, status, text):
    post = desk.button(integration.url)
    integration.answer_with(status, text)
    answer = _press(desk, desk.alice, post)
    assert (answer.status_code, answer.json()["id"]) == (400, REFUSED)


def test_a_press_fails_where_nobody_answers(desk):
    assert _press(desk, desk.alice, desk.button("http://127.0.0.1:9/")).status_code == 400


@pytest.mark.parametrize("integration_timeout", [0.1])
def test_an_integration_that_takes_too_long_fails_press_and_command(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    post, answered = desk.button(integration.url), threading.Event()
    integration.before_answering = lambda request: answered.wait(5)
    statuses = [_press(desk, desk.alice, post).status_code, _execute(desk, desk.alice, "/escalation").status_code]
    answered.set()
    assert statuses == [400, 500]


def test_ephemeral_text_is_shown_to_the_presser_only_under_the_root(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"ephemeral_text": "already claimed <!channel>"})
    _press(desk, desk.alice, post)
    assert _ephemeral(desk.alice) == [("already claimed @channel", post["id"])]
    assert _ephemeral(desk.bob) == []


def test_slack_parsing_can_be_skipped(desk, integration):
    integration.answer_with(200, {"ephemeral_text": "<!channel>", "skip_slack_parsing": True})
    _press(desk, desk.alice, desk.button(integration.url))
    assert _ephemeral(desk.alice)[0][0] == "<!channel>"


def test_an_update_without_message_blanks_it_and_keeps_the_buttons(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"update": {}})
    _press(desk, desk.alice, post)
    assert desk.alice.get(f"/posts/{post['id']}").json()["message"] == ""
    assert _press(desk, desk.alice, post).status_code == 200


def test_an_update_with_props_replaces_them_whole(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"update": {"message": "@bob done", "props": {"a": 1, "from_webhook": "true"}}})
    _press(desk, desk.alice, post)
    read = desk.alice.get(f"/posts/{post['id']}").json()
    assert (read["message"], read["props"], desk.mentions(desk.bob)) == ("@bob done", {"a": 1}, 0)


def test_an_update_that_is_too_long_fails_and_changes_nothing(desk, integration):
    post = desk.button(integration.url)
    integration.answer_with(200, {"update": {"message": "x" * 16_384}})
    assert _press(desk, desk.alice, post).status_code == 400
    assert desk.alice.get(f"/posts/{post['id']}").json()["message"] == "a case"


def test_an_integration_may_patch_the_post_while_a_press_is_answered(desk, integration):
    post = desk.button(integration.url)
    patched = {"message": "claimed", "props": {"state": "new"}}
    integration.before_answering = lambda request: desk.router.put(f"/posts/{post['id']}/patch", patched)
    assert _press(desk, desk.alice, post).status_code == 200
    assert desk.alice.get(f"/posts/{post['id']}").json()["props"] == {"state": "new"}


def test_an_update_without_props_undoes_a_patch_made_meanwhile(desk, integration):
    post = desk.button(integration.url)
    integration.before_answering = lambda request: desk.router.put(f"/posts/{post['id']}/patch", {"props": {"b": 1}})
    integration.answer_with(200, {"update": {"message": "x"}})
    _press(desk, desk.alice, post)
    assert "attachments" in desk.alice.get(f"/posts/{post['id']}").json()["props"]


def test_a_press_reaches_an_archived_channel_and_no_deleted_post(desk, integration):
    post, gone = desk.button(integration.url), desk.button(integration.url)
    desk.router.delete(f"/posts/{gone['id']}")
    desk.router.delete(f"/channels/{desk.channel_id}")
    assert _press(desk, desk.alice, post).status_code == 200
    assert _press(desk, desk.alice, gone).status_code == 404


def test_a_redirect_is_followed_as_a_get(desk, integration):
    def redirect_once(request):
        if request["method"] == "GET":
            integration.answer_with(200, {"ephemeral_text": "moved"})

    integration.before_answering = redirect_once
    integration.answer_with(302, "", Location=integration.url)
    assert _press(desk, desk.alice, desk.button(integration.url)).status_code == 200
    assert [request["method"] for request in integration.received] == ["POST", "GET"]


def test_a_dialog_opens_for_whom_the_trigger_id_names(desk):
    body = {"trigger_id": desk.sandbox.make_trigger_id(desk.ids["alice"]), "url": "http://x", "dialog": {"title": "t"}}
    nobody = desk.client("none")
    assert [nobody.post("/actions/dialogs/open", body).status_code for _ in range(2)] == [200, 200]
    assert [dialog["dialog"] for dialog in desk.alice.get("/sandbox/dialogs").json()] == [{"title": "t"}] * 2


def test_a_forged_or_old_trigger_id_opens_nothing(desk, clock):
    genuine = base64.b64decode(desk.sandbox.make_trigger_id(desk.ids["alice"])).decode()
    forged = base64.b64encode(genuine.replace(desk.ids["alice"], desk.ids["bob"]).encode()).decode()
    old = desk.sandbox.make_trigger_id(desk.ids["alice"], at_ms=clock() - 30_100)
    ids = []
    for trigger_id in (forged, old, "%%%", base64.b64encode(b"a:b").decode()):
        answer = desk.alice.post("/actions/dialogs/open", {"trigger_id": trigger_id, "url": "http://x"})
        ids.append((answer.status_code, answer.json()["id"].rpartition(".")[2]))
    assert ids == [
        (400, "verify_signature_failed"),
        (400, "expired"),
        (400, "base64_decode_failed"),
        (400, "missing_data"),
    ]


def _submit(desk, url, **more):
    place = {"channel_id": desk.channel_id, "team_id": desk.team_id}
    return desk.alice.post("/actions/dialogs/submit", {"url": url, "submission": {"a": 1}, **place, **more})


def test_of_a_submission_only_the_user_is_the_servers(desk, integration):
    answer = _submit(desk, integration.url, state="s", callback_id="c", user_id=desk.ids["bob"])
    assert (answer.status_code, answer.json()) == (200, {})
    assert integration.last_json == {
        "type": "dialog_submission",
        "callback_id": "c",
        "state": "s",
        "user_id": desk.ids["alice"],
        "channel_id": desk.channel_id,
        "team_id": desk.team_id,
        "submission": {"a": 1},
        "cancelled": False,
    }


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (200, {"errors": {"a": "no"}}, 200),
        (200, {"type": "form", "form": {}}, 200),
        (200, {"type": "form"}, 400),
        (200, {"type": "other"}, 400),
        (200, "ok", 500),
        (500, "{}", 400),
    ],
)
def test_the_answer_to_a_submission_is_judged(desk, integration, status, text, expected):
    integration.answer_with(status, text)
    answer = _submit(desk, integration.url)
    assert answer.status_code == expected
    assert expected != 200 or answer.json() == text


def test_a_command_tells_who_asked_what_and_whom_it_names(desk, integration):
    token = desk.sandbox.add_command("desk", "Escalation", integration.url)
    _execute(desk, desk.alice, "/escalation assign  ESC-1 @bob. @nobody", root_id="anything")
    form = integration.last_form
    assert integration.received[-1]["headers"]["Authorization"] == f"Token {token}"
    assert (form["token"], form["command"], form["text"]) == ([token], ["/escalation"], ["assign  ESC-1 @bob. @nobody"])
    assert (form["user_mentions"], form["user_mentions_ids"]) == (["bob"], [desk.ids["bob"]])
    assert (form["user_id"], form["channel_id"], form["root_id"]) == (
        [desk.ids["alice"]],
        [desk.channel_id],
        ["anything"],
    )


def test_an_answer_to_a_command_is_shown_to_the_caller_only(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    integration.answer_with(200, {"text": "nothing open"})
    answer = _execute(desk, desk.alice, "/escalation list").json()
    assert (answer["text"], answer["response_type"]) == ("nothing open", "")
    assert [message for message, _ in _ephemeral(desk.alice)] == ["nothing open"]
    assert desk.alice.get(f"/channels/{desk.channel_id}/posts").json()["order"] == []


def test_an_answer_in_the_channel_is_posted_as_the_caller(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    integration.answer_with(200, {"text": "<@x> see <https://example.org|this>", "response_type": "in_channel"})
    _execute(desk, desk.alice, "/escalation list")
    post = next(iter(desk.alice.get(f"/channels/{desk.channel_id}/posts").json()["posts"].values()))
    assert (post["user_id"], post["props"]) == (desk.ids["alice"], {"from_webhook": "true"})
    assert post["message"] == "<@x> see [this](https://example.org)"


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [(201, "{}", "failed_resp"), (204, "", "failed_resp"), (500, "x", "failed_resp"), (200, "", "failed")],
)
def test_an_answer_that_is_not_a_200_with_json_fails_the_command(desk, integration, status, text, error):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    integration.answer_with(status, text)
    answer = _execute(desk, desk.alice, "/escalation list")
    assert (answer.status_code, answer.json()["id"]) == (500, f"api.command.execute_command.{error}.app_error")


def test_an_answer_without_the_json_type_is_plain_text(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    integration.answer_with(200, '{"text": "x"}', "text/plain")
    assert _execute(desk, desk.alice, "/escalation").json()["text"] == '{"text": "x"}'


def test_an_answer_in_the_channel_with_a_root_that_cannot_be_one_fails(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    integration.answer_with(200, {"text": "x", "response_type": "in_channel"})
    answer = _execute(desk, desk.alice, "/escalation list", root_id="x" * 26)
    assert answer.json()["id"] == "api.command.execute_command.create_post_failed.app_error"


def test_a_command_needs_a_known_trigger_and_the_right_to_post(desk):
    desk.sandbox.add_user("carol")
    desk.sandbox.join("desk", ["carol"])
    assert _execute(desk, desk.alice, "/unknown").status_code == 404
    assert _execute(desk, desk.person("carol"), "/unknown").status_code == 403


def test_a_trigger_is_unique(desk, integration):
    body = {"team_id": desk.team_id, "trigger": "escalation", "url": integration.url, "method": "P"}
    assert desk.admin.post("/commands", body | {"token": "t" * 26}).json()["token"] == "t" * 26
    answer = desk.admin.post("/commands", body | {"trigger": "ESCALATION"})
    assert (answer.status_code, answer.json()["id"]) == (400, "api.command.duplicate_trigger.app_error")


def test_a_later_answer_may_be_given_five_times(desk, integration):
    desk.sandbox.add_command("desk", "escalation", integration.url)
    _execute(desk, desk.alice, "/escalation list")
    later = integration.last_form["response_url"][0].removeprefix(desk.sandbox.url)
    statuses = [desk.client("none").post(later, {"text": str(number)}).status_code for number in range(6)]
    assert statuses == [200] * 5 + [400]
    assert [message for message, _ in _ephemeral(desk.alice)] == list("01234")


def test_an_outgoing_webhook_hears_posts_and_replies_of_people_and_bots(desk, integration):
    token = desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    root = desk.say(desk.router, "root")
    integration.wait_for(1)
    desk.say(desk.alice, "claim", root_id=root["id"])
    integration.wait_for(2)
    sent = integration.last_json
    assert (sent["token"], sent["text"], sent["user_name"], sent["trigger_word"]) == (token, "claim", "alice", "")
    assert "root_id" not in sent


def test_a_form_webhook_tells_the_time_in_seconds(desk, integration):
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url, content_type="form")
    post = desk.say(desk.alice, "x")
    integration.wait_for(1)
    assert integration.last_form["timestamp"] == [str(post["create_at"] // 1000)]


def test_the_answer_of_a_webhook_is_posted_whatever_its_status_and_fires_nothing(desk, integration):
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    integration.answer_with(500, {"text": "heard @bob"}, "text/plain")
    desk.say(desk.alice, "x")
    assert desk.sandbox.wait_until_settled()
    assert (len(integration.received), desk.mentions(desk.bob)) == (1, 1)


def test_a_comment_on_a_reply_is_lost(desk, integration):
    root = desk.say(desk.alice, "root")
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    integration.answer_with(200, {"text": "heard", "response_type": "comment"})
    desk.say(desk.alice, "reply", root_id=root["id"])
    assert desk.sandbox.wait_until_settled()
    assert len(desk.alice.get(f"/channels/{desk.channel_id}/posts").json()["order"]) == 2


def test_edits_and_other_channels_fire_no_webhook(desk, integration):
    post = desk.say(desk.alice, "x")
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    desk.alice.put(f"/posts/{post['id']}/patch", {"message": "y"})
    direct = desk.alice.post("/channels/direct", [desk.ids["bob"], desk.ids["alice"]]).json()["id"]
    desk.alice.post("/posts", {"channel_id": direct, "message": "z"})
    assert desk.sandbox.wait_until_settled()
    assert integration.received == []


def test_trigger_words_match_the_first_word_exactly(desk, integration):
    body = {"team_id": desk.team_id, "trigger_words": ["claim"], "callback_urls": [integration.url]}
    assert desk.admin.post("/hooks/outgoing", body).status_code == 201
    for text in ("Claim", "claim!", "I claim", "  claim it"):
        desk.say(desk.alice, text)
    assert desk.sandbox.wait_until_settled()
    assert [request["body"].count("claim+it") for request in integration.received] == [1]


def test_a_webhook_on_a_private_channel_is_refused_with_a_misleading_id(desk, integration):
    channel = desk.sandbox.add_channel("desk", "secret", private=True)
    body = {"team_id": desk.team_id, "channel_id": channel, "callback_urls": [integration.url]}
    answer = desk.admin.post("/hooks/outgoing", body)
    assert (answer.status_code, answer.json()["id"]) == (403, "api.outgoing_webhook.disabled.app_error")


def test_archiving_a_channel_removes_its_webhooks_for_good(desk, integration):
    desk.sandbox.add_outgoing_hook("desk", "escalations", integration.url)
    desk.router.delete(f"/channels/{desk.channel_id}")
    desk.admin.post(f"/channels/{desk.channel_id}/restore")
    assert desk.admin.get("/hooks/outgoing", team_id=desk.team_id).json() == []
