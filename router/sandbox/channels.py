"""Channels: made, found, changed, archived, restored."""

import re
from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.errors import bad_body, bad_request, forbidden, not_found
from router.sandbox.publishing import post_system_message
from router.sandbox.records import Channel, Json, User, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of
from router.sandbox.state import State

DEFAULT_CHANNEL = "town-square"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PATCHED = ("name", "display_name", "header", "purpose")
_PAIR = 2

routes = Routes()


def create_channel(state: State, team_id: str, name: str, display_name: str, *, private: bool = False) -> Channel:
    """Make a channel without members; a name in use, by an archived channel too, is a 400."""
    _require_free_name(state, team_id, name)
    channel = Channel(new_id(), team_id, "P" if private else "O", name, display_name, state.now())
    state.channels[channel.id] = channel
    return channel


def _require_free_name(state: State, team_id: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise bad_request("model.channel.is_valid.1_or_more.app_error")
    if any(channel.team_id == team_id and channel.name == name for channel in state.channels.values()):
        raise bad_request("store.sql_channel.save_channel.exists.app_error")


def open_direct(state: State, one: User, other: User) -> Channel:
    """Return the direct channel of two people, made at need."""
    name = "__".join(sorted((one.id, other.id)))
    for channel in state.channels.values():
        if channel.type == "D" and channel.name == name:
            return channel
    channel = Channel(new_id(), "", "D", name, "", state.now(), creator_id=one.id)
    state.channels[channel.id] = channel
    for user in {one.id: one, other.id: other}.values():
        state.add_to_channel(channel, user)
    announcements.direct_opened(state, channel, one, other)
    return channel


@routes.add("POST", "/channels")
def post_channel(call: Call) -> Reply:
    """Make a public (`O`) or private (`P`) channel; its maker, a member of the team, is its admin."""
    team = call.state.team(text_of(call.body, "team_id"))
    if not call.me.is_admin and call.me.id not in team.members:
        raise forbidden()
    if call.body.get("type") not in ("O", "P"):
        raise bad_body("type")
    private = call.body["type"] == "P"
    names = text_of(call.body, "name"), text_of(call.body, "display_name")
    channel = create_channel(call.state, team.id, *names, private=private)
    channel.creator_id = call.me.id
    channel.header, channel.purpose = text_of(call.body, "header", ""), text_of(call.body, "purpose", "")
    call.state.add_to_channel(channel, call.me).scheme_admin = True
    post_system_message(call.server, channel, call.me, "system_join_channel", f"{call.me.username} joined the channel.")
    announcements.channel_created(call.state, channel, call.me)
    return Reply(channel.json(), HTTPStatus.CREATED)


@routes.add("POST", "/channels/direct")
def post_direct(call: Call) -> Reply:
    """Return the direct channel of two people; between two others it is a 403."""
    ids = call.strings()
    if len(ids) != _PAIR:
        raise bad_body("user_ids")
    one, other = (call.state.user(user_id) for user_id in ids)
    if not call.me.is_admin and call.me.id not in ids:
        raise forbidden()
    return Reply(open_direct(call.state, one, other).json(), HTTPStatus.CREATED)


@routes.add("GET", "/channels/{channel_id}")
def get_channel(call: Call) -> Reply:
    """Return a channel by id, archived or not."""
    channel = call.state.channel(call.id("channel_id"))
    call.state.require_read(call.me, channel)
    return Reply(channel.json())


@routes.add("GET", "/teams/{team_id}/channels/name/{name:[^/]+}")
def get_channel_by_name(call: Call) -> Reply:
    """Return a channel by name; an archived one only with `include_deleted=true`."""
    channel = call.state.channel_named(call.state.team(call.id("team_id")).id, call.arguments["name"])
    if (channel.delete_at and not call.flag("include_deleted")) or not call.state.may_read(call.me, channel):
        raise not_found("app.channel.get_by_name.missing.app_error")
    return Reply(channel.json())


@routes.add("GET", "/teams/name/{team_name:[^/]+}/channels/name/{name:[^/]+}")
def get_channel_by_names(call: Call) -> Reply:
    """Return a channel by the names of its team and itself."""
    call.arguments["team_id"] = call.state.team_named(call.arguments["team_name"]).id
    return get_channel_by_name(call)


@routes.add("GET", "/users/{user_id}/channels")
def list_channels_of_user(call: Call) -> Reply:
    """Return the channels that somebody is in, of all teams, direct ones included."""
    return Reply([channel.json() for channel in _channels_of(call)])


@routes.add("GET", "/users/{user_id}/teams/{team_id}/channels")
def list_channels_of_user_in_team(call: Call) -> Reply:
    """Return the channels of a team that somebody is in, direct ones included."""
    places = ("", call.id("team_id"))
    return Reply([channel.json() for channel in _channels_of(call) if channel.team_id in places])


def _channels_of(call: Call) -> list[Channel]:
    user_id = call.id("user_id")
    if not call.me.is_admin and user_id != call.me.id:
        raise forbidden()
    return [one for one in call.state.channels.values() if user_id in one.members and not one.delete_at]


@routes.add("GET", "/teams/{team_id}/channels")
def list_public_channels(call: Call) -> Reply:
    """Return a team's public channels by name, to the team's members."""
    team = call.state.team(call.id("team_id"))
    if not call.me.is_admin and call.me.id not in team.members:
        raise forbidden()
    public = [one for one in call.state.channels.values() if (one.team_id, one.type) == (team.id, "O")]
    listed = sorted((one for one in public if not one.delete_at), key=lambda one: one.display_name)
    return Reply([one.json() for one in call.page_of(listed)])


@routes.add("PUT", "/channels/{channel_id}/patch")
def patch_channel(call: Call) -> Reply:
    """Change name, display name, header or purpose; an empty change is a 400."""
    channel = call.state.channel(call.id("channel_id"))
    if not call.state.is_team_admin(call.me, channel.team_id):
        call.state.require_member(call.me, channel)
    patch: Json = {name: text_of(call.body, name) for name in _PATCHED if name in call.body}
    if not patch:
        raise bad_request("api.channel.patch_update_channel.no_changes.app_error")
    if "name" in patch and patch["name"] != channel.name:
        _require_free_name(call.state, channel.team_id, patch["name"])
    for name, value in patch.items():
        setattr(channel, name, value)
    channel.update_at = call.state.now()
    announcements.channel_updated(call.state, channel)
    return Reply(channel.json())


@routes.add("PUT", "/channels/{channel_id}/privacy")
def change_privacy(call: Call) -> Reply:
    """Make a channel public (`O`) or private (`P`), as a team admin; its outgoing webhooks stay, and do not fire."""
    channel = call.state.channel(call.id("channel_id"))
    call.state.require_team_admin(call.me, channel.team_id)
    if call.body.get("privacy") not in ("O", "P"):
        raise bad_body("privacy")
    if channel.name == DEFAULT_CHANNEL:
        raise bad_request("api.channel.update_channel_privacy.default_channel_error")
    channel.type, channel.update_at = call.body["privacy"], call.state.now()
    announcements.channel_updated(call.state, channel)
    return Reply(channel.json())


@routes.add("DELETE", "/channels/{channel_id}")
def archive_channel(call: Call) -> Reply:
    """Archive a channel, as its members may, with the outgoing webhooks bound to it; admins may delete it for good."""
    channel = call.state.channel(call.id("channel_id"))
    if call.me.is_admin and call.flag("permanent"):
        del call.state.channels[channel.id]
        call.state.posts = {one.id: one for one in call.state.posts.values() if one.channel_id != channel.id}
        return OK
    if not call.state.is_team_admin(call.me, channel.team_id):
        call.state.require_member(call.me, channel)
    if channel.name == DEFAULT_CHANNEL or channel.type == "D":
        raise bad_request("api.channel.delete_channel.cannot.app_error")
    if channel.delete_at:
        raise bad_request("api.channel.delete_channel.deleted.app_error")
    message = f"{call.me.username} archived the channel."
    post_system_message(call.server, channel, call.me, "system_channel_deleted", message)
    channel.delete_at = channel.update_at = call.state.now()
    for hook_id in [hook.id for hook in call.state.hooks.values() if hook.channel_id == channel.id]:
        del call.state.hooks[hook_id]
    announcements.channel_archived(call.state, channel)
    return OK


@routes.add("POST", "/channels/{channel_id}/restore")
def restore_channel(call: Call) -> Reply:
    """Restore an archived channel, as a team admin; its webhooks stay gone."""
    channel = call.state.channel(call.id("channel_id"))
    call.state.require_team_admin(call.me, channel.team_id)
    if not channel.delete_at:
        raise bad_request("api.channel.restore_channel.restored.app_error")
    channel.delete_at, channel.update_at = 0, call.state.now()
    announcements.channel_restored(call.state, channel)
    message = f"{call.me.username} unarchived the channel."
    post_system_message(call.server, channel, call.me, "system_channel_restored", message)
    return Reply(channel.json())
