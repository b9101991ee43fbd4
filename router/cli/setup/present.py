"""What is there already, read with an administrator's token; nothing is changed."""

import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from router.cli.setup.wanted import COMMAND_PATH, HOOK_PATH, TRIGGER, Wanted
from router.config import Settings
from router.core.errors import ChatRefused, Refusal, RouterError
from router.mattermost.administration import AccessToken, Account, Administration, Channel, Command, Hook, Team
from router.mattermost.connection import Connection
from router.mattermost.demands import INTERNAL, Address, Demand, demands, internal_demand
from router.mattermost.namesakes import namesakes


class NoAdministrator(RouterError):
    """The token belongs to nobody who may do this."""


@dataclass(frozen=True, slots=True)
class Present:
    """A Mattermost as it is. `hooks` are by channel; `namesakes` who may be meant by a username that nobody has.

    `holder` is whoever MATTERMOST_TOKEN belongs to, None when it is missing or refused. `stored_key` tells that the
    store has a secret key of its own. `file_open` tells that others may read the settings file.
    """

    admin: Account
    settings: Settings
    version: str = ""
    demands: tuple[Demand, ...] = ()
    team: Team | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    holder: Account | None = None
    bot: Account | None = None
    tokens: tuple[AccessToken, ...] = ()
    command: Command | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    in_team: frozenset[str] = frozenset()
    in_channel: Mapping[str, frozenset[str]] = field(default_factory=dict)
    namesakes: Mapping[str, str] = field(default_factory=dict)
    stored_key: bool = False
    file_open: bool = False


def administrator(admin: Administration) -> Account:
    """Whoever the token belongs to, if that is a system administrator. Raises NoAdministrator, ChatError."""
    try:
        me = admin.me()
    except ChatRefused as refused:
        if refused.refusal is Refusal.CREDENTIALS:
            problem = "Mattermost refuses the administrator's token: it is wrong, was revoked or has expired"
            raise NoAdministrator(
                f"{problem}. Make one as a system administrator: Profile > Security > Personal Access Tokens"
            ) from refused
        raise
    if not me.administers:
        raise NoAdministrator(
            f"the token belongs to @{me.username}, who is no system administrator: use the token of one"
        )
    return me


def read_present(
    admin: Administration, wanted: Wanted, settings: Settings, *, stored_key: bool, file_open: bool
) -> Present:
    """Read everything. Raises NoAdministrator, ChatError."""
    me = administrator(admin)
    config, team = admin.config(), admin.team(wanted.team)
    holder = token_holder(wanted.url, settings)
    bot = holder if holder and holder.is_bot else admin.accounts([wanted.bot]).get(wanted.bot)
    accounts = admin.accounts(one.mattermost for one in wanted.everybody)
    channels = _channels(admin, wanted, team)
    ids = [one.id for one in (*accounts.values(), *([bot] if bot else []))]
    commands = admin.commands(team.id) if team and not team.delete_at else ()
    return Present(
        admin=me,
        settings=settings,
        version=admin.client_config().get("Version", ""),
        demands=tuple(_demands(config, wanted)),
        team=team,
        channels=channels,
        holder=holder,
        bot=bot,
        tokens=tuple(admin.tokens(bot.id)) if bot and bot.is_bot else (),
        command=next((one for one in commands if one.trigger == TRIGGER), None),
        hooks=_hooks(admin, wanted, team, channels),
        accounts=accounts,
        in_team=admin.in_team(team.id, ids) if team else frozenset(),
        in_channel={name: admin.in_channel(one.id, ids) for name, one in channels.items()},
        namesakes=namesakes(admin, [one for one in wanted.everybody if one.mattermost not in accounts]),
        stored_key=stored_key,
        file_open=file_open,
    )


def token_holder(url: str, settings: Settings) -> Account | None:
    """Whoever the bot's token belongs to; None when it is missing, refused, or meant for another server."""
    if not settings.mattermost_token or settings.mattermost_url not in {"", url}:
        return None
    connection = Connection(url, settings.mattermost_token.first)
    try:
        return Administration(connection).me()
    except ChatRefused as refused:
        if refused.refusal is Refusal.CREDENTIALS:
            return None
        raise
    finally:
        connection.close()


def _channels(admin: Administration, wanted: Wanted, team: Team | None) -> dict[str, Channel]:
    found = {name: admin.channel(team.id, name) for name in wanted.channels} if team else {}
    return {name: one for name, one in found.items() if one}


def _hooks(
    admin: Administration, wanted: Wanted, team: Team | None, channels: Mapping[str, Channel]
) -> dict[str, Hook]:
    """Give for each channel the webhook that tells a router whatever is said there; this router's own, if it can be."""
    names = {one.id: name for name, one in channels.items()}
    hooks = [one for one in (admin.hooks(team.id) if team else ()) if one.channel_id in names and is_ours(one)]
    hooks.sort(key=lambda one: one.callback_urls == wanted.hook("").callback_urls)
    return {names[one.channel_id]: one for one in hooks}


def is_ours(integration: Command | Hook) -> bool:
    """Whether a command or webhook calls a router, this one or one elsewhere."""
    if isinstance(integration, Command):
        return integration.url.endswith(COMMAND_PATH)
    return not integration.trigger_words and any(url.endswith(HOOK_PATH) for url in integration.callback_urls)


def _demands(config: Mapping[str, str], wanted: Wanted) -> Iterable[Demand]:
    yield from demands(config, wanted.url)
    server = addresses_of(wanted.url)
    yield from internal_demand(
        config.get(INTERNAL),
        wanted.public_url,
        addresses_of(wanted.public_url),
        server,
    )


def addresses_of(url: str) -> Sequence[Address]:
    """What the host of an address stands for here; nothing when that is not known here."""
    host = urlsplit(url).hostname or ""
    with suppress(OSError, UnicodeError):
        return sorted({ip_address(str(one[4][0]).partition("%")[0]) for one in socket.getaddrinfo(host, None)}, key=str)
    return ()
