"""Interactive dialogs: opened by trigger id, submitted by a person's client, judged by their answer."""

import base64
import json

import pytest
from mattermost_desks import UNKNOWN, refused
from mattermost_servers import done

DIALOG = {
    "callback_id": "c",
    "title": "Dismiss",
    "state": "signed",
    "elements": [{"display_name": "Reason", "name": "reason", "type": "text"}],
}


@pytest.fixture
def trigger_id(desk, integration):
    """Return alice's trigger id, from a press."""
    done(desk.alice.post(f"/posts/{desk.button(integration.url)['id']}/actions/claim"))
    return integration.last_json["trigger_id"]


def _open(who, trigger_id, url="http://127.0.0.1:9/dialog"):
    return who.post("/actions/dialogs/open", {"trigger_id": trigger_id, "url": url, "dialog": DIALOG})


def test_a_dialog_opens_for_whom_the_trigger_id_names_without_a_login(desk, place, trigger_id):
    with desk.alice.listening() as alice:
        answers = [_open(place.client(""), trigger_id) for _ in range(2)]
        opened = [json.loads(alice.hear("open_dialog")["data"]["dialog"]) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [one["dialog"]["title"] for one in opened] == ["Dismiss"] * 2
    assert (opened[0]["url"], opened[0]["dialog"]["state"]) == ("http://127.0.0.1:9/dialog", "signed")


def test_the_client_learns_the_bare_client_trigger_id(desk, trigger_id):
    with desk.alice.listening() as alice:
        done(_open(desk.router, trigger_id))
        opened = json.loads(alice.hear("open_dialog")["data"]["dialog"])
    assert base64.b64decode(trigger_id).decode().startswith(opened["trigger_id"] + ":")


def test_a_dialog_may_be_opened_while_the_press_is_still_answered(desk, integration):
    statuses = []

    def open_now(request):
        trigger_id = json.loads(request["body"])["trigger_id"]
        statuses.append(_open(desk.router, trigger_id).status_code)

    integration.before_answering = open_now
    done(desk.alice.post(f"/posts/{desk.button(integration.url)['id']}/actions/claim"))
    assert statuses == [200]


def test_a_forged_or_damaged_trigger_id_opens_nothing(desk, trigger_id):
    forged = base64.b64decode(trigger_id).decode().replace(desk.alice.id, desk.bob.id)
    wrong = [base64.b64encode(forged.encode()).decode(), "%%%", base64.b64encode(b"a:b").decode()]
    answers = [refused(_open(desk.alice, one)) for one in wrong]
    assert answers == [
        (400, "interactive_message.decode_trigger_id.verify_signature_failed"),
        (400, "interactive_message.decode_trigger_id.base64_decode_failed"),
        (400, "interactive_message.decode_trigger_id.missing_data"),
    ]


def test_a_dialog_without_an_address_is_refused(desk, trigger_id):
    assert _open(desk.router, trigger_id, "").status_code == 400


def _submit(desk, who, url, **more):
    place = {"channel_id": desk.channel_id, "team_id": desk.team_id}
    body = {"type": "dialog_submission", "url": url, "submission": {"reason": "spam"}, **place, **more}
    return who.post("/actions/dialogs/submit", body)


def test_of_a_submission_only_the_user_is_the_servers(desk, integration):
    answer = _submit(desk, desk.alice, integration.url, state="s", callback_id="c", user_id=desk.bob.id)
    assert (answer.status_code, answer.json()) == (200, {})
    sent = integration.last_json
    assert {name: sent[name] for name in ("type", "callback_id", "state", "user_id", "channel_id", "team_id")} == {
        "type": "dialog_submission",
        "callback_id": "c",
        "state": "s",
        "user_id": desk.alice.id,
        "channel_id": desk.channel_id,
        "team_id": desk.team_id,
    }
    assert (sent["submission"], sent["cancelled"]) == ({"reason": "spam"}, False)


def test_a_cancelled_dialog_says_so(desk, integration):
    assert _submit(desk, desk.alice, integration.url, cancelled=True, submission={}).status_code == 200
    assert integration.last_json["cancelled"] is True


def test_who_cannot_read_the_channel_submits_nothing_there(desk, integration):
    private = desk.new_channel("P", [desk.bob])["id"]
    assert _submit(desk, desk.alice, integration.url, channel_id=private).status_code == 403
    assert _submit(desk, desk.alice, integration.url, channel_id=UNKNOWN).status_code == 404
    assert _submit(desk, desk.erin, integration.url).status_code == 403
    assert integration.received == []


def test_a_submission_from_an_archived_channel_arrives(desk, integration):
    done(desk.router.delete(f"/channels/{desk.channel_id}"))
    assert _submit(desk, desk.alice, integration.url).status_code == 200


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (200, "", 200),
        (200, {"errors": {"reason": "no"}}, 200),
        (200, {"error": "no"}, 200),
        (200, {"type": "form", "form": DIALOG}, 200),
        (200, {"type": "form"}, 400),
        (200, {"type": "other"}, 400),
        (200, "ok", 500),
        (500, "{}", 400),
        (201, "{}", 400),
    ],
)
def test_the_answer_to_a_submission_is_judged(desk, integration, status, text, expected):
    integration.answer_with(status, text)
    assert _submit(desk, desk.alice, integration.url).status_code == expected


def test_field_errors_reach_the_client(desk, integration):
    integration.answer_with(200, {"errors": {"reason": "too short"}})
    assert done(_submit(desk, desk.alice, integration.url))["errors"] == {"reason": "too short"}
