"""Button presses and menu choices: the integration is called while the presser waits."""

import copy
import json
from dataclasses import dataclass
from http import HTTPStatus

from router.sandbox.ephemeral import ephemeral_post
from router.sandbox.errors import ACTION_INTEGRATION, bad_request, not_found
from router.sandbox.outbound import Answer, CallFailedError
from router.sandbox.outbound import call as call_integration
from router.sandbox.post_views import actions_of
from router.sandbox.publishing import revise
from router.sandbox.records import Channel, Json, Post, User
from router.sandbox.routing import Call, Reply, Routes
from router.sandbox.slack import parse_slack_links
from router.sandbox.state import State

_RETAINED = ("from_webhook", "override_username", "override_icon_url")

routes = Routes()


@dataclass(frozen=True, slots=True)
class _Press:
    post: Post
    props: Json  # as they were when the button was pressed: what an `update` without props puts back
    url: str
    payload: Json
    client_id: str


@routes.add("POST", "/posts/{post_id}/actions/{action_id}", locked=False)
def press(call: Call) -> Reply:
    """Press a button as whoever can read the channel, also in an archived one."""
    with call.state.lock:
        pressed = _pressed(call)
    said = _answer_of(call.state, pressed)
    with call.state.lock:
        _apply(call.state, pressed, said, call.me)
    return Reply({"status": "OK", "trigger_id": pressed.client_id})


def _pressed(call: Call) -> _Press:
    post = call.state.post(call.id("post_id"))
    channel = call.state.channel(post.channel_id)
    call.state.require_read(call.me, channel)
    action = next((one for one in actions_of(post.props) if one.get("id") == call.arguments["action_id"]), None)
    if action is None or not isinstance(action.get("integration"), dict):
        raise not_found("api.post.do_action.action_id.app_error")
    chosen = call.body.get("selected_option") if call.raw.strip() else None
    client_id, trigger_id = call.state.signer.sign(call.me.id, call.state.now())
    payload = _payload(call.state, call.me, channel, action, str(chosen or ""))
    payload |= {"post_id": post.id, "trigger_id": trigger_id}
    return _Press(post, copy.deepcopy(post.props), str(action["integration"].get("url", "")), payload, client_id)


def _payload(state: State, user: User, channel: Channel, action: Json, chosen: str) -> Json:
    """Return the integration request; a choice is not checked, and only a menu's is passed on."""
    context = copy.deepcopy(action["integration"].get("context")) or {}
    is_choice = action.get("type") == "select" and chosen
    if is_choice:
        context["selected_option"] = chosen
    return {
        "user_id": user.id,
        "user_name": user.username,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "team_id": channel.team_id,
        "team_domain": state.teams[channel.team_id].name if channel.team_id else "",
        "type": action.get("type") or "button",
        "data_source": action.get("data_source", "") if is_choice else "",
        "context": context,
    }


def _answer_of(state: State, pressed: _Press) -> Json:
    """Call the integration; anything but 200 with nothing or a JSON object is a 400 that hides the answer's text."""
    headers = {"Content-Type": "application/json"}
    try:
        answer = call_integration("POST", pressed.url, headers, json.dumps(pressed.payload), state.way)
    except CallFailedError as error:
        raise bad_request(ACTION_INTEGRATION) from error
    return _object_in(answer)


def _object_in(answer: Answer) -> Json:
    if answer.status != HTTPStatus.OK:
        raise bad_request(ACTION_INTEGRATION)
    try:
        said = json.loads(answer.body) if answer.body else {}
    except ValueError as error:
        raise bad_request(ACTION_INTEGRATION) from error
    if not isinstance(said, dict):
        raise bad_request(ACTION_INTEGRATION)
    return said


def _apply(state: State, pressed: _Press, said: Json, user: User) -> None:
    """Do what the answer asks: `update` the post, show the presser `ephemeral_text`."""
    if isinstance(said.get("update"), dict):
        _update(state, pressed, said["update"])
    text = said.get("ephemeral_text")
    if isinstance(text, str) and text:
        shown = text if said.get("skip_slack_parsing") is True else parse_slack_links(text)
        root_id = pressed.post.root_id or pressed.post.id
        ephemeral_post(state, user.id, pressed.post.channel_id, shown, root_id=root_id)


def _update(state: State, pressed: _Press, update: Json) -> None:
    """Overwrite the message, blank if left out; keep the pressed props if none are given, else replace them whole."""
    post = state.post(pressed.post.id)
    props = update.get("props")
    if isinstance(props, dict):
        kept = {name: pressed.props[name] for name in _RETAINED if name in pressed.props}
        props = {name: value for name, value in props.items() if name not in _RETAINED} | kept
    else:
        props = pressed.props
    revise(state, post, message=str(update.get("message") or ""), props=props)
