"""Posts as they are read: one, a channel's, a thread's."""

from collections.abc import Sequence
from http import HTTPStatus

from router.sandbox.errors import ApiError, bad_body, bad_url, forbidden
from router.sandbox.post_views import show_list, show_post
from router.sandbox.records import Json, Post
from router.sandbox.routing import Call, Reply, Routes

_SINCE_LIMIT = 1000

routes = Routes()


@routes.add("GET", "/posts/{post_id}")
def get_post(call: Call) -> Reply:
    """Return one post to who may read its channel; a deleted one is a 404."""
    post = call.state.post(call.id("post_id"))
    call.state.require_read(call.me, call.state.channel(post.channel_id))
    return Reply(show_post(call.state, post, call.me))


@routes.add("GET", "/posts/{post_id}/edit_history")
def get_edit_history(call: Call) -> Reply:
    """Return the earlier versions of one's own post, newest first; another's, or a deleted one's, is a 403."""
    post = call.state.posts.get(call.id("post_id"))
    if post is None or post.delete_at or post.user_id != call.me.id:
        raise forbidden()
    if not post.history:
        raise ApiError(HTTPStatus.NOT_FOUND, "app.post.get.app_error")
    return Reply(post.history)


@routes.add("POST", "/posts/ids")
def get_posts_by_ids(call: Call) -> Reply:
    """Return the known posts of a list of ids that the caller may read, deleted ones without their text."""
    known = [call.state.posts[post_id] for post_id in call.strings() if post_id in call.state.posts]
    readable = [post for post in known if call.state.may_read(call.me, call.state.channel(post.channel_id))]
    return Reply([show_post(call.state, post, call.me) for post in readable])


@routes.add("GET", "/channels/{channel_id}/posts")
def list_posts(call: Call) -> Reply:
    """Return a channel's posts, newest first: a page, all since a time, or those before or after a post.

    `since` ignores paging and returns what was written, edited or deleted after that time, deleted posts included.
    """
    channel = call.state.channel(call.id("channel_id"))
    call.state.require_read(call.me, channel)
    if since := call.number("since"):
        changed = [post for post in reversed(channel.posts) if post.update_at > since]
        return Reply(show_list(call.state, changed[:_SINCE_LIMIT], call.me))
    live = [post for post in reversed(channel.posts) if not post.delete_at]
    page = _page(call, live)
    return Reply(show_list(call.state, page, call.me, **_neighbours(live, page)))


def _page(call: Call, live: list[Post]) -> list[Post]:
    if before := call.query.get("before"):
        return call.page_of(live[_index(live, before) + 1 :])
    if after := call.query.get("after"):
        newer = live[: _index(live, after)]
        return call.page_of(newer[::-1])[::-1]  # pages count from the given post upwards
    return call.page_of(live)


def _index(live: Sequence[Post], post_id: str) -> int:
    for index, post in enumerate(live):
        if post.id == post_id:
            return index
    raise bad_url("post_id")


def _neighbours(live: Sequence[Post], page: Sequence[Post]) -> Json:
    """Return the ids next to a page: `next_post_id` the newer one, `prev_post_id` the older one."""
    if not page:
        return {}
    first, last = _index(live, page[0].id), _index(live, page[-1].id)
    newer = live[first - 1].id if first else ""
    return {"next_post_id": newer, "prev_post_id": live[last + 1].id if last + 1 < len(live) else ""}


@routes.add("GET", "/posts/{post_id}/thread")
def get_thread(call: Call) -> Reply:
    """Return the thread that a post belongs to: the post asked for first, then the others, the root among them.

    With `direction=down` they come oldest first, in pages of `perPage` after `fromPost`, whose time `fromCreateAt`
    must be named. Without it the real server's order is arbitrary; here it is newest first, so that whoever relies on
    an order notices.
    """
    post = call.state.post(call.id("post_id"))
    call.state.require_read(call.me, call.state.channel(post.channel_id))
    root = call.state.posts[post.root_id or post.id]
    replies = [reply for reply in call.state.threads.get(root.id, ()) if not reply.delete_at]
    thread = _after(call, root, replies) if call.query.get("direction") == "down" else [root, *reversed(replies)]
    page = thread[: call.number("perPage") or None]
    order = [post, *(one for one in page if one is not post)]
    return Reply(show_list(call.state, order, call.me, has_next=len(page) < len(thread)))


def _after(call: Call, root: Post, replies: list[Post]) -> list[Post]:
    """Return the thread from its root, or its replies after `fromPost`."""
    start = call.query.get("fromPost", "")
    if not start:
        return [root, *replies]
    if not call.number("fromCreateAt"):
        raise bad_body("if fromPost is set, then fromCreateAt must also be set")
    ids = [reply.id for reply in replies]
    return replies[ids.index(start) + 1 :] if start in ids else replies
