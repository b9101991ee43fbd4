"""What an administrator does on a Mattermost server, and what can be read there about teams, channels and accounts.

Each method is one call, or one per page. Whatever is not there is None or left out; every other refusal is a ChatError.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from router.core.errors import ChatRefused, Refusal
from router.mattermost.connection import Connection
from router.mattermost.refusals import garbage

PER_PAGE = 200  # the most that Mattermost gives

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an account, a bot's included."""

    id: str
    username: str
    first_name: str = ""
    last_name: str = ""
    roles: str = ""
    is_bot: bool = False
    delete_at: int = 0

    @property
    def active(self) -> bool:
        """Whether the account is in use."""
        return not self.delete_at

    @property
    def administers(self) -> bool:
        """Whether this is a system administrator."""
        return "system_admin" in self.roles.split()

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `archived` ones are found by name, too."""

    id: str
    name: str
    delete_at: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of a team. `type` is `O` for a public one, `P` for a private one."""

    id: str
    name: str
    type: str = "O"
    delete_at: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A custom slash command."""

    trigger: str
    url: str
    id: str = ""
    method: str = "P"
    auto_complete: bool = True
    auto_complete_desc: str = ""
    auto_complete_hint: str = ""
    display_name: str = ""
    description: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Hook:
    """An outgoing webhook of a channel."""

    channel_id: str
    callback_urls: tuple[str, ...]
    id: str = ""
    trigger_words: tuple[str, ...] | None = ()
    content_type: str = "application/json"
    display_name: str = ""
    description: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token; its value is told once, when it is made."""

    id: str
    description: str = ""
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class _Member:
    user_id: str
    roles: str = ""


@dataclass(frozen=True, slots=True)
class _Role:
    permissions: tuple[str, ...]


class Administration:
    """The calls, as whoever the connection's token belongs to."""

    def __init__(self, connection: Connection) -> None:
        self._client = connection.driver.client

    def me(self) -> Account:
        """Whoever the token belongs to."""
        return self._get("/users/me", Account)

    def client_config(self) -> Mapping[str, str]:
        """The settings that clients may know, all as text; more of them with a token than without."""
        return self._get("/config/client", dict[str, str], format="old")

    def config(self) -> Mapping[str, str]:
        """The server's settings, as text, by full name (`ServiceSettings.SiteURL`); for system administrators."""
        sections = self._get("/config", dict[str, Any])
        return {
            f"{section}.{name}": _text(value)
            for section, values in sections.items()
            if isinstance(values, dict)
            for name, value in values.items()
            if isinstance(value, str | bool | int)
        }

    def team(self, name: str) -> Team | None:
        """Look a team up. Raises ChatRefused(FORBIDDEN) for one that the caller is not in."""
        return self._find(f"/teams/name/{name}", Team)

    def make_team(self, name: str) -> Team:
        """Make a team that people join by invitation only."""
        body = {"name": name, "display_name": _title(name), "type": "I", "allow_open_invite": False}
        return self._send("post", "/teams", Team, body)

    def channel(self, team_id: str, name: str) -> Channel | None:
        """Look a channel up, archived or not; a private one only if the caller may read it."""
        return self._find(f"/teams/{team_id}/channels/name/{name}", Channel, include_deleted="true")

    def make_channel(self, team_id: str, name: str, purpose: str, *, private: bool) -> Channel:
        """Make a channel."""
        body = {"team_id": team_id, "name": name, "display_name": _title(name), "purpose": purpose}
        return self._send("post", "/channels", Channel, {**body, "type": "P" if private else "O"})

    def archive_channel(self, channel_id: str) -> None:
        """Archive a channel; its webhooks go with it."""
        self._do("delete", f"/channels/{channel_id}")

    def restore_channel(self, channel_id: str) -> None:
        """Bring an archived channel back."""
        self._do("post", f"/channels/{channel_id}/restore")

    def accounts(self, usernames: Iterable[str]) -> Mapping[str, Account]:
        """Look accounts up by username; deactivated ones are found, unknown names left out."""
        names = sorted({name.lower() for name in usernames})
        found = self._send("post", "/users/usernames", list[Account], names) if names else []
        return {one.username: one for one in found}

    def search(self, term: str) -> Sequence[Account]:
        """Find active accounts whose username or full name begins with this."""
        return self._send("post", "/users/search", list[Account], {"term": term, "limit": 20})

    def make_bot(self, username: str, display_name: str, description: str) -> str:
        """Make a bot; give its user id."""
        body = {"username": username, "display_name": display_name, "description": description}
        return self._send("post", "/bots", _Member, body).user_id

    def set_bot(self, user_id: str, *, active: bool) -> None:
        """Switch a bot on or off; its tokens are refused while it is off."""
        self._do("post", f"/bots/{user_id}/{'enable' if active else 'disable'}")

    def tokens(self, user_id: str) -> Sequence[AccessToken]:
        """List somebody's access tokens, without their values."""
        return self._get(f"/users/{user_id}/tokens", list[AccessToken], per_page=PER_PAGE)

    def make_token(self, user_id: str, description: str) -> AccessToken:
        """Make an access token; the answer is the only one that holds its value."""
        return self._send("post", f"/users/{user_id}/tokens", AccessToken, {"description": description})

    def revoke(self, token_id: str) -> None:
        """Make an access token invalid."""
        self._do("post", "/users/tokens/revoke", {"token_id": token_id})

    def in_team(self, team_id: str, user_ids: Iterable[str]) -> frozenset[str]:
        """Which of these accounts are in a team."""
        return self._members(f"/teams/{team_id}/members/ids", user_ids)

    def in_channel(self, channel_id: str, user_ids: Iterable[str]) -> frozenset[str]:
        """Which of these accounts are in a channel. Raises ChatRefused(FORBIDDEN) to those who are not in it."""
        return self._members(f"/channels/{channel_id}/members/ids", user_ids)

    def add_to_team(self, team_id: str, user_id: str) -> None:
        """Add somebody to a team; nothing happens to who is in it already."""
        self._do("post", f"/teams/{team_id}/members", {"team_id": team_id, "user_id": user_id})

    def add_to_channel(self, channel_id: str, user_id: str) -> None:
        """Add somebody to a channel; nothing happens to who is in it already."""
        self._do("post", f"/channels/{channel_id}/members", {"user_id": user_id})

    def remove_from_channel(self, channel_id: str, user_id: str) -> None:
        """Take somebody out of a channel."""
        self._do("delete", f"/channels/{channel_id}/members/{user_id}")

    def remove_from_team(self, team_id: str, user_id: str) -> None:
        """Take somebody out of a team, and so out of all its channels."""
        self._do("delete", f"/teams/{team_id}/members/{user_id}")

    def permissions(self, me: Account, team_id: str, channel_id: str) -> frozenset[str]:
        """What an account's roles allow it in a channel that it and the caller are in."""
        places = (f"/teams/{team_id}/members/{me.id}", f"/channels/{channel_id}/members/{me.id}")
        roles = " ".join([me.roles, *(self._get(place, _Member).roles for place in places)]).split()
        known = self._send("post", "/roles/names", list[_Role], roles)
        return frozenset(one for role in known for one in role.permissions)

    def commands(self, team_id: str) -> Sequence[Command]:
        """List the custom slash commands of a team; for its administrators."""
        return self._get("/commands", list[Command], team_id=team_id, custom_only="true")

    def offered(self, team_id: str) -> frozenset[str]:
        """The triggers of the slash commands that are offered while somebody types; for members of the team."""
        return frozenset(one.trigger for one in self._get(f"/teams/{team_id}/commands/autocomplete", list[Command]))

    def put_command(self, team_id: str, command: Command) -> Command:
        """Make a slash command, or change the one of that id."""
        return self._put("/commands", team_id, command, Command)

    def remove_command(self, command_id: str) -> None:
        """Remove a slash command."""
        self._do("delete", f"/commands/{command_id}")

    def hooks(self, team_id: str) -> Sequence[Hook]:
        """List the outgoing webhooks of a team; for its administrators."""
        found: list[Hook] = []
        while len(found) % PER_PAGE == 0:
            page = len(found) // PER_PAGE
            some = self._get("/hooks/outgoing", list[Hook], team_id=team_id, per_page=PER_PAGE, page=page)
            if not some:
                break
            found += some
        return found

    def put_hook(self, team_id: str, hook: Hook) -> Hook:
        """Make an outgoing webhook, or change the one of that id."""
        return self._put("/hooks/outgoing", team_id, hook, Hook)

    def remove_hook(self, hook_id: str) -> None:
        """Remove an outgoing webhook."""
        self._do("delete", f"/hooks/outgoing/{hook_id}")

    def _members(self, path: str, user_ids: Iterable[str]) -> frozenset[str]:
        ids = sorted(set(user_ids))
        return frozenset(one.user_id for one in self._send("post", path, list[_Member], ids)) if ids else frozenset()

    def _put(self, path: str, team_id: str, value: Command | Hook, kind: type[T]) -> T:
        """Send a whole integration; a new one has no id, and no token either, so that the server makes one."""
        body = {key: one for key, one in msgspec.to_builtins(value).items() if one != ""} | {"team_id": team_id}
        return self._send("put" if value.id else "post", f"{path}/{value.id}" if value.id else path, kind, body)

    def _find(self, path: str, kind: type[T], **params: object) -> T | None:
        try:
            return self._get(path, kind, **params)
        except ChatRefused as refused:
            if refused.refusal is Refusal.NOT_FOUND:
                return None
            raise

    def _get(self, path: str, kind: type[T], **params: object) -> T:
        return self._send("get", path, kind, params=params)

    def _do(self, method: str, path: str, body: object = None) -> None:
        self._client.make_request(method, path, options=body)

    def _send(self, method: str, path: str, kind: type[T], body: object = None, params: object = None) -> T:
        answer = self._client.make_request(method, path, options=body, params=params)
        try:
            return msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:  # its text holds declared names and types, never a value
            raise garbage(f"{method.upper()} {path}", str(error), changes=method != "get") from error


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _title(name: str) -> str:
    """Make a display name: `community-escalations` is shown as Community Escalations."""
    return " ".join(part.capitalize() for part in name.replace("_", "-").split("-") if part)
