"""Followed threads and what is unread in them."""

from router.sandbox import announcements
from router.sandbox.errors import forbidden, not_found
from router.sandbox.routing import Call, Reply, Routes
from router.sandbox.thread_views import followed_by, show_thread, thread_totals

routes = Routes()


@routes.add("GET", "/users/{user_id}/teams/{team_id}/threads")
def list_threads(call: Call) -> Reply:
    """Return the threads that one follows, with `unread_replies` and `unread_mentions`; `unread=true` filters."""
    user_id, team_id = call.id("user_id"), call.id("team_id")
    if user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    followed = followed_by(call.state, user_id, team_id)
    shown = [show_thread(call.state, follower) for follower in followed]
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


@routes.add("PUT", "/users/{user_id}/teams/{team_id}/threads/{post_id}/read/{at:[0-9]+}")
def read_thread(call: Call) -> Reply:
    """Mark a thread as read up to a time."""
    user_id, root_id = call.id("user_id"), call.id("post_id")
    if user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    follower = call.state.followers.get(root_id, {}).get(user_id)
    if follower is None:
        raise not_found("app.user.get_thread_membership_for_user.not_found")
    follower.last_viewed_at = int(call.arguments["at"])
    thread = show_thread(call.state, follower)
    read = {name: thread[name] for name in ("unread_replies", "unread_mentions")}
    read["timestamp"] = follower.last_viewed_at
    announcements.thread_read(call.state, call.state.posts[root_id], user_id, read)
    return Reply(thread)
