"""All that one server knows, behind one lock, with the look-ups that every part of the API needs."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from router.sandbox.errors import forbidden, not_found
from router.sandbox.events import Hub
from router.sandbox.outbound import Way
from router.sandbox.pending import PendingIds
from router.sandbox.records import (
    MEMORY,
    AccessToken,
    Channel,
    ChannelMember,
    Command,
    Follower,
    Json,
    OutgoingHook,
    Post,
    ResponseUrl,
    Team,
    TeamMember,
    User,
    new_id,
)
from router.sandbox.roles import DEFAULTS
from router.sandbox.settings import Settings
from router.sandbox.triggers import TriggerSigner

Clock = Callable[[], int]


class RequestRecord(NamedTuple):
    """One answered request; status 0 means that the connection was closed without an answer."""

    method: str
    path: str
    status: int


def wall_clock() -> int:
    """Return the time now in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class State:
    """The memory of one server. Hold `lock` to read or change it; never hold it while calling an integration."""

    def __init__(self, clock: Clock, integration_timeout: float) -> None:
        self.lock = threading.RLock()
        self.now = clock
        self.settings = Settings()
        self.way = Way(self.settings.allows, integration_timeout)
        self.signer = TriggerSigner()
        self.hub = Hub()
        self.pending = PendingIds(clock)
        self.users: dict[str, User] = {}
        self.user_ids: dict[str, str] = {}  # by username
        self.tokens: dict[str, AccessToken] = {}  # by the token itself
        self.teams: dict[str, Team] = {}
        self.channels: dict[str, Channel] = {}
        self.posts: dict[str, Post] = {}
        self.threads: dict[str, list[Post]] = {}  # root id -> replies, oldest first
        self.followers: dict[str, dict[str, Follower]] = {}  # root id -> user id
        self.commands: dict[str, Command] = {}
        self.hooks: dict[str, OutgoingHook] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.ephemeral: dict[str, deque[Json]] = {}  # user id -> posts only this person sees
        self.dialogs: dict[str, deque[Json]] = {}  # user id -> dialogs opened for this person
        self.permissions = {role: set(allowed) for role, allowed in DEFAULTS.items()}
        self.requests: deque[RequestRecord] = deque(maxlen=MEMORY)

    def user(self, user_id: str) -> User:
        """Return a person by id; an unknown one is a 404."""
        if user_id not in self.users:
            raise not_found("app.user.missing_account.const")
        return self.users[user_id]

    def user_named(self, username: str) -> User:
        """Return a person by name; an unknown one is a 404."""
        if username not in self.user_ids:
            raise not_found("app.user.get_by_username.app_error")
        return self.users[self.user_ids[username]]

    def team(self, team_id: str) -> Team:
        """Return a team by id; an unknown one is a 404."""
        if team_id not in self.teams:
            raise not_found("app.team.get.find.app_error")
        return self.teams[team_id]

    def team_named(self, name: str) -> Team:
        """Return a team by name; an unknown one is a 404."""
        for team in self.teams.values():
            if team.name == name:
                return team
        raise not_found("app.team.get_by_name.missing.app_error")

    def channel(self, channel_id: str) -> Channel:
        """Return a channel by id, archived or not; an unknown one is a 404."""
        if channel_id not in self.channels:
            raise not_found("app.channel.get.existing.app_error")
        return self.channels[channel_id]

    def channel_named(self, team_id: str, name: str) -> Channel:
        """Return a channel by name, archived or not; an unknown one is a 404."""
        for channel in self.channels.values():
            if channel.team_id == team_id and channel.name == name:
                return channel
        raise not_found("app.channel.get_by_name.missing.app_error")

    def post(self, post_id: str) -> Post:
        """Return a post by id; an unknown or deleted one is a 404."""
        post = self.posts.get(post_id)
        if post is None or post.delete_at:
            raise not_found("app.post.get.app_error")
        return post

    def is_team_admin(self, user: User, team_id: str) -> bool:
        """Whether the user administers the team, as its admin or the system's."""
        member = self.teams[team_id].members.get(user.id) if team_id in self.teams else None
        return user.is_admin or (member is not None and member.scheme_admin)

    def may_read(self, user: User, channel: Channel) -> bool:
        """Whether the user may read: members, and for a public channel the team's members too."""
        if user.is_admin or user.id in channel.members:
            return True
        return channel.type == "O" and user.id in self.teams[channel.team_id].members

    def may_post(self, user: User, channel: Channel) -> bool:
        """Whether the user may post: members, team admins even unjoined, and the two posting roles."""
        roles = user.roles.split()
        if user.id in channel.members or self.is_team_admin(user, channel.team_id) or "system_post_all" in roles:
            return True
        return channel.type == "O" and "system_post_all_public" in roles

    def require_read(self, user: User, channel: Channel) -> None:
        """Refuse with 403 who may not read the channel."""
        if not self.may_read(user, channel):
            raise forbidden()

    def require_member(self, user: User, channel: Channel) -> None:
        """Refuse with 403 who is not in the channel, system admins apart."""
        if not user.is_admin and user.id not in channel.members:
            raise forbidden()

    def require_team_admin(self, user: User, team_id: str) -> None:
        """Refuse with 403 who does not administer the team."""
        if not self.is_team_admin(user, team_id):
            raise forbidden()

    def add_to_team(self, team: Team, user: User) -> TeamMember:
        """Make somebody a member of a team and of its default channels; the present membership if there is one."""
        if user.id not in team.members:
            team.members[user.id] = TeamMember(team.id, user.id)
            for name in ("town-square", "off-topic"):
                self.add_to_channel(self.channel_named(team.id, name), user)
        return team.members[user.id]

    def add_to_channel(self, channel: Channel, user: User) -> ChannelMember:
        """Make somebody a member of a channel, with nothing unread; the present membership if there is one."""
        if user.id not in channel.members:
            channel.members[user.id] = ChannelMember(
                channel.id,
                user.id,
                msg_count=channel.total_msg_count,
                msg_count_root=channel.total_msg_count_root,
                last_update_at=self.now(),
            )
        return channel.members[user.id]

    def user_of_token(self, token: str) -> User | None:
        """Return whose token it is; None for an unknown one and for a deactivated account's."""
        known = self.tokens.get(token)
        user = self.users.get(known.user_id) if known and known.is_active else None
        return None if user is None or user.delete_at else user

    def token_of(self, user: User) -> str:
        """Return a token of the person, made at need."""
        for token, known in self.tokens.items():
            if known.user_id == user.id and known.is_active:
                return token
        return self.new_token(user).token

    def new_token(self, user: User, description: str = "") -> AccessToken:
        """Return a further token of the person."""
        made = AccessToken(new_id(), new_id(), user.id, description)
        self.tokens[made.token] = made
        return made

    def show_ephemeral(self, user_id: str, post: Json) -> None:
        """Keep what a client of this person would have shown."""
        self.ephemeral.setdefault(user_id, deque(maxlen=MEMORY)).append(post)

    def show_dialog(self, user_id: str, dialog: Json) -> None:
        """Keep a dialog that a client of this person would have opened."""
        self.dialogs.setdefault(user_id, deque(maxlen=MEMORY)).append(dialog)
