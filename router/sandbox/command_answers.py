"""The call of a slash command's integration, and what becomes of its answer."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlencode

from router.sandbox.ephemeral import ephemeral_post
from router.sandbox.errors import ApiError, bad_request, forbidden
from router.sandbox.outbound import Answer, CallFailedError
from router.sandbox.outbound import call as call_integration
from router.sandbox.outgoing import fire_hooks
from router.sandbox.publishing import publish
from router.sandbox.records import Channel, Command, Json, Post, ResponseUrl, User, new_id
from router.sandbox.routing import Call
from router.sandbox.slack import parse_slack
from router.sandbox.state import State

_RESPONSE_URL_MS = 30 * 60 * 1000
_RESPONSE_URL_USES = 5
_AT = re.compile(r"\B@([A-Za-z0-9][A-Za-z0-9._-]*)")
_TILDE = re.compile(r"\B~([a-z0-9][a-z0-9_-]*)")
_FAILED = "api.command.execute_command.failed.app_error"


def execute_custom(call: Call, command: Command, channel: Channel, text: str) -> Json:
    """Call a command's integration and show its answer; what the executing client gets is the answer itself."""
    root_id = str(call.body.get("root_id") or "")
    if not call.state.settings.site_url:
        raise bad_request("api.command.execute_command.site_url_required.app_error")
    with call.state.lock:
        client_id, trigger_id = call.state.signer.sign(call.me.id, call.state.now())
        fields = _fields(call.state, call.me, command, channel, text)
        fields += [("trigger_id", trigger_id), ("root_id", root_id)]
        known = ResponseUrl(command, call.me.id, channel.id, root_id, call.state.now())
        hook_id = new_id()
        call.state.response_urls[hook_id] = known
        fields += [("response_url", f"{call.state.settings.site_url}/hooks/commands/{hook_id}")]
    said = _judge(command, _send(call.state, command, fields))
    with call.state.lock:
        for part in _parts(said):
            _show(call, known, part)
    return _returned(said, client_id)


def _fields(state: State, user: User, command: Command, channel: Channel, text: str) -> list[tuple[str, str]]:
    """Return the fields of a call; people and public channels that the text names are paired with their ids."""
    team = state.teams[command.team_id]
    fields = {
        "token": command.token,
        "team_id": team.id,
        "team_domain": team.name,
        "channel_id": channel.id,
        "channel_name": channel.name,
        "user_id": user.id,
        "user_name": user.username,
        "command": f"/{command.trigger}",
        "text": text,
    }
    people = dict(_people_in(state, team.id, text))
    channels = dict(_channels_in(state, team.id, text))
    pairs = list(fields.items())
    pairs += [
        pair for name, its_id in people.items() for pair in (("user_mentions", name), ("user_mentions_ids", its_id))
    ]
    for name, its_id in channels.items():
        pairs += [("channel_mentions", name), ("channel_mentions_ids", its_id)]
    return pairs


def _people_in(state: State, team_id: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield name and id of the team's members that a text names; trailing `.-_` is tried away."""
    for word in _AT.findall(text.lower()):
        for name in (word, word.rstrip(".-_")):
            user_id = state.user_ids.get(name)
            if user_id in state.teams[team_id].members:
                yield name, user_id
                break


def _channels_in(state: State, team_id: str, text: str) -> Iterator[tuple[str, str]]:
    wanted = set(_TILDE.findall(text))
    for channel in state.channels.values():
        if channel.team_id == team_id and channel.type == "O" and channel.name in wanted and not channel.delete_at:
            yield channel.name, channel.id


def _send(state: State, command: Command, fields: list[tuple[str, str]]) -> Answer:
    headers = {"Authorization": f"Token {command.token}"}
    url, content, method = command.url, urlencode(fields), "POST"
    if command.method == "G":
        url, content, method = f"{url}{'&' if '?' in url else '?'}{content}", "", "GET"
    else:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    try:
        return call_integration(method, url, headers, content, state.way)
    except CallFailedError as error:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED, f"Command /{command.trigger} failed.") from error


def _judge(command: Command, answer: Answer) -> Json:
    """Return a 200's answer; any other status, and JSON that is empty or none, is a 500 without the answer's text."""
    if answer.status != HTTPStatus.OK:
        message = f"Command with a trigger of '{command.trigger}' returned response {answer.status}."
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api.command.execute_command.failed_resp.app_error", message)
    return _parse(answer.body, answer.content_type)


def _parse(content: bytes, content_type: str) -> Json:
    """Return an answer as its keys: JSON only where the type says so, plain text otherwise."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return {"text": content.decode(errors="replace")}
    try:
        said = json.loads(content)
    except ValueError as error:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED) from error
    if not isinstance(said, dict):
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, _FAILED)
    return said


def _parts(said: Json) -> list[Json]:
    extra = said.get("extra_responses")
    return [said, *(part for part in extra if isinstance(part, dict))] if isinstance(extra, list) else [said]


def _show(call: Call, known: ResponseUrl, said: Json) -> None:
    """Post an answer as the invoking user, or show it to that user only; of nothing to say nothing is shown."""
    text, attachments = str(said.get("text") or ""), said.get("attachments")
    if not text and not attachments:
        return
    if said.get("skip_slack_parsing") is not True:
        text = parse_slack(call.state, text)
    props = dict(said["props"]) if isinstance(said.get("props"), dict) else {}
    props |= {"from_webhook": "true"} | ({"attachments": attachments} if attachments else {})
    channel_id = str(said.get("channel_id") or known.channel_id)
    if known.user_id not in call.state.channel(channel_id).members:
        raise forbidden()
    if said.get("response_type") != "in_channel":
        ephemeral_post(call.state, known.user_id, channel_id, text, root_id=known.root_id, props=props)
        return
    kind = str(said.get("type") or "")
    if kind.startswith("system_"):
        raise bad_request("api.context.invalid_param.app_error")
    post = Post(new_id(), channel_id, known.user_id, call.state.now(), text, known.root_id, kind, props)
    _publish(call, post)


def _publish(call: Call, post: Post) -> None:
    """Post an answer in the channel; with a root that cannot be one it fails with a 500."""
    try:
        publish(call.state, post)
    except ApiError as error:
        error_id = "api.command.execute_command.create_post_failed.app_error"
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, error_id) from error
    fire_hooks(call.server, post)


def _returned(said: Json, client_id: str) -> Json:
    """Return the command response as the executing client gets it."""
    blank: Json = {
        "response_type": "",
        "text": "",
        "username": "",
        "channel_id": "",
        "icon_url": "",
        "type": "",
        "props": None,
        "goto_location": "",
        "skip_slack_parsing": False,
        "attachments": None,
        "extra_responses": None,
    }
    return blank | {name: value for name, value in said.items() if name in blank} | {"trigger_id": client_id}


def post_later_answer(call: Call, known: ResponseUrl) -> None:
    """Show a later answer; it uses the URL up, even an empty one, and after 5 uses or 30 minutes is a 400."""
    if known.uses >= _RESPONSE_URL_USES or call.state.now() - known.create_at > _RESPONSE_URL_MS:
        raise bad_request("web.command_webhook.general.app_error")
    known.uses += 1
    for part in _parts(_parse(call.raw or b"{}", call.content_type)):
        _show(call, known, part)
