"""Outgoing webhooks as they are made and listed, by team admins."""

from http import HTTPStatus

from router.sandbox.errors import ApiError, bad_body, bad_request, forbidden, not_found
from router.sandbox.records import Json, OutgoingHook, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

_TOKEN_LENGTH = 26
_DISABLED = "api.outgoing_webhook.disabled.app_error"

routes = Routes()


def _texts(body: Json, name: str) -> list[str]:
    value = body.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_body(name)
    return value


def create_hook(state: State, creator: User, body: Json) -> OutgoingHook:
    """Make an outgoing webhook; on a channel that is not public it is a 403 with a misleading id."""
    team, token = state.team(text_of(body, "team_id")), text_of(body, "token", "")
    channel_id = text_of(body, "channel_id", "")
    if channel_id and state.channel(channel_id).type != "O":
        raise ApiError(HTTPStatus.FORBIDDEN, _DISABLED)
    token = token if len(token) == _TOKEN_LENGTH else new_id()
    hook = OutgoingHook(new_id(), token, team.id, channel_id, creator.id, [], [], 0, "", "", state.now())
    overlap = ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api.webhook.create_outgoing.intersect.app_error")
    _fill(state, hook, body, overlap)
    state.hooks[hook.id] = hook
    return hook


def _fill(state: State, hook: OutgoingHook, body: Json, overlap: ApiError) -> None:
    """Set what a body says. Two webhooks of a place may not share a word and an address, without words they may."""
    if not state.settings.service("EnableOutgoingWebhooks"):
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, _DISABLED)
    channel_id, words, urls = text_of(body, "channel_id", ""), _texts(body, "trigger_words"), _callbacks(body)
    if channel_id and state.channel(channel_id).team_id != hook.team_id:
        raise ApiError(HTTPStatus.FORBIDDEN, "api.webhook.create_outgoing.permissions.app_error")
    if not channel_id and not words:
        raise bad_request("api.webhook.create_outgoing.triggers.app_error")
    for other in state.hooks.values():
        same_place = (other.team_id, other.channel_id) == (hook.team_id, channel_id) and other is not hook
        if same_place and set(other.trigger_words) & set(words) and set(other.callback_urls) & set(urls):
            raise overlap
    hook.channel_id, hook.trigger_words, hook.callback_urls = channel_id, words, urls
    hook.trigger_when = int(body.get("trigger_when") or 0)
    hook.content_type, hook.display_name = text_of(body, "content_type", ""), text_of(body, "display_name", "")


def _callbacks(body: Json) -> list[str]:
    urls = _texts(body, "callback_urls")
    if not urls:
        raise bad_request("model.outgoing_hook.is_valid.callback.app_error")
    if not all(url.startswith(("http://", "https://")) for url in urls):
        raise bad_request("model.outgoing_hook.is_valid.url.app_error")
    return urls


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
    channel, team_id = call.state.channels.get(call.query.get("channel_id", "")), call.query.get("team_id", "")
    if "channel_id" in call.query and channel is None:
        raise forbidden()
    call.state.require_team_admin(call.me, channel.team_id if channel else team_id)
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


@routes.add("PUT", "/hooks/outgoing/{hook_id}")
def put_hook(call: Call) -> Reply:
    """Replace a webhook's channel, words, addresses and texts, as a team admin; its token stays."""
    if call.body.get("id") != call.id("hook_id"):
        raise bad_body("hook_id")
    hook = _hook(call)
    if call.body.get("team_id") not in (None, "", hook.team_id):
        raise bad_request("api.webhook.team_mismatch.app_error")
    _fill(call.state, hook, call.body, bad_request("api.webhook.update_outgoing.intersect.app_error"))
    hook.update_at = call.state.now()
    return Reply(hook.json())


@routes.add("POST", "/hooks/outgoing/{hook_id}/regen_token")
def regenerate_token(call: Call) -> Reply:
    """Give a webhook another token, as a team admin."""
    hook = _hook(call)
    hook.token, hook.update_at = new_id(), call.state.now()
    return Reply(hook.json())


@routes.add("DELETE", "/hooks/outgoing/{hook_id}")
def delete_hook(call: Call) -> Reply:
    """Remove an outgoing webhook, as a team admin."""
    del call.state.hooks[_hook(call).id]
    return OK
