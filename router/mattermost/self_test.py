"""Whether Mattermost reaches the router: really asked, by a button that the bot posts to itself and presses.

Nobody but the bot sees the post, and it is deleted at once.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum

from router.core.cases import CaseId
from router.core.errors import ChatError, ChatRefused, Refusal
from router.mattermost import answers
from router.mattermost.connection import DIRECT, Connection
from router.mattermost.proofs import Proofs

PATIENCE = (3.05, 40.0)  # Mattermost itself waits 30 seconds for an integration

_ACTION = "selftest"
_NO_CASE = CaseId("")


class Heard(StrEnum):
    """What became of the press."""

    ROUTER = "the router answered"
    STRANGER = "something else answered, or a router with another key"
    NOTHING = "Mattermost got no answer"


def ask(connection: Connection, proofs: Proofs, action_url: str, word: str) -> Heard:
    """Post the button, press it, see what came of it. Raises ChatError where that is not possible."""
    client, nonce = connection.driver.client, secrets.token_hex(16)
    me = answers.identified(client.make_request("get", "/users/me"), "GET /users/me")
    channel = answers.identified(client.make_request("post", DIRECT, options=[me, me]), f"POST {DIRECT}")
    context = proofs.context(_NO_CASE, word, nonce, channel)
    with _button(connection, channel, {"url": action_url, "context": context}) as post_id:
        try:
            client.make_request("post", f"/posts/{post_id}/actions/{_ACTION}", options={})
        except ChatRefused as refused:
            if refused.refusal is Refusal.INVALID:  # 400, whatever the reason: its log alone has that
                return Heard.NOTHING
            raise
        post = answers.post(client.make_request("get", f"/posts/{post_id}"), "GET /posts")
        return Heard.ROUTER if post and post.message == nonce else Heard.STRANGER


@contextmanager
def _button(connection: Connection, channel: str, integration: dict[str, object]) -> Iterator[str]:
    action = {"id": _ACTION, "type": "button", "name": "Test", "integration": integration}
    body = {
        "channel_id": channel,
        "message": "A test of the way from Mattermost to the router; it is deleted at once.",
        "props": {"attachments": [{"actions": [action]}]},
    }
    made = connection.driver.client.make_request("post", "/posts", options=body, params={"set_online": "false"})
    post_id = answers.identified(made, "POST /posts")
    try:
        yield post_id
    finally:
        with suppress(ChatError):
            connection.driver.client.make_request("delete", f"/posts/{post_id}")
