"""Emoji reactions."""

from http import HTTPStatus
from urllib.parse import unquote

from router.sandbox import announcements
from router.sandbox.errors import ApiError, bad_request, forbidden, not_found
from router.sandbox.records import Post, Reaction
from router.sandbox.routing import OK, Call, Reply, Routes, text_of

_KNOWN_EMOJI = frozenset(
    {
        "+1", "-1", "100", "bell", "books", "bulb", "clap", "construction", "eyes", "exclamation", "fire",
        "green_circle", "hand", "hourglass", "lock", "memo", "no_entry", "ok_hand", "pray", "question", "red_circle",
        "robot", "rocket", "smile", "smiley", "speech_balloon", "tada", "thinking_face", "thumbsdown", "thumbsup",
        "warning", "wave", "white_check_mark", "x", "yellow_circle", "zzz", "heart", "heavy_check_mark",
    }
)  # fmt: skip
_MOST_DISTINCT = 50

routes = Routes()


def _post(call: Call, post_id: str) -> Post:
    post = call.state.post(post_id)
    call.state.require_read(call.me, call.state.channel(post.channel_id))
    return post


@routes.add("POST", "/reactions")
def add_reaction(call: Call) -> Reply:
    """React as oneself; an emoji that the sandbox does not know is a 404."""
    if text_of(call.body, "user_id") != call.me.id:
        raise ApiError(HTTPStatus.FORBIDDEN, "api.reaction.save_reaction.user_id.app_error")
    post, name = _post(call, text_of(call.body, "post_id")), text_of(call.body, "emoji_name")
    channel = call.state.channel(post.channel_id)
    call.state.require_member(call.me, channel)
    if channel.delete_at:
        raise ApiError(HTTPStatus.FORBIDDEN, "api.reaction.save.archived_channel.app_error")
    if name not in _KNOWN_EMOJI:
        raise not_found("app.emoji.get_by_name.no_result")
    names = {reaction.emoji_name for reaction in post.reactions}
    if name not in names and len(names) >= _MOST_DISTINCT:
        raise bad_request("app.reaction.save.save.too_many_reactions")
    for reaction in post.reactions:
        if (reaction.user_id, reaction.emoji_name) == (call.me.id, name):
            return Reply(reaction.json())
    post.reactions.append(Reaction(call.me.id, post.id, name, channel.id, call.state.now()))
    post.update_at = call.state.now()
    announcements.reaction_changed(call.state, "reaction_added", post.reactions[-1])
    return Reply(post.reactions[-1].json())


@routes.add("DELETE", "/users/{user_id}/posts/{post_id}/reactions/{emoji_name:[^/]+}")
def remove_reaction(call: Call) -> Reply:
    """Take a reaction back; others' only as an admin."""
    user_id = call.id("user_id")
    if user_id != call.me.id and not call.me.is_admin:
        raise forbidden()
    post, name = _post(call, call.id("post_id")), unquote(call.arguments["emoji_name"])
    gone = [one for one in post.reactions if (one.user_id, one.emoji_name) == (user_id, name)]
    post.reactions = [one for one in post.reactions if one not in gone]
    post.update_at = call.state.now()
    for reaction in gone:
        announcements.reaction_changed(call.state, "reaction_removed", reaction)
    return OK


@routes.add("GET", "/posts/{post_id}/reactions")
def list_reactions(call: Call) -> Reply:
    """Return the reactions of a post."""
    return Reply([reaction.json() for reaction in _post(call, call.id("post_id")).reactions])
