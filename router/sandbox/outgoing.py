"""Outgoing webhooks as they fire: on new posts of public channels, in the background, once."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import urlencode

from router.sandbox.errors import ApiError
from router.sandbox.outbound import Answer, CallFailedError, call
from router.sandbox.publishing import publish
from router.sandbox.records import Channel, Json, OutgoingHook, Post, new_id
from router.sandbox.routing import Server
from router.sandbox.slack import parse_slack
from router.sandbox.state import State
from router.sandbox.system import MAX_POST_SIZE

_STARTS_WITH = 1
_COMMENT = "comment"


def fire_hooks(server: Server, post: Post) -> None:
    """Call every outgoing webhook that a new post concerns; the poster does not wait. The caller holds the lock."""
    channel = server.state.channel(post.channel_id)
    enabled = server.state.settings.service("EnableOutgoingWebhooks")
    if not enabled or channel.type != "O" or post.type.startswith("system_"):
        return
    for hook in server.state.hooks.values():
        word = _trigger_word(hook, channel, post)
        if word is not None:
            payload = _payload(server.state, hook, channel, post, word)
            for url in hook.callback_urls:
                server.dispatcher.start(partial(_fire, server, hook, url, payload, post))


def _trigger_word(hook: OutgoingHook, channel: Channel, post: Post) -> str | None:
    """Return what triggers the hook, empty for a hook without words, or None: exact and case-sensitive."""
    if hook.team_id != channel.team_id or hook.channel_id not in ("", channel.id):
        return None
    if not hook.trigger_words:
        return ""
    first = next(iter(post.message.split()), "")
    starts = hook.trigger_when == _STARTS_WITH
    return next((word for word in hook.trigger_words if first == word or (starts and first.startswith(word))), None)


def _payload(state: State, hook: OutgoingHook, channel: Channel, post: Post, word: str) -> Json:
    """Return the fields of a call; there is no root id among them."""
    return {
        "token": hook.token,
        "team_id": hook.team_id,
        "team_domain": state.teams[hook.team_id].name,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "timestamp": post.create_at,
        "user_id": post.user_id,
        "user_name": state.users[post.user_id].username,
        "post_id": post.id,
        "text": post.message,
        "trigger_word": word,
        "file_ids": ",".join(post.file_ids),
    }


def _fire(server: Server, hook: OutgoingHook, url: str, payload: Json, post: Post) -> None:
    """Call one URL and post its answer; failures are nobody's business."""
    as_json = hook.content_type == "application/json"
    form = payload | {"timestamp": payload["timestamp"] // 1000}
    media_type = "application/json" if as_json else "application/x-www-form-urlencoded"
    content = json.dumps(payload) if as_json else urlencode(form)
    try:
        answer = call("POST", url, {"Content-Type": media_type}, content, server.state.way)
    except CallFailedError:
        return
    said = _said(answer)
    if said is not None:
        with server.state.lock:
            _post_answer(server.state, hook, said, post)


def _said(answer: Answer) -> dict[str, Any] | None:
    """Return an answer that is to be posted: any JSON with text or attachments, whatever status and type."""
    try:
        said = json.loads(answer.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and (said.get("text") or said.get("attachments")) else None


def _post_answer(state: State, hook: OutgoingHook, said: Json, post: Post) -> None:
    """Post an answer as the hook's creator; a comment on a reply cannot have it as its root and is lost."""
    props = said.get("props") if isinstance(said.get("props"), dict) else {}
    props = dict(props or {}) | {"from_webhook": "true"}
    if said.get("attachments"):
        props["attachments"] = said["attachments"]
    root_id = post.id if said.get("response_type") == _COMMENT else ""
    for text in _pieces(parse_slack(state, str(said.get("text") or ""))):
        try:
            publish(state, Post(new_id(), post.channel_id, hook.creator_id, state.now(), text, root_id, props=props))
        except ApiError:
            return


def _pieces(text: str) -> Iterator[str]:
    yield from (text[start : start + MAX_POST_SIZE] for start in range(0, max(len(text), 1), MAX_POST_SIZE))
