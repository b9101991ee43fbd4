"""The body that opens a dialog. Pure.

Mattermost accepts a dialog that breaks its rules with 200, logs it, and lets it misbehave in the client (11.6, its
`model/integration_action.go`), so the rules are kept here. Lengths count bytes.
"""

from typing import Any

from router.core.errors import ChatRefused, Refusal
from router.core.forms import Dialog, Field, FieldKind

TITLE = LABEL = 24
NAME = 300
HELP = 150
TEXT = 3000  # of a textarea: what it holds, and what it may be filled with

_TYPES = {FieldKind.CHOICE: "radio", FieldKind.MENU: "select", FieldKind.TEXT: "textarea"}


def opening_body(trigger_id: str, dialog: Dialog, url: str) -> dict[str, Any]:
    """Make what opens a dialog whose submission goes to `url`. Raises ChatRefused for one that would misbehave."""
    _within("title", dialog.title, TITLE, least=1)
    if len({one.name for one in dialog.fields}) < len(dialog.fields):
        raise ChatRefused(Refusal.INVALID, "dialog: two fields of one name")
    form = {
        "callback_id": "",
        "title": dialog.title,
        "introduction_text": dialog.introduction,
        "elements": [_element(one) for one in dialog.fields],
        "submit_label": dialog.submit,
        "notify_on_cancel": False,
        "state": dialog.state,
    }
    return {"trigger_id": trigger_id, "url": url, "dialog": form}


def _element(field: Field) -> dict[str, Any]:
    _within("name", field.name, NAME, least=1)
    _within(f"label of {field.name}", field.label, LABEL, least=1)
    _within(f"help of {field.name}", field.help, HELP)
    _within(f"hint of {field.name}", field.hint, HELP)
    element = {
        "name": field.name,
        "display_name": field.label,
        "type": _TYPES[field.kind],
        "default": field.filled,
        "placeholder": field.hint,
        "help_text": field.help,
        "optional": field.optional,
    }
    if field.kind is FieldKind.TEXT:
        _within(f"text of {field.name}", field.filled, TEXT)
        return element | {"max_length": min(field.longest, TEXT)}
    return element | {"options": _options(field)}


def _options(field: Field) -> list[dict[str, str]]:
    """Give the options; an empty text or value is none in the client, nor is one that is filled in and not offered."""
    offered = {one.value for one in field.options}
    complete = all(one.label.strip() and one.value.strip() for one in field.options)
    if not offered or not complete or (field.filled and field.filled not in offered):
        raise ChatRefused(Refusal.INVALID, f"dialog: options of {field.name}")
    return [{"text": one.label, "value": one.value} for one in field.options]


def _within(what: str, text: str, most: int, least: int = 0) -> None:
    if not least <= len(text.encode()) <= most:
        raise ChatRefused(Refusal.INVALID, f"dialog: {what}: {least} to {most} bytes")
