"""Custom slash commands as they are made, listed and executed."""

import re
from http import HTTPStatus

from router.sandbox.command_answers import execute_custom, post_later_answer
from router.sandbox.errors import ApiError, bad_body, bad_request, forbidden, not_found
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
_DISABLED = "api.command.disabled.app_error"
_HIDDEN: Json = {"token": "", "creator_id": "", "method": "", "url": ""}
_EXTRAS = ("display_name", "description", "username", "icon_url", "auto_complete_desc", "auto_complete_hint")

routes = Routes()
hook_routes = Routes(prefix="")


def create_command(state: State, creator: User, body: Json) -> Command:
    """Make a custom command with the token that is sent, or a new one."""
    team, token = state.team(text_of(body, "team_id")), text_of(body, "token", "")
    token = token if len(token) == _TOKEN_LENGTH else new_id()
    command = Command(new_id(), token, team.id, creator.id, "", "P", "", state.now())
    _fill(state, command, body)
    state.commands[command.id] = command
    return command


def _fill(state: State, command: Command, body: Json) -> None:
    """Set what a body says; a trigger is kept in lower case and unique in its team and among the built-in ones."""
    if not state.settings.service("EnableCommands"):
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, _DISABLED)
    trigger, url, method = text_of(body, "trigger", ""), text_of(body, "url", ""), text_of(body, "method", "P")
    if not _TRIGGER.fullmatch(trigger):
        raise bad_request("model.command.is_valid.trigger.app_error")
    if not url.startswith(("http://", "https://")):
        raise bad_request("model.command.is_valid.url_http.app_error")
    if method not in ("P", "G"):
        raise bad_request("model.command.is_valid.method.app_error")
    trigger = trigger.lower()
    others = [one for one in state.commands.values() if one.team_id == command.team_id and one is not command]
    if trigger in _BUILT_IN | {one.trigger for one in others}:
        raise bad_request("api.command.duplicate_trigger.app_error")
    command.trigger, command.url, command.method = trigger, url, method
    command.extras = {name: text_of(body, name, "") for name in _EXTRAS}
    command.extras["auto_complete"] = body.get("auto_complete") is True


@routes.add("POST", "/commands")
def post_command(call: Call) -> Reply:
    """Make a custom command, as a team admin."""
    call.state.require_team_admin(call.me, text_of(call.body, "team_id"))
    return Reply(create_command(call.state, call.me, call.body).json(), HTTPStatus.CREATED)


@routes.add("GET", "/commands")
def list_commands(call: Call) -> Reply:
    """Return a team's commands: to team admins whole, to others those with a hint and no more of them than that.

    `custom_only=true` leaves the built-in ones out, and is for team admins.
    """
    team_id, custom_only = call.query.get("team_id", ""), call.flag("custom_only")
    if not team_id:
        raise bad_body("team_id")
    is_admin = call.state.is_team_admin(call.me, team_id)
    if not is_admin and (custom_only or call.me.id not in call.state.team(team_id).members):
        raise forbidden()
    commands = [command for command in call.state.commands.values() if command.team_id == team_id]
    shown = [command.json() for command in commands] if is_admin else _offered(commands)
    return Reply(shown + ([] if custom_only else [_built_in(trigger) for trigger in sorted(_BUILT_IN)]))


def _offered(commands: list[Command]) -> list[Json]:
    return [command.json() | _HIDDEN for command in commands if command.extras["auto_complete"]]


def _built_in(trigger: str) -> Json:
    blank = dict.fromkeys(("id", "team_id", *_EXTRAS), "") | _HIDDEN
    return blank | {"create_at": 0, "update_at": 0, "delete_at": 0, "trigger": trigger, "auto_complete": True}


@routes.add("GET", "/teams/{team_id}/commands/autocomplete")
def list_offered(call: Call) -> Reply:
    """Return what is offered while somebody types, to members of the team: hints, but neither tokens nor addresses."""
    team = call.state.team(call.id("team_id"))
    if not call.me.is_admin and call.me.id not in team.members:
        raise forbidden()
    custom = [command for command in call.state.commands.values() if command.team_id == team.id]
    return Reply([*_offered(custom), *(_built_in(trigger) for trigger in sorted(_BUILT_IN))])


def _command(call: Call) -> Command:
    """Return the command that the path names; to who may not administer it, it does not exist."""
    command = call.state.commands.get(call.id("command_id"))
    if command is None or not call.state.is_team_admin(call.me, command.team_id):
        raise not_found("store.sql_command.save.get.app_error")
    return command


@routes.add("GET", "/commands/{command_id}")
def get_command(call: Call) -> Reply:
    """Return one custom command, to team admins."""
    return Reply(_command(call).json())


@routes.add("PUT", "/commands/{command_id}")
def put_command(call: Call) -> Reply:
    """Replace a command's trigger, address and texts; its token stays."""
    if call.body.get("id") != call.id("command_id"):
        raise bad_body("command")
    command = _command(call)
    if call.body.get("team_id") != command.team_id:
        raise bad_request("api.command.team_mismatch.app_error")
    _fill(call.state, command, call.body)
    command.update_at = call.state.now()
    return Reply(command.json())


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
            if not state.settings.service("EnableCommands"):
                raise ApiError(HTTPStatus.NOT_IMPLEMENTED, _DISABLED)
            return command
    message = f"Command with a trigger of '/{trigger}' not found."
    raise ApiError(HTTPStatus.NOT_FOUND, "api.command.execute_command.not_found.app_error", message)


@hook_routes.add("POST", "/hooks/commands/{hook_id}", public=True)
def answer_later(call: Call) -> Reply:
    """Take a later answer at a command's `response_url`: text or JSON, 5 times within 30 minutes."""
    known = call.state.response_urls.get(call.arguments["hook_id"])
    if known is None:
        raise not_found("web.command_webhook.general.app_error")
    post_later_answer(call, known)
    return Reply(text="ok")
