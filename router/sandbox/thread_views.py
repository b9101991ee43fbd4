"""A followed thread as its follower sees it, and what is unread in it."""

from router.sandbox.post_views import show_post
from router.sandbox.records import Follower, Json
from router.sandbox.state import State


def followed_by(state: State, user_id: str, team_id: str) -> list[Follower]:
    """Return the threads that somebody follows in a team or in direct channels, those without replies left out."""
    followed = []
    for root_id, followers in state.followers.items():
        channel = state.channel(state.posts[root_id].channel_id)
        if user_id in followers and state.threads.get(root_id) and channel.team_id in ("", team_id):
            followed.append(followers[user_id])
    return [follower for follower in followed if not state.posts[follower.root_id].delete_at]


def _unread_replies(state: State, follower: Follower) -> int:
    replies = state.threads.get(follower.root_id, ())
    return sum(reply.create_at > follower.last_viewed_at and not reply.delete_at for reply in replies)


def thread_totals(state: State, user_id: str, team_id: str) -> Json:
    """Return how many threads of a team somebody has not read, and how many mentions are in them."""
    followed = followed_by(state, user_id, team_id)
    unread = [follower for follower in followed if _unread_replies(state, follower)]
    return {
        "thread_count": len(unread),
        "thread_mention_count": sum(follower.unread_mentions for follower in followed),
    }


def show_thread(state: State, follower: Follower) -> Json:
    """Return a thread as somebody who follows it sees it."""
    post = show_post(state, state.posts[follower.root_id], state.users[follower.user_id])
    return {
        "id": follower.root_id,
        "reply_count": post["reply_count"],
        "last_reply_at": post["last_reply_at"],
        "last_viewed_at": follower.last_viewed_at,
        "participants": [],
        "post": post,
        "unread_replies": _unread_replies(state, follower),
        "unread_mentions": follower.unread_mentions,
        "is_urgent": False,
        "delete_at": 0,
    }
