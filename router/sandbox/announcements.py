"""Which event tells of which change, and who hears it. The caller holds the state's lock, after the change.

Channel events reach the channel's members alone, bots as people do; a deactivated account hears nothing.
"""

import json
from collections.abc import Collection, Iterable

from router.sandbox.post_views import show_post
from router.sandbox.records import Channel, Json, Post, Reaction, User
from router.sandbox.state import State
from router.sandbox.thread_views import show_thread


def _active(state: State, user_ids: Iterable[str]) -> set[str]:
    return {user_id for user_id in user_ids if not state.users[user_id].delete_at}


def _tell(state: State, name: str, data: Json, readers: Iterable[str], **broadcast: str) -> None:
    state.hub.publish(name, _active(state, readers), lambda _: data, dict(broadcast))


def _tell_user(state: State, name: str, data: Json, user_id: str, **broadcast: str) -> None:
    _tell(state, name, data, [user_id], user_id=user_id, **broadcast)


def _tell_channel(state: State, name: str, data: Json, channel: Channel) -> None:
    _tell(state, name, data, channel.members, channel_id=channel.id)


def _tell_team(state: State, name: str, data: Json, team_id: str) -> None:
    _tell(state, name, data, state.teams[team_id].members, team_id=team_id)


def posted(state: State, post: Post, pending_id: str, mentioned: Collection[str], followers: Collection[str]) -> None:
    """Tell of a new post; `mentions`, and in a followed thread `followers`, name the reader and nobody else."""
    channel = state.channel(post.channel_id)
    author = f"@{state.users[post.user_id].username}"
    shared = {
        "channel_display_name": author if channel.type == "D" else channel.display_name,
        "channel_name": channel.name,
        "channel_type": channel.type,
        "sender_name": "System" if post.type.startswith("system_") else author,
        "set_online": True,
        "team_id": channel.team_id,
    }

    def data(user_id: str) -> Json:
        shown = show_post(state, post, state.users[user_id]) | {"pending_post_id": pending_id}
        mine = {"mentions": json.dumps([user_id])} if user_id in mentioned else {}
        mine |= {"followers": json.dumps([user_id])} if user_id in followers else {}
        return shared | {"post": json.dumps(shown)} | mine

    state.hub.publish("posted", _active(state, channel.members), data, {"channel_id": channel.id})


def thread_updated(state: State, root: Post, user_ids: Iterable[str]) -> None:
    """Tell people that a thread which they follow has a further reply."""
    team_id = state.channel(root.channel_id).team_id
    for user_id in user_ids:
        thread = show_thread(state, state.followers[root.id][user_id])
        data = {"thread": json.dumps(thread)}
        _tell_user(state, "thread_updated", data, user_id, team_id=team_id)


def thread_read(state: State, root: Post, user_id: str, read: Json) -> None:
    """Tell somebody's other clients that a thread was read."""
    data = {"thread_id": root.id, "channel_id": root.channel_id} | read
    _tell_user(state, "thread_read_changed", data, user_id, team_id=state.channel(root.channel_id).team_id)


def post_edited(state: State, post: Post) -> None:
    """Tell of a changed post."""
    channel = state.channel(post.channel_id)
    state.hub.publish(
        "post_edited",
        _active(state, channel.members),
        lambda user_id: {"post": json.dumps(show_post(state, post, state.users[user_id]))},
        {"channel_id": channel.id},
    )


def post_deleted(state: State, post: Post, shown: Json, by: User) -> None:
    """Tell of a deleted post, `shown` as it was before; admins hear who deleted it."""
    channel = state.channel(post.channel_id)

    def data(user_id: str) -> Json:
        return {"post": json.dumps(shown)} | ({"delete_by": by.id} if state.users[user_id].is_admin else {})

    state.hub.publish("post_deleted", _active(state, channel.members), data, {"channel_id": channel.id})


def reaction_changed(state: State, name: str, reaction: Reaction) -> None:
    """Tell of a reaction given (`reaction_added`) or taken back (`reaction_removed`)."""
    data = {"reaction": json.dumps(reaction.json())}
    _tell_channel(state, name, data, state.channel(reaction.channel_id))


def ephemeral_shown(state: State, user_id: str, post: Json) -> None:
    """Tell one person of a post that only this person sees."""
    _tell_user(state, "ephemeral_message", {"post": json.dumps(post)}, user_id, channel_id=str(post["channel_id"]))


def dialog_opened(state: State, user_id: str, dialog: Json) -> None:
    """Tell one person's clients to open a dialog."""
    _tell_user(state, "open_dialog", {"dialog": json.dumps(dialog)}, user_id)


def user_made(state: State, user: User) -> None:
    """Tell everybody of a new account."""
    _tell(state, "new_user", {"user_id": user.id}, state.users)


def user_updated(state: State, user: User) -> None:
    """Tell everybody of a changed account; the user is an object here, no string."""
    _tell(state, "user_updated", {"user": user.json()}, state.users)


def activation_changed(state: State, user: User) -> None:
    """Tell everybody whose account was activated or deactivated, and once more without saying whose."""
    user_updated(state, user)
    _tell(state, "user_activation_status_change", {}, state.users)


def status_changed(state: State, user: User) -> None:
    """Tell somebody's own clients of their presence; others have to ask."""
    _tell_user(state, "status_change", {"status": user.status, "user_id": user.id}, user.id)


def member_added(state: State, channel: Channel, user: User) -> None:
    """Tell a channel, the new member included, who joined it."""
    data = {"user_id": user.id, "team_id": channel.team_id}
    _tell(state, "user_added", data, set(channel.members) - {user.id}, channel_id=channel.id)
    _tell_user(state, "user_added", data, user.id, channel_id=channel.id)


def member_removed(state: State, channel: Channel, user_id: str, by: User) -> None:
    """Tell a channel who left it, and whoever left which channel it was."""
    _tell_channel(state, "user_removed", {"user_id": user_id, "remover_id": by.id}, channel)
    _tell_user(state, "user_removed", {"channel_id": channel.id, "remover_id": by.id}, user_id)


def channel_created(state: State, channel: Channel, by: User) -> None:
    """Tell the maker of a channel."""
    _tell_user(state, "channel_created", {"channel_id": channel.id, "team_id": channel.team_id}, by.id)


def channel_updated(state: State, channel: Channel) -> None:
    """Tell a channel that its name, header or purpose changed."""
    _tell_channel(state, "channel_updated", {"channel": json.dumps(channel.json())}, channel)


def channel_archived(state: State, channel: Channel) -> None:
    """Tell of an archived channel: the team of a public one, the members of a private one."""
    _tell_readers(state, "channel_deleted", {"channel_id": channel.id, "delete_at": channel.delete_at}, channel)


def channel_restored(state: State, channel: Channel) -> None:
    """Tell of a restored channel: the team of a public one, the members of a private one."""
    _tell_readers(state, "channel_restored", {"channel_id": channel.id}, channel)


def _tell_readers(state: State, name: str, data: Json, channel: Channel) -> None:
    if channel.type == "O":
        _tell_team(state, name, data, channel.team_id)
    else:
        _tell_channel(state, name, data, channel)


def direct_opened(state: State, channel: Channel, creator: User, other: User) -> None:
    """Tell two people of their new direct channel."""
    _tell_channel(state, "direct_added", {"creator_id": creator.id, "teammate_id": other.id}, channel)


def channel_viewed(state: State, channel: Channel, user_id: str) -> None:
    """Tell somebody's other clients that a channel was read."""
    data = {"channel_times": {channel.id: channel.last_post_at}}
    _tell_user(state, "multiple_channels_viewed", data, user_id)


def team_joined(state: State, team_id: str, user_id: str) -> None:
    """Tell somebody of a new team."""
    _tell_user(state, "added_to_team", {"team_id": team_id, "user_id": user_id}, user_id)


def team_left(state: State, team_id: str, user_id: str) -> None:
    """Tell a team, and whoever left it, who it was."""
    data = {"user_id": user_id, "team_id": team_id}
    _tell_team(state, "leave_team", data, team_id)
    _tell_user(state, "leave_team", data, user_id)
