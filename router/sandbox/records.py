"""What the look-alike server remembers: people, teams, channels, posts, integrations, each with its JSON.

Field names are Mattermost's own. All times are Unix milliseconds, all ids 26 lower-case alphanumerics.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_ALPHABET = "ybndrfg8ejkmcpqxot1uwisza345h769"
MEMORY = 10_000  # entries kept in what a client would have shown, and in the log of requests


def new_id() -> str:
    """Return an id of Mattermost's shape: 26 characters of z-base-32."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))


@dataclass(slots=True)
class User:
    """A person or a bot."""

    id: str
    username: str
    create_at: int
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    roles: str = "system_user"
    update_at: int = 0
    delete_at: int = 0
    is_bot: bool = False
    owner_id: str = ""
    description: str = ""
    status: str = "offline"
    props: Json = field(default_factory=dict)

    @property
    def is_admin(self) -> bool:
        """Whether this is a system admin."""
        return "system_admin" in self.roles.split()

    def json(self) -> Json:
        """Return the user as `GET /users/{id}` shows it."""
        shown = {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "delete_at": self.delete_at,
            "username": self.username,
            "auth_data": "",
            "auth_service": "",
            "email": self.email,
            "nickname": "",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "position": "",
            "roles": self.roles,
            "locale": "en",
            "props": self.props,
        }
        return shown | ({"is_bot": True, "bot_description": self.description} if self.is_bot else {})

    def bot_json(self) -> Json:
        """Return the bot as `POST /bots` shows it; what is blank is left out."""
        named = {"display_name": self.first_name, "description": self.description}
        return {name: text for name, text in named.items() if text} | {
            "user_id": self.id,
            "username": self.username,
            "owner_id": self.owner_id,
            "create_at": self.create_at,
            "update_at": self.update_at,
            "delete_at": self.delete_at,
        }


@dataclass(slots=True)
class AccessToken:
    """A token for the REST API; shown once, when it is made."""

    id: str
    token: str
    user_id: str
    description: str = ""
    is_active: bool = True

    def json(self) -> Json:
        """Return the token as lists show it, without its value."""
        return {
            "id": self.id,
            "user_id": self.user_id,
            "description": self.description,
            "is_active": self.is_active,
        }


@dataclass(slots=True)
class TeamMember:
    """Somebody's place in a team."""

    team_id: str
    user_id: str
    scheme_admin: bool = False

    def json(self) -> Json:
        """Return the membership as the API shows it."""
        return {
            "team_id": self.team_id,
            "user_id": self.user_id,
            "roles": "team_user team_admin" if self.scheme_admin else "team_user",
            "delete_at": 0,
            "scheme_guest": False,
            "scheme_user": True,
            "scheme_admin": self.scheme_admin,
            "explicit_roles": "",
        }


@dataclass(slots=True)
class Team:
    """A team and its members, by user id."""

    id: str
    name: str
    display_name: str
    create_at: int
    members: dict[str, TeamMember] = field(default_factory=dict)

    def json(self) -> Json:
        """Return the team as the API shows it."""
        return {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": 0,
            "display_name": self.display_name,
            "name": self.name,
            "description": "",
            "email": "",
            "type": "O",
            "allow_open_invite": False,
        }


@dataclass(slots=True)
class ChannelMember:
    """Somebody's place in a channel, with what is unread there."""

    channel_id: str
    user_id: str
    scheme_admin: bool = False
    msg_count: int = 0
    msg_count_root: int = 0
    mention_count: int = 0
    mention_count_root: int = 0
    last_viewed_at: int = 0
    last_update_at: int = 0
    notify_props: Json = field(default_factory=lambda: {"mark_unread": "all", "desktop": "default"})

    @property
    def muted(self) -> bool:
        """Whether the person muted the channel."""
        return self.notify_props.get("mark_unread") == "mention"

    def shown_to(self, viewer_id: str) -> Json:
        """Return the membership as somebody sees it; when another person was there last is nobody's business."""
        return self.json() | ({} if viewer_id == self.user_id else {"last_viewed_at": -1, "last_update_at": -1})

    def json(self) -> Json:
        """Return the membership as the API shows it to the member."""
        return {
            "channel_id": self.channel_id,
            "user_id": self.user_id,
            "roles": "channel_user channel_admin" if self.scheme_admin else "channel_user",
            "last_viewed_at": self.last_viewed_at,
            "msg_count": self.msg_count,
            "msg_count_root": self.msg_count_root,
            "mention_count": self.mention_count,
            "mention_count_root": self.mention_count_root,
            "urgent_mention_count": 0,
            "notify_props": self.notify_props,
            "last_update_at": self.last_update_at,
            "scheme_guest": False,
            "scheme_user": True,
            "scheme_admin": self.scheme_admin,
            "explicit_roles": "",
        }


@dataclass(slots=True)
class Post:
    """A message. `props` holds the attachments as they were sent, integrations included.

    `history` has the earlier versions, newest first, as a client reads them.
    """

    id: str
    channel_id: str
    user_id: str
    create_at: int
    message: str = ""
    root_id: str = ""
    type: str = ""
    props: Json = field(default_factory=dict)
    file_ids: list[str] = field(default_factory=list)
    priority: Json | None = None
    update_at: int = 0
    edit_at: int = 0
    delete_at: int = 0
    is_pinned: bool = False
    reactions: list["Reaction"] = field(default_factory=list)
    history: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Reaction:
    """One person's emoji on a post."""

    user_id: str
    post_id: str
    emoji_name: str
    channel_id: str
    create_at: int

    def json(self) -> Json:
        """Return the reaction as the API shows it."""
        return {
            "user_id": self.user_id,
            "post_id": self.post_id,
            "emoji_name": self.emoji_name,
            "create_at": self.create_at,
            "update_at": self.create_at,
            "delete_at": 0,
            "remote_id": "",
            "channel_id": self.channel_id,
        }


@dataclass(slots=True)
class Channel:
    """A channel: its members by user id, its posts by time."""

    id: str
    team_id: str
    type: str  # O public, P private, D direct
    name: str
    display_name: str
    create_at: int
    creator_id: str = ""
    header: str = ""
    purpose: str = ""
    update_at: int = 0
    delete_at: int = 0
    last_post_at: int = 0
    total_msg_count: int = 0
    total_msg_count_root: int = 0
    members: dict[str, ChannelMember] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)  # oldest first

    def json(self) -> Json:
        """Return the channel as the API shows it."""
        return {
            "id": self.id,
            "create_at": self.create_at,
            "update_at": self.update_at or self.create_at,
            "delete_at": self.delete_at,
            "team_id": self.team_id,
            "type": self.type,
            "display_name": self.display_name,
            "name": self.name,
            "header": self.header,
            "purpose": self.purpose,
            "last_post_at": self.last_post_at,
            "total_msg_count": self.total_msg_count,
            "total_msg_count_root": self.total_msg_count_root,
            "creator_id": self.creator_id,
        }


@dataclass(slots=True)
class Follower:
    """Somebody following a thread."""

    user_id: str
    root_id: str
    last_viewed_at: int = 0
    mentioned_at: list[int] = field(default_factory=list)  # when the replies were written that mention this person

    @property
    def unread_mentions(self) -> int:
        """How many mentions came since the thread was read, what came in that millisecond included."""
        return sum(at >= self.last_viewed_at for at in self.mentioned_at)


@dataclass(slots=True)
class Command:
    """A custom slash command."""

    id: str
    token: str
    team_id: str
    creator_id: str
    trigger: str
    method: str
    url: str
    create_at: int
    extras: Json = field(default_factory=dict)
    update_at: int = 0

    def json(self) -> Json:
        """Return the command as the API shows it to its creator."""
        return {
            "id": self.id,
            "token": self.token,
            "create_at": self.create_at,
            "update_at": self.update_at or self.create_at,
            "delete_at": 0,
            "creator_id": self.creator_id,
            "team_id": self.team_id,
            "trigger": self.trigger,
            "method": self.method,
            "url": self.url,
        } | self.extras


@dataclass(slots=True)
class OutgoingHook:
    """An outgoing webhook; `trigger_when` is 0 for the exact first word, 1 for its beginning."""

    id: str
    token: str
    team_id: str
    channel_id: str
    creator_id: str
    callback_urls: list[str]
    trigger_words: list[str]
    trigger_when: int
    content_type: str
    display_name: str
    create_at: int
    update_at: int = 0

    def json(self) -> Json:
        """Return the webhook as the API shows it to its creator."""
        return {
            "id": self.id,
            "token": self.token,
            "create_at": self.create_at,
            "update_at": self.update_at or self.create_at,
            "delete_at": 0,
            "creator_id": self.creator_id,
            "channel_id": self.channel_id,
            "team_id": self.team_id,
            "trigger_words": self.trigger_words or None,
            "trigger_when": self.trigger_when,
            "callback_urls": self.callback_urls,
            "display_name": self.display_name,
            "description": "",
            "content_type": self.content_type,
            "username": "",
            "icon_url": "",
        }


@dataclass(slots=True)
class ResponseUrl:
    """Where an integration may still answer a slash command: 30 minutes, 5 uses."""

    command: Command
    user_id: str
    channel_id: str
    root_id: str
    create_at: int
    uses: int = 0
