"""The bodies of posts: message, buttons, and the props that go with them. Pure; create and update share them.

A patch replaces `props` as a whole, and reads leave `integration` out, so every update sends all of it again.
"""

import hashlib
import json
import re
from typing import Any

from router.core.cases import CaseId
from router.core.errors import ChatRefused, Refusal
from router.mattermost.answers import KEY_PROP
from router.mattermost.proofs import Proofs
from router.ports import Button, Rendered

# Nothing that a text links to is fetched by the server or shown as an image; its value is a string. A post with buttons
# must go without: with it the web client is told of no attachments and shows none (11.6, its `app/post_metadata.go`).
# Nor does it need it: where there are attachments no link is followed, and texts hold no images.
_UNSAFE_LINKS = {"unsafe_links": "true"}
_URGENT = {"priority": {"priority": "urgent"}}


def post_body(rendered: Rendered, channel_id: str, key: str, action_url: str, proofs: Proofs) -> dict[str, Any]:
    """Make what creating and patching have in common: message and full props.

    Raises ChatRefused for buttons that act on nothing.
    """
    ours = {KEY_PROP: {"key": key}}
    if not rendered.buttons:
        return {"message": rendered.message, "props": ours | _UNSAFE_LINKS}
    attachments = [_attachment(rendered, channel_id, action_url, proofs)]
    return {"message": rendered.message, "props": ours | {"attachments": attachments}}


def new_post_body(body: dict[str, Any], channel_id: str, pending_id: str, root_id: str) -> dict[str, Any]:
    """Add what only a new post has."""
    return {**body, "channel_id": channel_id, "pending_post_id": pending_id, "root_id": root_id}


def urgent_body(body: dict[str, Any]) -> dict[str, Any]:
    """Add the priority: only roots may have one, and it has to be asked for when the post is made."""
    return {**body, "metadata": _URGENT}


def _attachment(rendered: Rendered, channel_id: str, action_url: str, proofs: Proofs) -> dict[str, Any]:
    if rendered.case is None:
        raise ChatRefused(Refusal.INVALID, "buttons without a case")
    actions = {}
    for button in rendered.buttons:
        context = proofs.context(CaseId(rendered.case), button.word, button.argument, channel_id)
        actions[action_id(button)] = _action(button, {"url": action_url, "context": context})
    return {"fallback": " · ".join(one.label for one in rendered.buttons), "actions": [*actions.values()]}


def _action(button: Button, integration: dict[str, object]) -> dict[str, object]:
    return {
        "id": action_id(button),
        "type": "button",
        "name": button.label,
        "style": button.style,
        **({"disabled": True} if button.disabled else {}),
        "integration": integration,
    }


def action_id(button: Button) -> str:
    """Name a button for what it does: the same in every version of a post, so that a client's old view still works.

    Part of a route, hence letters and digits only; the digest tells apart what they alone would not.
    """
    digest = hashlib.sha256(json.dumps([button.word, button.argument]).encode()).hexdigest()
    return re.sub(r"[^A-Za-z0-9]", "", button.word) + digest[:12]
