"""People: look-ups by id and name, accounts made, renamed and deactivated by admins, presence."""

import re
from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.errors import ApiError, bad_body, bad_request, bad_url, forbidden
from router.sandbox.records import Json, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

_USERNAME = re.compile(r"[a-z0-9._-]{1,64}")
_SETTABLE = frozenset({"online", "away", "dnd", "offline"})  # `ooo` comes from the automatic reply only
_MOST_FOUND = 100

routes = Routes()


def create_user(
    state: State, username: str, first_name: str = "", last_name: str = "", email: str = "", roles: str = "system_user"
) -> User:
    """Make an account; a name that is taken or not of Mattermost's shape is a 400."""
    _require_free_name(state, username)
    email = email or f"{username}@localhost"
    user = User(new_id(), username, state.now(), first_name, last_name, email, roles)
    user.update_at = user.create_at
    state.users[user.id] = user
    state.user_ids[username] = user.id
    announcements.user_made(state, user)
    return user


def _require_free_name(state: State, username: str) -> None:
    if not _USERNAME.fullmatch(username) or not username[0].isalpha():
        raise bad_request("model.user.is_valid.username.app_error")
    if username in state.user_ids:
        raise bad_request("app.user.save.username_exists.app_error")


def rename_user(state: State, user: User, username: str) -> None:
    """Give an account another name."""
    if username != user.username:
        _require_free_name(state, username)
        del state.user_ids[user.username]
        state.user_ids[username] = user.id
    user.username, user.update_at = username, state.now()
    announcements.user_updated(state, user)


def set_active(state: State, user: User, *, active: bool) -> None:
    """Activate or deactivate an account; a deactivated owner's bots go too, and stay so when the owner returns."""
    user.delete_at = 0 if active else state.now()
    user.update_at = state.now()
    gone = [bot for bot in state.users.values() if bot.is_bot and bot.owner_id == user.id] if not active else []
    for bot in gone:
        bot.delete_at = user.delete_at
    for changed in (user, *gone):
        announcements.activation_changed(state, changed)


@routes.add("GET", "/users/{user_id}")
def get_user(call: Call) -> Reply:
    """Return one person by id or `me`."""
    return Reply(call.state.user(call.id("user_id")).json())


@routes.add("GET", "/users/username/{username:[^/]+}")
def get_user_by_name(call: Call) -> Reply:
    """Return one person by name; upper case is a 400."""
    username = call.arguments["username"]
    if not _USERNAME.fullmatch(username):
        raise bad_url("username")
    return Reply(call.state.user_named(username).json())


@routes.add("POST", "/users/ids")
def get_users_by_ids(call: Call) -> Reply:
    """Return the known ones of a list of ids."""
    return Reply([call.state.users[user_id].json() for user_id in call.strings() if user_id in call.state.users])


@routes.add("POST", "/users/usernames")
def get_users_by_names(call: Call) -> Reply:
    """Return the known ones of a list of names."""
    ids = call.state.user_ids
    return Reply([call.state.users[ids[name]].json() for name in call.strings() if name in ids])


@routes.add("POST", "/users/search")
def search_users(call: Call) -> Reply:
    """Return active people of whom a name begins with the term."""
    term = text_of(call.body, "term").lower()
    if not term:
        raise bad_body("term")
    found = [user for user in call.state.users.values() if not user.delete_at and _begins(user, term)]
    return Reply([user.json() for user in found[: int(call.body.get("limit") or _MOST_FOUND)]])


def _begins(user: User, term: str) -> bool:
    return any(name.lower().startswith(term) for name in (user.username, user.first_name, user.last_name))


@routes.add("GET", "/users")
def list_users(call: Call) -> Reply:
    """Return people by name, filtered by `in_team`, `in_channel`, `active` and `inactive`."""
    users = sorted(call.state.users.values(), key=lambda user: user.username)
    if team_id := call.query.get("in_team"):
        users = [user for user in users if user.id in call.state.team(team_id).members]
    if channel_id := call.query.get("in_channel"):
        channel = call.state.channel(channel_id)
        call.state.require_member(call.me, channel)
        users = [user for user in users if user.id in channel.members]
    if call.flag("active"):
        users = [user for user in users if not user.delete_at]
    if call.flag("inactive"):
        users = [user for user in users if user.delete_at]
    return Reply([user.json() for user in call.page_of(users)])


@routes.add("POST", "/users", admin=True)
def post_user(call: Call) -> Reply:
    """Make an account, as an admin does."""
    fields = {name: text_of(call.body, name, "") for name in ("first_name", "last_name", "email")}
    user = create_user(call.state, text_of(call.body, "username"), **fields)
    return Reply(user.json(), HTTPStatus.CREATED)


@routes.add("POST", "/users/logout")
def logout(_call: Call) -> Reply:
    """End the session; an access token stays good."""
    return OK


@routes.add("PUT", "/users/{user_id}/patch")
def patch_user(call: Call) -> Reply:
    """Change names and props; others' only as an admin, and no bot but through its owner or an admin."""
    user = call.state.user(call.id("user_id"))
    if not call.me.is_admin and user is not call.me:
        raise forbidden()
    _apply(call.state, user, call.body)
    return Reply(user.json())


def _apply(state: State, user: User, patch: Json) -> None:
    user.first_name = text_of(patch, "first_name", user.first_name)
    user.last_name = text_of(patch, "last_name", user.last_name)
    if isinstance(patch.get("props"), dict):
        user.props = patch["props"]
    rename_user(state, user, text_of(patch, "username", user.username))


@routes.add("DELETE", "/users/{user_id}")
def delete_user(call: Call) -> Reply:
    """Deactivate an account; one's own, or any as an admin."""
    user = call.state.user(call.id("user_id"))
    if not call.me.is_admin and user is not call.me:
        raise forbidden()
    set_active(call.state, user, active=False)
    return OK


@routes.add("PUT", "/users/{user_id}/active")
def put_active(call: Call) -> Reply:
    """Activate or deactivate an account, as an admin; one's own deactivation is switched off by default."""
    active, user_id = call.body.get("active"), call.id("user_id")
    if not isinstance(active, bool):
        raise bad_body("active")
    if not call.me.is_admin and user_id == call.me.id and not active:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "api.user.update_active.not_enable.app_error")
    if not call.me.is_admin:
        raise ApiError(HTTPStatus.FORBIDDEN, "api.user.update_active.permissions.app_error")
    set_active(call.state, call.state.user(user_id), active=active)
    return OK


@routes.add("PUT", "/users/{user_id}/roles", admin=True)
def put_roles(call: Call) -> Reply:
    """Replace somebody's system roles."""
    call.state.user(call.id("user_id")).roles = text_of(call.body, "roles")
    return OK


def set_status(state: State, user: User, status: str) -> None:
    """Change somebody's presence."""
    if user.status != status:
        user.status = status
        announcements.status_changed(state, user)


@routes.add("POST", "/roles/names")
def get_roles_by_names(call: Call) -> Reply:
    """Return the known ones of a list of roles, with what each is allowed."""
    known = call.state.permissions
    return Reply([{"name": name, "permissions": sorted(known[name])} for name in call.strings() if name in known])


def _status(state: State, user_id: str) -> Json:
    status = state.users[user_id].status if user_id in state.users else "offline"
    return {"user_id": user_id, "status": status, "manual": False, "last_activity_at": 0, "dnd_end_time": 0}


@routes.add("GET", "/users/{user_id}/status")
def get_status(call: Call) -> Reply:
    """Return somebody's presence; an unknown person is offline."""
    return Reply(_status(call.state, call.id("user_id")))


@routes.add("POST", "/users/status/ids")
def get_statuses(call: Call) -> Reply:
    """Return the presence of several people."""
    return Reply([_status(call.state, user_id) for user_id in call.strings()])


@routes.add("PUT", "/users/{user_id}/status")
def put_status(call: Call) -> Reply:
    """Set one's presence, or anybody's as an admin."""
    user = call.state.user(call.id("user_id"))
    if not call.me.is_admin and user is not call.me:
        raise forbidden()
    status = text_of(call.body, "status")
    if status not in _SETTABLE:
        raise ApiError(HTTPStatus.BAD_REQUEST, "api.context.invalid_body_param.app_error")
    set_status(call.state, user, status)
    return Reply(_status(call.state, user.id))
