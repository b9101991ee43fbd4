"""Bots and access tokens. Of other people's bots only system admins know."""

from http import HTTPStatus

from router.sandbox.channels import open_direct
from router.sandbox.errors import ApiError, bad_body, forbidden, not_found
from router.sandbox.people import create_user, rename_user, set_active
from router.sandbox.publishing import publish
from router.sandbox.records import AccessToken, Post, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

_GREETING = (
    "Please add me to teams and channels you want me to interact in. To do this, use the browser or desktop app."
)

routes = Routes()


def create_bot(state: State, owner: User, username: str, display_name: str, description: str = "") -> User:
    """Make a bot; it belongs to no team and no channel."""
    bot = create_user(state, username, first_name=display_name)
    bot.is_bot, bot.owner_id, bot.description = True, owner.id, description
    return bot


@routes.add("POST", "/bots", admin=True)
def post_bot(call: Call) -> Reply:
    """Make a bot, which greets its owner; no bot may, whatever its roles."""
    if call.me.is_bot:
        raise forbidden()
    if not call.state.settings.service("EnableBotAccountCreation"):
        raise ApiError(HTTPStatus.FORBIDDEN, "api.bot.create_disabled")
    names = [
        text_of(call.body, "username"),
        text_of(call.body, "display_name", ""),
        text_of(call.body, "description", ""),
    ]
    bot = create_bot(call.state, call.me, *names)
    direct = open_direct(call.state, bot, call.me)
    publish(call.state, Post(new_id(), direct.id, bot.id, call.state.now(), _GREETING, type="add_bot_teams_channels"))
    return Reply(bot.bot_json(), HTTPStatus.CREATED)


@routes.add("GET", "/bots", admin=True)
def list_bots(call: Call) -> Reply:
    """Return the bots, disabled ones with `include_deleted=true`."""
    bots = [user for user in call.state.users.values() if user.is_bot]
    shown = [bot.bot_json() for bot in bots if not bot.delete_at or call.flag("include_deleted")]
    return Reply(call.page_of(shown))


def _bot(call: Call) -> User:
    """Return the bot that the path names; to others than admins there is none."""
    bot = call.state.users.get(call.id("bot_id"))
    if bot is None or not bot.is_bot or not call.me.is_admin:
        raise not_found("store.sql_bot.get.missing.app_error")
    return bot


@routes.add("GET", "/bots/{bot_id}")
def get_bot(call: Call) -> Reply:
    """Return a bot; a disabled one only with `include_deleted=true`."""
    bot = _bot(call)
    if bot.delete_at and not call.flag("include_deleted"):
        raise not_found("store.sql_bot.get.missing.app_error")
    return Reply(bot.bot_json())


@routes.add("PUT", "/bots/{bot_id}")
def patch_bot(call: Call) -> Reply:
    """Change a bot's names and description."""
    bot = _bot(call)
    bot.first_name = text_of(call.body, "display_name", bot.first_name)
    bot.description = text_of(call.body, "description", bot.description)
    rename_user(call.state, bot, text_of(call.body, "username", bot.username))
    return Reply(bot.bot_json())


@routes.add("POST", "/bots/{bot_id}/disable")
def disable_bot(call: Call) -> Reply:
    """Disable a bot: its tokens are refused until it is enabled."""
    return _set_active(call, active=False)


@routes.add("POST", "/bots/{bot_id}/enable")
def enable_bot(call: Call) -> Reply:
    """Enable a bot again, with the tokens that it had."""
    return _set_active(call, active=True)


def _set_active(call: Call, *, active: bool) -> Reply:
    bot = _bot(call)
    set_active(call.state, bot, active=active)
    return Reply(bot.bot_json())


@routes.add("POST", "/users/{user_id}/tokens", admin=True)
def post_token(call: Call) -> Reply:
    """Make an access token, shown this once. People's are switched off (501), bots' are not."""
    user = call.state.user(call.id("user_id"))
    if not text_of(call.body, "description", ""):
        raise bad_body("description")
    if not user.is_bot and not call.state.settings.service("EnableUserAccessTokens"):
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, "app.user_access_token.disabled")
    made = call.state.new_token(user, call.body["description"])
    return Reply(made.json() | {"token": made.token})


@routes.add("GET", "/users/{user_id}/tokens", admin=True)
def list_tokens(call: Call) -> Reply:
    """Return somebody's access tokens without their values."""
    user_id = call.id("user_id")
    return Reply(call.page_of([one.json() for one in call.state.tokens.values() if one.user_id == user_id]))


def _known(state: State, token_id: str) -> AccessToken:
    for known in state.tokens.values():
        if known.id == token_id:
            return known
    raise not_found("app.user_access_token.get_by_user.app_error")


def _token(call: Call) -> AccessToken:
    token_id = text_of(call.body, "token_id", "")
    if not token_id:
        raise bad_body("token_id")
    return _known(call.state, token_id)


@routes.add("GET", "/users/tokens/{token_id}", admin=True)
def get_token(call: Call) -> Reply:
    """Return one access token without its value."""
    return Reply(_known(call.state, call.id("token_id")).json())


@routes.add("POST", "/users/tokens/revoke", admin=True)
def revoke_token(call: Call) -> Reply:
    """Take an access token away for good."""
    del call.state.tokens[_token(call).token]
    return OK


@routes.add("POST", "/users/tokens/disable", admin=True)
def disable_token(call: Call) -> Reply:
    """Have an access token refused until it is enabled."""
    _token(call).is_active = False
    return OK


@routes.add("POST", "/users/tokens/enable", admin=True)
def enable_token(call: Call) -> Reply:
    """Have a disabled access token accepted again."""
    _token(call).is_active = True
    return OK
