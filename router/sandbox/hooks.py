"""Outgoing webhooks as they are made and listed, by team admins."""

from http import HTTPStatus

from router.sandbox.errors import ApiError, bad_body, bad_request, not_found
from router.sandbox.records import Json, OutgoingHook, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

_TOKEN_LENGTH = 26

routes = Routes()


def _texts(body: Json, name: str) -> list[str]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_body(name)
    return value


def create_hook(state: State, creator: User, body: Json) -> OutgoingHook:
    """Make an outgoing webhook; on a channel that is not public it is a 403 with a misleading id."""
    team, channel_id = state.team(text_of(body, "team_id")), text_of(body, "channel_id", "")
    words, urls = _texts(body, "trigger_words"), _texts(body, "callback_urls")
    if channel_id and state.channel(channel_id).type != "O":
        raise ApiError(HTTPStatus.FORBIDDEN, "api.outgoing_webhook.disabled.app_error")
    if not channel_id and not words:
        raise bad_request("api.webhook.create_outgoing.triggers.app_error")
    if not urls or not all(url.startswith(("http://", "https://")) for url in urls):
        raise bad_request("model.outgoing_hook.is_valid.callback.app_error")
    for other in state.hooks.values():
        _refuse_overlap(other, team.id, channel_id, words, urls)
    token = text_of(body, "token", "")
    token = token if len(token) == _TOKEN_LENGTH else new_id()
    when, content_type = int(body.get("trigger_when") or 0), text_of(body, "content_type", "")
    name, now = text_of(body, "display_name", ""), state.now()
    hook = OutgoingHook(
        new_id(), token, team.id, channel_id, creator.id, urls, words, when, content_type, name, now
    )  # fmt: skip
    state.hooks[hook.id] = hook
    return hook


def _refuse_overlap(other: OutgoingHook, team_id: str, channel_id: str, words: list[str], urls: list[str]) -> None:
    same_place = (other.team_id, other.channel_id) == (team_id, channel_id)
    same_words = set(other.trigger_words) & set(words) or (not other.trigger_words and not words)
    if same_place and same_words and set(other.callback_urls) & set(urls):
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api.webhook.create_outgoing.intersect.app_error")


@routes.add("POST", "/hooks/outgoing")
def post_hook(call: Call) -> Reply:
    """Make an outgoing webhook, as a team admin."""
    call.state.require_team_admin(call.me, text_of(call.body, "team_id"))
    return Reply(create_hook(call.state, call.me, call.body).json(), HTTPStatus.CREATED)


@routes.add("GET", "/hooks/outgoing")
def list_hooks(call: Call) -> Reply:
    """Return the outgoing webhooks of a team or channel, to team admins."""
    hooks = list(call.state.hooks.values())
    for name in ("team_id", "channel_id"):
        if wanted := call.query.get(name):
            hooks = [hook for hook in hooks if getattr(hook, name) == wanted]
    team_id = call.query.get("team_id", "")
    if not team_id and (channel_id := call.query.get("channel_id")):
        team_id = call.state.channel(channel_id).team_id
    call.state.require_team_admin(call.me, team_id)
    return Reply([hook.json() for hook in call.page_of(hooks)])


def _hook(call: Call) -> OutgoingHook:
    hook = call.state.hooks.get(call.id("hook_id"))
    if hook is None:
        raise not_found("app.webhooks.get_outgoing.app_error")
    call.state.require_team_admin(call.me, hook.team_id)
    return hook


@routes.add("GET", "/hooks/outgoing/{hook_id}")
def get_hook(call: Call) -> Reply:
    """Return one outgoing webhook, to team admins."""
    return Reply(_hook(call).json())


@routes.add("DELETE", "/hooks/outgoing/{hook_id}")
def delete_hook(call: Call) -> Reply:
    """Remove an outgoing webhook, as a team admin."""
    del call.state.hooks[_hook(call).id]
    return OK
