"""A post as a reader sees it: buttons without their integration, permalinks with a preview of their target."""

import copy
import re
from collections.abc import Iterable, Iterator
from typing import Any

from router.sandbox.records import Json, Post, User, new_id
from router.sandbox.state import State


def actions_of(props: Json) -> Iterator[Json]:
    """Yield the actions of a post's attachments; whatever has not their shape is passed over."""
    attachments = props.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        actions = attachment.get("actions") if isinstance(attachment, dict) else None
        yield from (action for action in actions if isinstance(action, dict)) if isinstance(actions, list) else ()


def with_action_ids(props: Json) -> Json:
    """Return props in which every action has an id; one that lacks it gets a new one at each save."""
    props = copy.deepcopy(props)
    for action in actions_of(props):
        action["id"] = action.get("id") or new_id()
    return props


def _without_integrations(props: Json) -> Json:
    props = copy.deepcopy(props)
    for action in actions_of(props):
        action.pop("integration", None)
    return props


def show_post(state: State, post: Post, viewer: User) -> Json:
    """Return a post as `viewer` reads it; of a deleted one neither text nor metadata."""
    shown = _core(state, post) | {"props": _without_integrations(post.props)}
    if post.delete_at:
        return shown | {"message": "", "metadata": {}}
    return shown | {"metadata": _metadata(state, post, viewer)}


def _core(state: State, post: Post) -> Json:
    replies = [reply for reply in state.threads.get(post.root_id or post.id, ()) if not reply.delete_at]
    return {
        "id": post.id,
        "create_at": post.create_at,
        "update_at": post.update_at,
        "edit_at": post.edit_at,
        "delete_at": post.delete_at,
        "is_pinned": post.is_pinned,
        "user_id": post.user_id,
        "channel_id": post.channel_id,
        "root_id": post.root_id,
        "original_id": "",
        "message": post.message,
        "type": post.type,
        "props": post.props,
        "hashtags": "",
        "file_ids": post.file_ids,
        "pending_post_id": "",
        "has_reactions": bool(post.reactions),
        "reply_count": len(replies),
        "last_reply_at": replies[-1].create_at if replies and not post.root_id else 0,
        "participants": None,
    }


def _metadata(state: State, post: Post, viewer: User) -> Json:
    metadata: Json = {}
    quiet = post.props.get("unsafe_links") == "true"  # no embed, so the web client does not show the attachments
    if post.props.get("attachments") and not quiet:
        metadata["embeds"] = [{"type": "message_attachment"}]
    elif embed := _permalink_embed(state, post, viewer):
        metadata["embeds"] = [embed]
    if post.reactions:
        metadata["reactions"] = [reaction.json() for reaction in post.reactions]
    if post.priority:
        metadata["priority"] = post.priority
    return metadata


def _permalink_embed(state: State, post: Post, viewer: User) -> Json | None:
    """Return the preview of the first permalink: the target's attachments in clear, integrations included."""
    site_url = state.settings.site_url
    if not site_url or not state.settings.service("EnablePermalinkPreviews"):
        return None
    link = re.search(rf"{re.escape(site_url)}/[a-z0-9_-]+/pl/([a-z0-9]{{26}})", post.message)
    target = state.posts.get(link[1]) if link else None
    if target is None or target.delete_at:
        return None
    channel = state.channel(target.channel_id)
    if not state.may_read(viewer, channel):
        return None
    data: Json = {
        "post_id": target.id,
        "post": copy.deepcopy(_core(state, target)) | {"metadata": {}},
        "team_name": state.teams[channel.team_id].name if channel.team_id else "",
        "channel_display_name": channel.display_name,
        "channel_type": channel.type,
        "channel_id": channel.id,
    }
    return {"type": "permalink", "url": "", "data": data}


def show_list(state: State, order: Iterable[Post], viewer: User, **more: Any) -> Json:
    """Return a post list: `order` as given, `posts` with the roots of replies too."""
    listed = list(order)
    shown = {post.id: show_post(state, post, viewer) for post in listed}
    for post in listed:
        if post.root_id and post.root_id not in shown:
            shown[post.root_id] = show_post(state, state.posts[post.root_id], viewer)
    return {"order": [post.id for post in listed], "posts": shown, "next_post_id": "", "prev_post_id": ""} | more
