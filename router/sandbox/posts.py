"""Posts: written, changed, pinned, deleted."""

from http import HTTPStatus

from router.sandbox import announcements
from router.sandbox.ephemeral import ephemeral_post
from router.sandbox.errors import ApiError, bad_body, bad_request, forbidden
from router.sandbox.faults import Kind
from router.sandbox.outgoing import fire_hooks
from router.sandbox.people import set_status
from router.sandbox.post_views import show_post
from router.sandbox.publishing import delete, publish, revise
from router.sandbox.records import Json, Post, new_id
from router.sandbox.routing import OK, Call, Reply, Routes, text_of

routes = Routes()


@routes.add("POST", "/posts", locked=False)
def create_post(call: Call) -> Reply:
    """Write a post, or return the one that the same `pending_post_id` made before; 201 either way."""
    key = text_of(call.body, "pending_post_id", "")
    with call.state.lock:
        post = _new_post(call)
        first = call.state.pending.reserve(key)
        if first is not None:
            return _first_post(call, first)
    try:
        if call.fault and call.fault.kind == Kind.HANG_STORING:
            call.fault.hold()
        with call.state.lock:
            return _store(call, post, key)
    except ApiError:
        with call.state.lock:
            call.state.pending.free(key)
        raise


def _new_post(call: Call) -> Post:
    """Return the post that the body asks for; not being allowed to post, for whatever reason, is the same 403."""
    channel = call.state.channels.get(text_of(call.body, "channel_id", ""))
    if channel is None or not call.state.may_post(call.me, channel):
        raise forbidden()
    post = Post(new_id(), channel.id, call.me.id, call.state.now(), text_of(call.body, "message", ""))
    post.root_id, post.type = text_of(call.body, "root_id", ""), text_of(call.body, "type", "")
    post.props, post.file_ids = _props_of(call.body, {}), call.body.get("file_ids") or []
    if call.me.is_admin and isinstance(call.body.get("create_at"), int):
        post.create_at = call.body["create_at"] or post.create_at
    if call.me.is_bot:
        post.props = post.props | {"from_bot": "true"}
    return post


def _props_of(body: Json, default: Json) -> Json:
    props = body.get("props")
    if props is None:
        return default
    if not isinstance(props, dict):
        raise bad_body("props")
    return props


def _first_post(call: Call, post_id: str) -> Reply:
    post = call.state.posts.get(post_id)
    if post is None or post.delete_at:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "api.post.deduplicate_create_post.failed_to_get")
    call.state.require_read(call.me, call.state.channel(post.channel_id))
    return Reply(show_post(call.state, post, call.me), HTTPStatus.CREATED)


def _store(call: Call, post: Post, key: str) -> Reply:
    if post.type and not post.type.startswith("custom_"):
        raise bad_request("api.context.invalid_param.app_error")
    post.priority = _priority_of(call, post.root_id)
    publish(call.state, post, key)
    call.state.pending.settle(key, post.id)
    if call.query.get("set_online") != "false":
        set_status(call.state, call.me, "online")
    fire_hooks(call.server, post)
    return Reply(show_post(call.state, post, call.me) | {"pending_post_id": key}, HTTPStatus.CREATED)


def _priority_of(call: Call, root_id: str) -> Json | None:
    """Return the priority asked for: of roots only, and what needs a licence is a 501."""
    metadata = call.body.get("metadata")
    priority = metadata.get("priority") if isinstance(metadata, dict) else None
    if not isinstance(priority, dict) or not priority:
        return None
    if not call.state.settings.service("PostPriority"):
        raise ApiError(HTTPStatus.FORBIDDEN, "api.post.post_priority.priority_post_not_allowed_for_user.request_error")
    if root_id:
        raise bad_request("api.post.post_priority.priority_post_only_allowed_for_root_post.request_error")
    if priority.get("requested_ack") or priority.get("persistent_notifications"):
        raise ApiError(HTTPStatus.NOT_IMPLEMENTED, "license_error.feature_unavailable")
    return priority


def _editable(call: Call) -> Post:
    """Return the caller's own post; one that is deleted, unknown or another's is a 403, admins apart."""
    post = call.state.posts.get(call.id("post_id"))
    if post is None or post.delete_at or (post.user_id != call.me.id and not call.me.is_admin):
        raise forbidden()
    call.state.require_member(call.me, call.state.channel(post.channel_id))
    return post


def _require_in_time(call: Call, post: Post) -> None:
    """Refuse a change of text after `PostEditTimeLimit` seconds, whoever asks."""
    limit = call.state.settings.service("PostEditTimeLimit")
    if limit >= 0 and call.state.now() > post.create_at + limit * 1000:
        raise bad_request("api.post.update_post.permissions_time_limit.app_error")


@routes.add("PUT", "/posts/{post_id}/patch")
def patch_post(call: Call) -> Reply:
    """Change what the body names; `props`, when named, is replaced as a whole."""
    post, body = _editable(call), call.body
    if "message" in body:
        _require_in_time(call, post)
    revise(call.state, post, message=text_of(body, "message", post.message), props=_props_of(body, post.props))
    post.is_pinned = bool(body.get("is_pinned", post.is_pinned))
    post.file_ids = body.get("file_ids", post.file_ids) or []
    return Reply(show_post(call.state, post, call.me))


@routes.add("PUT", "/posts/{post_id}")
def put_post(call: Call) -> Reply:
    """Replace text, props, pin and files by what the body says, or by nothing."""
    post, body = _editable(call), call.body
    if body.get("id") != post.id:
        raise bad_body("id")
    if body.get("message", "") != post.message:
        _require_in_time(call, post)
    revise(call.state, post, message=text_of(body, "message", ""), props=_props_of(body, {}))
    post.is_pinned, post.file_ids = body.get("is_pinned") is True, body.get("file_ids") or []
    return Reply(show_post(call.state, post, call.me))


@routes.add("DELETE", "/posts/{post_id}")
def delete_post(call: Call) -> Reply:
    """Delete one's own post, or any as a team admin."""
    post = call.state.post(call.id("post_id"))
    channel = call.state.channel(post.channel_id)
    if not call.state.is_team_admin(call.me, channel.team_id):
        call.state.require_member(call.me, channel)
        if post.user_id != call.me.id:
            raise forbidden()
    if channel.delete_at:
        raise bad_request("api.post.delete_post.can_not_delete_post_in_deleted.error")
    delete(call.state, post, call.me)
    return OK


def _pin(call: Call, *, pinned: bool) -> Reply:
    post = call.state.post(call.id("post_id"))
    call.state.require_read(call.me, call.state.channel(post.channel_id))
    post.is_pinned, post.update_at = pinned, call.state.now()
    announcements.post_edited(call.state, post)
    return OK


@routes.add("POST", "/posts/{post_id}/pin")
def pin_post(call: Call) -> Reply:
    """Pin a post, as every reader may."""
    return _pin(call, pinned=True)


@routes.add("POST", "/posts/{post_id}/unpin")
def unpin_post(call: Call) -> Reply:
    """Unpin a post, as every reader may."""
    return _pin(call, pinned=False)


@routes.add("POST", "/posts/ephemeral", admin=True)
def create_ephemeral_post(call: Call) -> Reply:
    """Show one person a post; system admins only, so a bot gets a 403."""
    asked = call.body.get("post")
    if not isinstance(asked, dict):
        raise bad_body("post")
    user, channel = call.state.user(text_of(call.body, "user_id")), call.state.channel(text_of(asked, "channel_id"))
    fields: Json = {"root_id": text_of(asked, "root_id", ""), "props": _props_of(asked, {})}
    shown = ephemeral_post(call.state, user.id, channel.id, text_of(asked, "message", ""), **fields)
    return Reply(shown, HTTPStatus.CREATED)
