"""What the router asks of a Mattermost server's own configuration, which only its administrators can change. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address

SITE_URL = "ServiceSettings.SiteURL"
INTERNAL = "ServiceSettings.AllowedUntrustedInternalConnections"
BOTS = "ServiceSettings.EnableBotAccountCreation"
COMMANDS = "ServiceSettings.EnableCommands"
HOOKS = "ServiceSettings.EnableOutgoingWebhooks"
EDITING = "ServiceSettings.PostEditTimeLimit"
PREVIEWS = "ServiceSettings.EnablePermalinkPreviews"

# Where the System Console has each; the words are those of Mattermost 11.
CONSOLE: Mapping[str, str] = {
    SITE_URL: "Environment > Web Server > Site URL",
    INTERNAL: "Environment > Developer > Allow untrusted internal connections to",
    BOTS: "Integrations > Bot Accounts > Enable Bot Account Creation",
    COMMANDS: "Integrations > Integration Management > Enable Custom Slash Commands",
    HOOKS: "Integrations > Integration Management > Enable Outgoing Webhooks",
    EDITING: "User Management > Permissions > Edit Posts (time limit)",
    PREVIEWS: "Site Configuration > Posts > Enable message link previews",
}


@dataclass(frozen=True, slots=True)
class Demand:
    """A setting that is not as it should be, and why it matters. `advice`: the router works without it."""

    setting: str
    value: str
    why: str
    advice: bool = False

    @property
    def remedy(self) -> str:
        """Where to set it, in each of the three ways there are."""
        environment = f"MM_{self.setting.replace('.', '_').upper()}"
        quoted = f'"{self.value}"' if re.search(r"[^\w.:/-]", self.value) else self.value
        beside = ", beside what is in it already" if self.setting == INTERNAL else ""
        return (
            f"Set it to {self.value}{beside}: System Console > {CONSOLE[self.setting]}; "
            f"or `mmctl config set {self.setting} {quoted}`; or {environment}={quoted} where the server starts"
        )

    def __str__(self) -> str:
        return f"{self.setting}: {self.why}. {self.remedy}."


def by_full_name(client_config: Mapping[str, str]) -> dict[str, str]:
    """Give the settings of `/config/client` their full names."""
    return {name: client_config[name.partition(".")[2]] for name in CONSOLE if name.partition(".")[2] in client_config}


def demands(config: Mapping[str, str], mattermost_url: str) -> list[Demand]:
    """Say what is not as it should be; settings that could not be read are not judged."""
    return [one for one in _every(mattermost_url) if _is_wanting(config.get(one.setting), one)]


def _every(mattermost_url: str) -> Sequence[Demand]:
    return (
        Demand(BOTS, "true", "bot accounts can't be made while this is off"),
        Demand(SITE_URL, mattermost_url, "every slash command fails while it is empty"),
        Demand(COMMANDS, "true", "custom slash commands are off"),
        Demand(HOOKS, "true", "outgoing webhooks are off, so replies in threads are not heard by them"),
        Demand(EDITING, "-1", "root posts keep their first text once the limit has passed; only buttons follow"),
        Demand(PREVIEWS, "false", "previews of links to posts show what the buttons carry", advice=True),
    )


def _is_wanting(found: str | None, demand: Demand) -> bool:
    if found is None:
        return False
    return not found if demand.setting == SITE_URL else found != demand.value


def internal_demand(
    allowed: str | None, url: str, addresses: Sequence[Address], server: Sequence[Address]
) -> list[Demand]:
    """Say whether the server must be told that it may call `url`: private addresses and its own need it.

    `addresses` are what the host of the URL stands for, `server` what the Mattermost server's does; `allowed` is None
    when the setting could not be read.
    """
    host = urlsplit(url).hostname or ""
    needed = any(not one.is_global or one in server for one in addresses)
    if allowed is None or not needed or _covers(allowed, host, addresses):
        return []
    value = f"{allowed} {host}".strip()
    return [
        Demand(INTERNAL, value, f"Mattermost calls no private address, such as that of {host}, unless it is listed")
    ]


def _covers(allowed: str, host: str, addresses: Sequence[Address]) -> bool:
    entries = re.split(r"[\s,]+", allowed.strip())
    return host in entries or all(any(_within(one, entry) for entry in entries) for one in addresses)


def _within(address: Address, entry: str) -> bool:
    try:
        return "/" in entry and address in ip_network(entry, strict=False)
    except ValueError:
        return False
