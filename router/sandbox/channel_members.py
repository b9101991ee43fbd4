"""Who is in a channel, and what is unread there."""

from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.channels import DEFAULT_CHANNEL
from router.sandbox.errors import ApiError, bad_body, bad_request, forbidden, not_found
from router.sandbox.publishing import post_system_message
from router.sandbox.records import Channel, ChannelMember, Json, User
from router.sandbox.routing import OK, Call, Reply, Routes, is_id, text_of
from router.sandbox.thread_views import thread_totals

routes = Routes()


def _channel(call: Call) -> Channel:
    return call.state.channel(call.id("channel_id"))


def _member(channel: Channel, user_id: str) -> ChannelMember:
    member = channel.members.get(user_id)
    if member is None:
        raise not_found("app.channel.get_member.missing.app_error")
    return member


def _require_own(call: Call, user_id: str) -> None:
    if not call.me.is_admin and user_id != call.me.id:
        raise forbidden()


@routes.add("GET", "/channels/{channel_id}/members")
def list_members(call: Call) -> Reply:
    """Return a page of the members, to members only."""
    channel = _channel(call)
    call.state.require_member(call.me, channel)
    return Reply([member.shown_to(call.me.id) for member in call.page_of(list(channel.members.values()))])


@routes.add("POST", "/channels/{channel_id}/members/ids")
def list_members_by_ids(call: Call) -> Reply:
    """Return the memberships of those of a list of ids who are in the channel, to who is in it."""
    channel = _channel(call)
    call.state.require_member(call.me, channel)
    wanted = call.strings("user_ids")
    return Reply([member.shown_to(call.me.id) for user_id, member in channel.members.items() if user_id in wanted])


@routes.add("GET", "/channels/{channel_id}/members/{user_id}")
def get_member(call: Call) -> Reply:
    """Return one membership, to members only: to others even their own absence is a 403."""
    channel = _channel(call)
    call.state.require_member(call.me, channel)
    return Reply(_member(channel, call.id("user_id")).shown_to(call.me.id))


@routes.add("POST", "/channels/{channel_id}/members")
def add_members(call: Call) -> Reply:
    """Add one `user_id` or several `user_ids`, of whom those who may not be in it are left out; 201 also for who is."""
    channel = _channel(call)
    several = isinstance(call.body.get("user_ids"), list)
    asked = call.body["user_ids"] if several else [call.body.get("user_id")]
    ids = [user_id for user_id in asked if is_id(user_id)]
    if len(ids) != len(asked):
        raise bad_body("user_id or user_ids")
    added, refusal = [], None
    for user_id in ids:
        try:
            added.append(_add(call, channel, call.state.user(user_id)).shown_to(call.me.id))
        except ApiError as error:
            refusal = error
    if refusal is not None and not added:
        raise refusal
    return Reply(added if several else added[0], HTTPStatus.CREATED)


def _add(call: Call, channel: Channel, user: User) -> ChannelMember:
    joins = user is call.me and channel.type == "O" and call.state.may_read(user, channel)
    if not joins and not call.state.is_team_admin(call.me, channel.team_id):
        call.state.require_member(call.me, channel)
    if channel.type == "D":
        raise bad_request("api.channel.add_user_to_channel.type.app_error")
    if user.id in channel.members:
        return channel.members[user.id]
    if user.id not in call.state.teams[channel.team_id].members:
        raise not_found("app.team.get_member.missing.app_error")
    if user.delete_at:
        raise ApiError(HTTPStatus.FORBIDDEN, "app.channel.add_member.deleted_user.app_error")
    member = call.state.add_to_channel(channel, user)
    announcements.member_added(call.state, channel, user)
    _announce(call, channel, user)
    return member


def _announce(call: Call, channel: Channel, user: User) -> None:
    """Post the line about somebody's arrival; who was added by another is mentioned by it, once."""
    if user is call.me:
        line = f"{user.username} joined the channel."
        post_system_message(call.server, channel, user, "system_join_channel", line)
        return
    props = {"userId": call.me.id, "username": call.me.username}
    props |= {"addedUserId": user.id, "addedUsername": user.username}
    line = f"{user.username} added to the channel by {call.me.username}."
    post_system_message(call.server, channel, call.me, "system_add_to_channel", line, props)
    channel.members[user.id].mention_count += 1
    channel.members[user.id].mention_count_root += 1


def _announce_departure(call: Call, channel: Channel, user: User) -> None:
    if user is call.me:
        line = f"{user.username} left the channel."
        post_system_message(call.server, channel, user, "system_leave_channel", line)
    else:
        props = {"removedUserId": user.id, "removedUsername": user.username}
        line = f"@{user.username} removed from the channel."
        post_system_message(call.server, channel, call.me, "system_remove_from_channel", line, props)


@routes.add("DELETE", "/channels/{channel_id}/members/{user_id}")
def remove_member(call: Call) -> Reply:
    """Remove somebody; oneself needs no permission, nobody leaves the default channel."""
    channel, user_id = _channel(call), call.id("user_id")
    call.state.user(user_id)
    if user_id != call.me.id and not call.state.is_team_admin(call.me, channel.team_id):
        call.state.require_member(call.me, channel)
    if channel.name == DEFAULT_CHANNEL:
        raise bad_request("api.channel.remove.default.app_error")
    _member(channel, user_id)
    del channel.members[user_id]
    announcements.member_removed(call.state, channel, user_id, call.me)
    _announce_departure(call, channel, call.state.user(user_id))
    return OK


@routes.add("PUT", "/channels/{channel_id}/members/{user_id}/notify_props")
def put_notify_props(call: Call) -> Reply:
    """Change when one is told; `mark_unread: mention` mutes the channel."""
    user_id = call.id("user_id")
    _require_own(call, user_id)
    member = _member(_channel(call), user_id)
    member.notify_props = member.notify_props | call.body
    return OK


@routes.add("POST", "/channels/members/{user_id}/view")
def view_channel(call: Call) -> Reply:
    """Mark a channel as read; its threads keep what is unread in them."""
    user_id = call.id("user_id")
    _require_own(call, user_id)
    channel = call.state.channel(text_of(call.body, "channel_id"))
    mark_read(channel, _member(channel, user_id), call.state.now())
    announcements.channel_viewed(call.state, channel, user_id)
    return Reply({"status": "OK", "last_viewed_at_times": {channel.id: channel.last_post_at}})


def mark_read(channel: Channel, member: ChannelMember, now: int) -> None:
    """Set what is unread in a channel to nothing."""
    member.msg_count, member.msg_count_root = channel.total_msg_count, channel.total_msg_count_root
    member.mention_count = member.mention_count_root = 0
    member.last_viewed_at = member.last_update_at = now


def _unread(channel: Channel, member: ChannelMember) -> Json:
    return {
        "team_id": channel.team_id,
        "channel_id": channel.id,
        "msg_count": channel.total_msg_count - member.msg_count,
        "msg_count_root": channel.total_msg_count_root - member.msg_count_root,
        "mention_count": member.mention_count,
        "mention_count_root": member.mention_count_root,
    }


@routes.add("GET", "/users/{user_id}/channels/{channel_id}/unread")
def get_unread(call: Call) -> Reply:
    """Return what somebody has not read in a channel."""
    user_id = call.id("user_id")
    _require_own(call, user_id)
    channel = _channel(call)
    return Reply(_unread(channel, _member(channel, user_id)))


@routes.add("GET", "/users/{user_id}/teams/{team_id}/unread")
def get_team_unread(call: Call) -> Reply:
    """Return what somebody has not read in a team; threads are not counted here."""
    user_id = call.id("user_id")
    _require_own(call, user_id)
    return Reply(_team_unread(call, user_id, call.state.team(call.id("team_id")).id))


def _team_unread(call: Call, user_id: str, team_id: str) -> Json:
    names = ("msg_count", "msg_count_root", "mention_count", "mention_count_root")
    parts = [
        _unread(channel, channel.members[user_id])
        for channel in call.state.channels.values()
        if channel.team_id == team_id and user_id in channel.members and not channel.delete_at
    ]
    sums = {name: sum(part[name] for part in parts) for name in names}
    return {"team_id": team_id, **sums, "thread_count": 0, "thread_mention_count": 0}


@routes.add("GET", "/users/{user_id}/teams/unread")
def list_team_unreads(call: Call) -> Reply:
    """Return what somebody has not read, by team; with `include_collapsed_threads=true` threads too."""
    user_id = call.id("user_id")
    _require_own(call, user_id)
    teams = [team.id for team in call.state.teams.values() if user_id in team.members]
    unread = [_team_unread(call, user_id, team_id) for team_id in teams]
    if call.flag("include_collapsed_threads"):
        unread = [part | thread_totals(call.state, user_id, part["team_id"]) for part in unread]
    return Reply(unread)
