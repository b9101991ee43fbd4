"""Requests of Mattermost are read into values or refused with a path; answers are what it wants."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.core.errors import BadInput
from router.web.forms import (
    Press,
    Said,
    SlashCommand,
    Submission,
    dialog_answer,
    press_answer,
    read_action,
    read_command,
    read_outgoing,
    read_submission,
    slash_answer,
)

ALICE, BOB, CHANNEL, TEAM, POST, ROOT = ("a" * 26, "b" * 26, "c" * 26, "d" * 26, "p" * 26, "r" * 26)
COMMAND = {
    "token": "tok",
    "team_id": TEAM,
    "team_domain": "desk",
    "channel_id": CHANNEL,
    "channel_name": "escalations",
    "user_id": ALICE,
    "user_name": "alice",
    "command": "/escalation",
    "text": "assign ESC-1 @bob",
    "trigger_id": "dHJpZ2dlcg==",
    "root_id": ROOT,
    "response_url": "https://chat.example.org/hooks/commands/x",
}
PRESS = {
    "user_id": ALICE,
    "user_name": "alice",
    "channel_id": CHANNEL,
    "channel_name": "escalations",
    "team_id": TEAM,
    "team_domain": "desk",
    "post_id": POST,
    "trigger_id": "dHJpZ2dlcg==",
    "type": "button",
    "data_source": "",
    "context": {"case": "ESC-1", "mac": "x"},
}
SAID = {
    "token": "tok",
    "team_id": TEAM,
    "channel_id": CHANNEL,
    "timestamp": 1,
    "user_id": ALICE,
    "user_name": "alice",
    "post_id": POST,
    "text": "claim",
    "trigger_word": "",
    "file_ids": "",
}
AS_JSON = {"content-type": "application/json"}
AS_FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


def form(fields, *more):
    return urlencode([*fields.items(), *more]).encode()


def path_of(read, *given_):
    with pytest.raises(BadInput) as caught:
        read(*given_)
    return caught.value.path


def without(fields, name):
    return {key: value for key, value in fields.items() if key != name}


def test_a_command_is_read():
    expected = SlashCommand(ALICE, CHANNEL, ROOT, "assign ESC-1 @bob", "tok", "dHJpZ2dlcg==")
    assert read_command(form(COMMAND)) == expected


def test_fields_that_are_not_read_may_be_there_twice():
    names = [("user_mentions", "bob"), ("user_mentions", "alice")]
    assert read_command(form(COMMAND, *names)) == read_command(form(COMMAND))


@pytest.mark.parametrize("name", ["user_id", "channel_id"])
def test_a_command_without_a_field_it_needs_is_refused(name):
    assert path_of(read_command, form(without(COMMAND, name))) == f"$.{name}"


@pytest.mark.parametrize("name", ["token", "text", "trigger_id", "root_id"])
def test_a_command_without_another_field_has_it_empty(name):
    assert getattr(read_command(form(without(COMMAND, name))), name) == ""


@pytest.mark.parametrize("name", ["user_id", "channel_id", "root_id"])
@pytest.mark.parametrize("value", ["x", "../users/me", "A" * 26, "a" * 26 + "\n"])
def test_an_id_of_another_shape_is_refused(name, value):
    assert path_of(read_command, form({**COMMAND, name: value})) == f"$.{name}"


@pytest.mark.parametrize(("name", "length"), [("token", 2049), ("trigger_id", 2049), ("text", 65_536)])
def test_a_field_that_is_too_long_is_refused(name, length):
    assert path_of(read_command, form({**COMMAND, name: "x" * length})) == f"$.{name}"


def test_a_field_given_twice_is_refused():
    assert path_of(read_command, form(COMMAND, ("user_id", BOB))) == "$.user_id"


@pytest.mark.parametrize("body", [b"\xff", b"text=%ff", b"&".join([b"a=1"] * 6000)])
def test_what_is_no_form_is_refused(body):
    assert path_of(read_command, body) == "$"


def test_a_nul_in_a_command_is_replaced():
    assert read_command(form({**COMMAND, "text": "a\0b"})).text == "a\ufffdb"


def test_secrets_of_a_request_are_not_shown():
    read = [read_command(form(COMMAND)), read_action(json.dumps(PRESS).encode()), read_outgoing(AS_FORM, form(SAID))]
    assert not [one for one in map(repr, read) if "tok" in one or "dHJp" in one or "mac" in one]


def test_a_press_is_read():
    expected = Press(ALICE, CHANNEL, POST, "dHJpZ2dlcg==", {"case": "ESC-1", "mac": "x"})
    assert read_action(json.dumps(PRESS).encode()) == expected


@pytest.mark.parametrize("name", ["user_id", "channel_id", "post_id"])
def test_a_press_without_a_field_it_needs_is_refused(name):
    assert path_of(read_action, json.dumps(without(PRESS, name)).encode()) == f"$.{name}"


@pytest.mark.parametrize(("name", "value"), [("user_id", 1), ("post_id", "x"), ("context", []), ("trigger_id", None)])
def test_a_press_with_a_field_of_another_shape_is_refused(name, value):
    assert path_of(read_action, json.dumps({**PRESS, name: value}).encode()) == f"$.{name}"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"[]", b"1", b'"x"', b"null", b'"\\ud800"'])
def test_what_is_no_object_of_json_is_refused(body):
    assert path_of(read_action, body) == "$"


@pytest.mark.parametrize(("headers", "body"), [(AS_JSON, json.dumps(SAID).encode()), (AS_FORM, form(SAID))])
def test_what_was_said_is_read_from_json_and_from_a_form(headers, body):
    assert read_outgoing(headers, body) == Said(ALICE, CHANNEL, POST, "claim", "tok")


UNSOUND = {
    "a NUL in JSON": (AS_JSON, json.dumps({**SAID, "text": "a\0b"}).encode(), "$"),
    "a NUL in a form": (AS_FORM, form({**SAID, "text": "a\0b"}), "$.text"),
    "a key twice": (AS_JSON, json.dumps(SAID).encode()[:-1] + b', "user_id": "x"}', "$"),
    "no number": (AS_JSON, json.dumps({**SAID, "timestamp": float("nan")}).encode(), "$"),
    "half of a pair": (AS_JSON, json.dumps({**SAID, "channel_name": "\ud800"}).encode(), "$"),
}


@pytest.mark.parametrize(("headers", "body", "path"), UNSOUND.values(), ids=UNSOUND)
def test_what_no_mattermost_says_is_refused(headers, body, path):
    assert path_of(read_outgoing, headers, body) == path


@pytest.mark.parametrize("headers", [{}, {"content-type": "text/plain"}])
def test_what_was_said_in_another_type_is_refused(headers):
    assert path_of(read_outgoing, headers, form(SAID)) == "content-type"


@settings(deadline=None)
@given(st.binary() | st.text().map(str.encode))
def test_no_hostile_body_breaks_the_readers(body):
    for read in (
        read_command,
        read_action,
        read_submission,
        lambda raw: read_outgoing(AS_JSON, raw),
        lambda raw: read_outgoing(AS_FORM, raw),
    ):
        with pytest.raises(BadInput):
            read(body)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(COMMAND)), st.text(alphabet=st.characters(codec="utf-8"))))
def test_a_damaged_command_is_a_command_or_refused_with_a_path(damage):
    try:
        path = f"$.{read_command(form({**COMMAND, **damage})).user_id}"
    except BadInput as refused:
        path = refused.path
    assert path.startswith("$")


def test_of_a_form_sent_in_only_the_user_is_of_a_certain_shape():
    sent = {"user_id": ALICE, "state": ["x"], "submission": 7, "channel_id": {}, "cancelled": "yes"}
    assert read_submission(json.dumps(sent).encode()) == Submission(ALICE, {}, ["x"], {}, "yes")


@pytest.mark.parametrize("user", [None, 1, "x", ["a" * 26]])
def test_a_form_sent_in_by_nobody_is_refused(user):
    assert path_of(read_submission, json.dumps({"user_id": user}).encode()) == "$.user_id"


def test_a_form_is_answered_with_what_is_wrong_or_closed():
    assert dialog_answer() == {}
    assert dialog_answer("whole", {"text": "field"}) == {"error": "whole", "errors": {"text": "field"}}


def test_a_command_is_answered_to_its_giver_alone_and_as_it_stands():
    assert slash_answer("<!channel>") == {
        "response_type": "ephemeral",
        "text": "<!channel>",
        "skip_slack_parsing": True,
        "props": {"unsafe_links": "true"},
    }


def test_a_press_is_answered_to_who_pressed_and_nothing_is_updated():
    assert press_answer("Claimed") == {"ephemeral_text": "Claimed", "skip_slack_parsing": True}


def test_nothing_to_say_to_a_press_is_an_empty_object():
    assert press_answer("") == {}
