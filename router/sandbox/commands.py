"""Custom slash commands as they are made, listed and executed."""

import re
from http import HTTPStatus

from router.sandbox.command_answers import execute_custom, post_later_answer
from router.sandbox.errors import bad_request, forbidden, not_found
from router.sandbox.records import Command, Json, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

_TRIGGER = re.compile(r"[A-Za-z0-9_.\-][A-Za-z0-9_./\-]{0,127}")
_TOKEN_LENGTH = 26
_BUILT_IN = frozenset(
    {
        "away", "code", "collapse", "dnd", "echo", "expand", "groupmsg", "header", "help", "invite", "join", "kick",
        "leave", "logout", "me", "msg", "mute", "offline", "online", "open", "purpose", "remove", "rename", "search",
        "settings", "shortcuts", "shrug", "status",
    }
)  # fmt: skip
_EXTRAS = ("display_name", "description", "username", "icon_url", "auto_complete_desc", "auto_complete_hint")

routes = Routes()
hook_routes = Routes(prefix="")


def create_command(state: State, creator: User, body: Json) -> Command:
    """Make a custom command; a trigger is stored in lower case and unique in its team and among the built-in ones."""
    trigger, team = text_of(body, "trigger"), state.team(text_of(body, "team_id"))
    url, method = text_of(body, "url"), text_of(body, "method", "P")
    if not _TRIGGER.fullmatch(trigger):
        raise bad_request("model.command.is_valid.trigger.app_error")
    if not url.startswith(("http://", "https://")) or method not in ("P", "G"):
        raise bad_request("model.command.is_valid.url_http.app_error")
    trigger = trigger.lower()
    taken = {command.trigger for command in state.commands.values() if command.team_id == team.id} | _BUILT_IN
    if trigger in taken:
        raise bad_request("api.command.duplicate_trigger.app_error")
    token = text_of(body, "token", "")
    token = token if len(token) == _TOKEN_LENGTH else new_id()
    extras: Json = {name: text_of(body, name, "") for name in _EXTRAS}
    extras["auto_complete"] = body.get("auto_complete") is True
    command = Command(new_id(), token, team.id, creator.id, trigger, method, url, state.now(), extras)
    state.commands[command.id] = command
    return command


@routes.add("POST", "/commands")
def post_command(call: Call) -> Reply:
    """Make a custom command, as a team admin."""
    call.state.require_team_admin(call.me, text_of(call.body, "team_id"))
    return Reply(create_command(call.state, call.me, call.body).json(), HTTPStatus.CREATED)


@routes.add("GET", "/commands")
def list_commands(call: Call) -> Reply:
    """Return the custom commands of a team, to team admins."""
    team = call.state.team(call.query.get("team_id", ""))
    call.state.require_team_admin(call.me, team.id)
    return Reply([command.json() for command in call.state.commands.values() if command.team_id == team.id])


def _command(call: Call) -> Command:
    command = call.state.commands.get(call.id("command_id"))
    if command is None:
        raise not_found("store.sql_command.get.missing.app_error")
    call.state.require_team_admin(call.me, command.team_id)
    return command


@routes.add("PUT", "/commands/{command_id}/regen_token")
def regenerate_token(call: Call) -> Reply:
    """Give a command another token."""
    command = _command(call)
    command.token = new_id()
    return Reply({"token": command.token})


@routes.add("DELETE", "/commands/{command_id}")
def delete_command(call: Call) -> Reply:
    """Remove a command."""
    del call.state.commands[_command(call).id]
    return OK


@routes.add("POST", "/commands/execute", locked=False)
def execute(call: Call) -> Reply:
    """Execute a command as the caller, who must be able to post in the channel."""
    typed = text_of(call.body, "command", "")
    with call.state.lock:
        channel = call.state.channels.get(text_of(call.body, "channel_id", ""))
        if len(typed) <= 1 or not typed.startswith("/"):
            raise bad_request("api.command.execute_command.start.app_error")
        if channel is None or not call.state.may_post(call.me, channel):
            raise forbidden()
        if channel.delete_at:
            raise bad_request("api.command.execute_command.deleted.error")
        team_id = channel.team_id or text_of(call.body, "team_id", "")
        if team_id not in call.state.teams or call.me.id not in call.state.teams[team_id].members:
            raise forbidden()
        trigger, _, text = re.sub(r"\s", " ", typed[1:], count=1).partition(" ")
        command = _triggered(call.state, team_id, trigger.lower())
    return Reply(execute_custom(call, command, channel, text))


def _triggered(state: State, team_id: str, trigger: str) -> Command:
    for command in state.commands.values():
        if (command.team_id, command.trigger) == (team_id, trigger):
            return command
    raise not_found("api.command.execute_command.not_found.app_error")


@hook_routes.add("POST", "/hooks/commands/{hook_id}", public=True)
def answer_later(call: Call) -> Reply:
    """Take a later answer at a command's `response_url`: text or JSON, 5 times within 30 minutes."""
    known = call.state.response_urls.get(call.arguments["hook_id"])
    if known is None:
        raise not_found("web.command_webhook.general.app_error")
    post_later_answer(call, known)
    return Reply(text="ok")
