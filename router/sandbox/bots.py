"""Bots and access tokens."""

from http import HTTPStatus

from router.sandbox.errors import ApiError, bad_body, forbidden
from router.sandbox.people import create_user
from router.sandbox.records import User, new_id
from router.sandbox.routing import Call, Reply, Routes, text_of
from router.sandbox.state import State

routes = Routes()


def create_bot(state: State, owner: User, username: str, display_name: str, description: str = "") -> User:
    """Make a bot; it belongs to no team and no channel."""
    bot = create_user(state, username, first_name=display_name)
    bot.is_bot, bot.owner_id, bot.description = True, owner.id, description
    return bot


@routes.add("POST", "/bots", admin=True)
def post_bot(call: Call) -> Reply:
    """Make a bot; no bot may, whatever its roles."""
    if call.me.is_bot:
        raise forbidden()
    names = [
        text_of(call.body, "username"),
        text_of(call.body, "display_name", ""),
        text_of(call.body, "description", ""),
    ]
    return Reply(create_bot(call.state, call.me, *names).bot_json(), HTTPStatus.CREATED)


@routes.add("GET", "/bots/{user_id}")
def get_bot(call: Call) -> Reply:
    """Return a bot; a person is a 404."""
    user = call.state.user(call.id("user_id"))
    if not user.is_bot:
        raise ApiError(HTTPStatus.NOT_FOUND, "store.sql_bot.get.missing.app_error")
    return Reply(user.bot_json())


@routes.add("POST", "/users/{user_id}/tokens")
def post_token(call: Call) -> Reply:
    """Make an access token, shown this once. People's are switched off (501), bots' are not."""
    user = call.state.user(call.id("user_id"))
    if not call.me.is_admin and user is not call.me:
        raise forbidden()
    if not text_of(call.body, "description", ""):
        raise bad_body("description")
    if not user.is_bot:
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, "app.user_access_token.disabled")
    token = call.state.new_token(user)
    shown = {"id": new_id(), "user_id": user.id, "description": call.body["description"], "is_active": True}
    return Reply(shown | {"token": token})
