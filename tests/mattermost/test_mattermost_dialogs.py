"""The body that opens a dialog: within Mattermost's limits, which count bytes, or refused before it is sent."""

from dataclasses import replace

import pytest
from responses.matchers import json_params_matcher

from router.core.errors import ChatRefused, Refusal
from router.core.forms import Dialog, Field, FieldKind, Option
from router.mattermost.dialogs import opening_body

REASON = Field("reason", "Reason", FieldKind.CHOICE, (Option("Duplicate", "duplicate"), Option("Other", "other")))
TOPIC = Field("topic", "Topic", FieldKind.MENU, REASON.options, hint="Let the router decide", optional=True)
TEXT = Field("text", "Remark", FieldKind.TEXT, help="Kept.", filled="so far", longest=200)
DIALOG = Dialog("Dismiss ESC-1", "**ESC-1**", (REASON, TOPIC, TEXT), "Dismiss", "signed")


def body(dialog):
    return opening_body("trigger", dialog, "https://router.example.org/mattermost/dialog")


def with_field(**changed):
    kind = changed.get("kind", FieldKind.TEXT)
    base = {FieldKind.TEXT: TEXT, FieldKind.MENU: TOPIC, FieldKind.CHOICE: REASON}[kind]
    return replace(DIALOG, fields=(replace(base, **changed),))


def test_a_dialog_is_opened_with_all_that_it_holds(client, server):
    expected = {
        "trigger_id": "trigger",
        "url": "https://router.example.org/mattermost/dialog",
        "dialog": {
            "callback_id": "",
            "title": "Dismiss ESC-1",
            "introduction_text": "**ESC-1**",
            "elements": [
                {
                    "name": "reason",
                    "display_name": "Reason",
                    "type": "radio",
                    "default": "",
                    "placeholder": "",
                    "help_text": "",
                    "optional": False,
                    "options": [{"text": "Duplicate", "value": "duplicate"}, {"text": "Other", "value": "other"}],
                },
                {
                    "name": "topic",
                    "display_name": "Topic",
                    "type": "select",
                    "default": "",
                    "placeholder": "Let the router decide",
                    "help_text": "",
                    "optional": True,
                    "options": [{"text": "Duplicate", "value": "duplicate"}, {"text": "Other", "value": "other"}],
                },
                {
                    "name": "text",
                    "display_name": "Remark",
                    "type": "textarea",
                    "default": "so far",
                    "placeholder": "",
                    "help_text": "Kept.",
                    "optional": False,
                    "max_length": 200,
                },
            ],
            "submit_label": "Dismiss",
            "notify_on_cancel": False,
            "state": "signed",
        },
    }
    url = "https://chat.example.org:8065/api/v4/actions/dialogs/open"
    server.post(url, json={"status": "OK"}, match=[json_params_matcher(expected)])
    client.open_dialog("trigger", DIALOG)


@pytest.mark.parametrize(
    "dialog",
    [
        replace(DIALOG, title="x" * 24),
        with_field(label="é" * 12),
        with_field(help="x" * 150),
        with_field(filled="x" * 3000),
        with_field(kind=FieldKind.MENU, filled="other"),
        replace(DIALOG, fields=()),
    ],
)
def test_what_just_fits_is_sent(dialog):
    assert body(dialog)["dialog"]["title"]


@pytest.mark.parametrize(
    "dialog",
    [
        replace(DIALOG, title=""),
        replace(DIALOG, title="x" * 25),
        replace(DIALOG, title="é" * 13),
        replace(DIALOG, fields=(TEXT, TEXT)),
        with_field(name=""),
        with_field(name="x" * 301),
        with_field(label=""),
        with_field(label="é" * 13),
        with_field(help="é" * 76),
        with_field(hint="x" * 151),
        with_field(filled="é" * 1501),
        with_field(kind=FieldKind.MENU, options=()),
        with_field(kind=FieldKind.MENU, filled="elsewhere"),
        with_field(kind=FieldKind.CHOICE, options=(Option("None", " "),)),
        with_field(kind=FieldKind.CHOICE, options=(Option(" ", "none"),)),
    ],
)
def test_what_mattermost_would_take_and_not_show_is_refused_here(dialog):
    with pytest.raises(ChatRefused) as caught:
        body(dialog)
    assert caught.value.refusal is Refusal.INVALID


def test_no_text_is_longer_than_mattermost_lets_it_be():
    (element,) = body(with_field(longest=5000))["dialog"]["elements"]
    assert element["max_length"] == 3000
