"""Posts that one person's client alone shows: answers of integrations, and the hint that a mention reached nobody."""

from collections.abc import Sequence

from router.sandbox import announcements
from router.sandbox.post_views import show_post
from router.sandbox.records import Channel, Json, Post, User, new_id
from router.sandbox.state import State


def ephemeral_post(state: State, user_id: str, channel_id: str, message: str, **fields: str | Json) -> Json:
    """Return a post that only `user_id` sees, and keep it where that person's client would show it."""
    post = Post(new_id(), channel_id, user_id, state.now(), message, type="system_ephemeral")
    shown = show_post(state, post, state.user(user_id)) | fields
    state.show_ephemeral(user_id, shown)
    announcements.ephemeral_shown(state, user_id, shown)
    return shown


def hint_at_outsiders(state: State, channel: Channel, post: Post, usernames: frozenset[str]) -> None:
    """Tell an author which of the people that a post names were not notified, as they are not in channel or team."""
    if channel.type == "D":
        return
    named = [state.users[state.user_ids[name]] for name in sorted(usernames)]
    missed = [user for user in named if user.id not in channel.members and not user.is_bot and not user.delete_at]
    team = state.teams[channel.team_id].members
    in_team = [user for user in missed if user.id in team]
    if in_team:
        names, ids = [user.username for user in in_team], [user.id for user in in_team]
        told: Json = {"usernames": names, "not_in_channel_usernames": names}
        told |= {"user_ids": ids, "not_in_channel_user_ids": ids, "post_id": post.id}
        text = f"{_listed(in_team)} did not get notified by this mention because they are not in the channel."
        _hint(state, post, text, {"add_channel_member": told})
    strangers = [user for user in missed if user.id not in team]
    if strangers:
        who = "they aren't a member" if len(strangers) == 1 else "they are not members"
        _hint(state, post, f"{_listed(strangers)} didn't get notified by this mention because {who} of this team.", {})


def _listed(users: Sequence[User]) -> str:
    *first, last = [f"@{user.username}" for user in users]
    return f"{', '.join(first)} and {last}" if first else last


def _hint(state: State, post: Post, message: str, props: Json) -> None:
    ephemeral_post(state, post.user_id, post.channel_id, message, root_id=post.root_id, props=props)
