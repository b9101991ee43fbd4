"""Saving a post, and who is notified of it."""

import bisect
from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.ephemeral import hint_at_outsiders
from router.sandbox.errors import ApiError, bad_request
from router.sandbox.mentions import Mentions, mentions_of
from router.sandbox.post_views import show_post, with_action_ids
from router.sandbox.records import Channel, ChannelMember, Follower, Json, Post, User, new_id
from router.sandbox.routing import Server
from router.sandbox.state import State
from router.sandbox.system import MAX_POST_SIZE

_ARRIVALS = frozenset(  # who comes and goes is no message to be read
    f"system_{name}" for name in ("join_channel", "leave_channel", "add_to_channel", "remove_from_channel")
)
_MAX_NOTIFICATIONS = 1000  # MaxNotificationsPerChannel: a group mention in a larger channel reaches nobody


def check_message(message: str) -> None:
    """Refuse a message over the limit in runes."""
    if len(message) > MAX_POST_SIZE:
        raise bad_request("model.post.is_valid.message_length.app_error")


def check_root(state: State, channel: Channel, root_id: str) -> None:
    """Refuse a root that is unknown, deleted, in another channel or itself a reply."""
    root = state.posts.get(root_id) if root_id else None
    if root_id and (root is None or root.delete_at or root.root_id):
        raise bad_request("api.post.create_post.root_id.app_error")
    if root is not None and root.channel_id != channel.id:
        raise bad_request("api.post.create_post.channel_root_id.app_error")


def publish(state: State, post: Post, pending_id: str = "") -> Post:
    """Check and save a new post and notify people; outgoing webhooks are the caller's business."""
    channel = state.channel(post.channel_id)
    if channel.delete_at:
        raise bad_request("api.post.create_post.can_not_post_to_deleted.error")
    check_message(post.message)
    check_root(state, channel, post.root_id)
    post.props = with_action_ids(post.props)
    _store(state, channel, post)
    mentions = Mentions() if post.type.startswith("system_") else _mentions_in(state, channel, post)
    mentioned = _notify(state, channel, post, mentions)
    following = set(state.followers.get(post.root_id, ())) & set(channel.members)
    announcements.posted(state, post, pending_id, mentioned, following & mentioned)
    hint_at_outsiders(state, channel, post, mentions.usernames)
    if post.root_id:
        announcements.thread_updated(state, state.posts[post.root_id], following)
    return post


def _store(state: State, channel: Channel, post: Post) -> None:
    post.update_at = post.update_at or post.create_at
    state.posts[post.id] = post
    bisect.insort(channel.posts, post, key=lambda other: other.create_at)
    if post.root_id:
        state.threads.setdefault(post.root_id, []).append(post)
    if post.type not in _ARRIVALS:
        channel.total_msg_count += 1
        channel.total_msg_count_root += 0 if post.root_id else 1
    channel.last_post_at = max(channel.last_post_at, post.create_at)


def _mentions_in(state: State, channel: Channel, post: Post) -> Mentions:
    """Return whom a post names, members or not; @channel and the like name nobody in a large channel."""
    mentions = mentions_of(post.message, post.props, state.user_ids.keys())
    return Mentions(mentions.usernames) if len(channel.members) >= _MAX_NOTIFICATIONS else mentions


def _notify(state: State, channel: Channel, post: Post, mentions: Mentions) -> set[str]:
    """Count a post for whom it mentions and return their ids."""
    author = channel.members.get(post.user_id)
    if author is not None and post.type not in _ARRIVALS:
        author.msg_count += 1
        author.msg_count_root += 0 if post.root_id else 1
    mentioned = _mentioned(state, channel, post, mentions)
    for member in mentioned.values():
        member.mention_count += 1
        member.mention_count_root += 0 if post.root_id else 1
    _follow(state, post, set(mentioned))
    return set(mentioned)


def _mentioned(state: State, channel: Channel, post: Post, mentions: Mentions) -> dict[str, ChannelMember]:
    """Return the active members that a post mentions, its author never; in a direct channel that is everybody."""
    others = {
        user_id: member
        for user_id, member in channel.members.items()
        if user_id != post.user_id and not state.users[user_id].delete_at
    }
    if channel.type == "D":
        return {} if post.type.startswith("system_") else others
    return {user_id: member for user_id, member in others.items() if _is_told(state.users[user_id], member, mentions)}


def _is_told(user: User, member: ChannelMember, mentions: Mentions) -> bool:
    grouped = mentions.everyone or (mentions.here and user.status == "online")
    return user.username in mentions.usernames or (grouped and not member.muted)


def _follow(state: State, post: Post, mentioned: set[str]) -> None:
    """Make people follow a thread: whom its root or a reply mentions, and who wrote in it."""
    root_id = post.root_id or post.id
    followers = state.followers.setdefault(root_id, {})
    writers = {post.user_id, state.posts[root_id].user_id} if post.root_id else set()
    for user_id in mentioned | writers:
        followers.setdefault(user_id, Follower(user_id, root_id))
    if post.root_id:
        for user_id in mentioned:
            followers[user_id].mentioned_at.append(post.create_at)
        followers[post.user_id].last_viewed_at = post.create_at


def post_system_message(
    server: Server, channel: Channel, user: User, kind: str, message: str, props: Json | None = None
) -> None:
    """Post a line such as an arrival; it mentions nobody by its text and fires no webhook."""
    now = server.state.now()
    props = {"username": user.username} if props is None else props
    publish(server.state, Post(new_id(), channel.id, user.id, now, message, type=kind, props=props))


def revise(state: State, post: Post, *, message: str, props: Json) -> None:
    """Change text and props of a saved post; it notifies nobody and fires no webhook.

    `edit_at` moves when message or attachments change, `update_at` always. The version before stays for its author.
    """
    channel = state.channel(post.channel_id)
    if channel.delete_at:
        raise ApiError(HTTPStatus.BAD_REQUEST, "api.post.patch_post.can_not_update_post_in_deleted.error")
    check_message(message)
    now = state.now()
    earlier = show_post(state, post, state.users[post.user_id])
    post.history.insert(0, earlier | {"id": new_id(), "original_id": post.id, "update_at": now, "delete_at": now})
    if message != post.message or props.get("attachments") != post.props.get("attachments"):
        post.edit_at = now
    post.message, post.props, post.update_at = message, with_action_ids(props), now
    announcements.post_edited(state, post)


def delete(state: State, post: Post, by: User) -> None:
    """Delete a post, with its replies if it is a root."""
    now, shown = state.now(), show_post(state, post, by)
    for gone in (post, *state.threads.get(post.id, ())):
        if not gone.delete_at:
            gone.delete_at = gone.update_at = now
            gone.props = gone.props | {"deleteBy": by.id}
    announcements.post_deleted(state, post, shown, by)
