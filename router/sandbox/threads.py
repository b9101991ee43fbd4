"""Followed threads and what is unread in them."""

from router.sandbox.errors import forbidden, not_found
from router.sandbox.post_views import show_post
from router.sandbox.records import Follower, Json
from router.sandbox.routing import Call, Reply, Routes
from router.sandbox.state import State

routes = Routes()


def _followed(state: State, user_id: str, team_id: str) -> list[Follower]:
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
    followed = _followed(state, user_id, team_id)
    unread = [follower for follower in followed if _unread_replies(state, follower)]
    return {
        "thread_count": len(unread),
        "thread_mention_count": sum(follower.unread_mentions for follower in followed),
    }


@routes.add("GET", "/users/{user_id}/teams/{team_id}/threads")
def list_threads(call: Call) -> Reply:
    """Return the threads that one follows, with `unread_replies` and `unread_mentions`; `unread=true` filters."""
    user_id, team_id = call.id("user_id"), call.id("team_id")
    if user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    followed = _followed(call.state, user_id, team_id)
    shown = [_thread(call, follower) for follower in followed]
    if call.flag("unread"):
        shown = [thread for thread in shown if thread["unread_replies"]]
    shown.sort(key=lambda thread: int(thread["last_reply_at"]), reverse=True)
    totals = thread_totals(call.state, user_id, team_id)
    return Reply(
        {
            "total": len(followed),
            "total_unread_threads": totals["thread_count"],
            "total_unread_mentions": totals["thread_mention_count"],
            "threads": shown[: call.number("per_page") or None],
        }
    )


def _thread(call: Call, follower: Follower) -> Json:
    post = show_post(call.state, call.state.posts[follower.root_id], call.me)
    return {
        "id": follower.root_id,
        "reply_count": post["reply_count"],
        "last_reply_at": post["last_reply_at"],
        "last_viewed_at": follower.last_viewed_at,
        "participants": [],
        "post": post,
        "unread_replies": _unread_replies(call.state, follower),
        "unread_mentions": follower.unread_mentions,
        "is_urgent": False,
        "delete_at": 0,
    }


@routes.add("PUT", "/users/{user_id}/teams/{team_id}/threads/{post_id}/read/{at:[0-9]+}")
def read_thread(call: Call) -> Reply:
    """Mark a thread as read up to a time."""
    user_id, root_id = call.id("user_id"), call.id("post_id")
    if user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    follower = call.state.followers.get(root_id, {}).get(user_id)
    if follower is None:
        raise not_found("app.user.get_thread_membership_for_user.not_found")
    follower.last_viewed_at, follower.unread_mentions = int(call.arguments["at"]), 0
    return Reply(_thread(call, follower))
