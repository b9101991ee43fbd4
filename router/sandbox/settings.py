"""The part of the server's configuration that has an effect here: `GET /config`, `PUT /config/patch`."""

import copy
import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from router.sandbox.errors import bad_body, bad_request
from router.sandbox.records import Json

_DEFAULTS: Json = {
    "ServiceSettings": {
        "SiteURL": "",
        "AllowedUntrustedInternalConnections": "localhost 127.0.0.0/8",  # the real default is empty
        "EnableBotAccountCreation": True,  # the real default is false
        "EnableUserAccessTokens": False,
        "EnableCommands": True,
        "EnableOutgoingWebhooks": True,
        "EnablePermalinkPreviews": True,
        "PostPriority": True,
        "PostEditTimeLimit": -1,  # seconds; negative is without end
        "MaximumPayloadSizeBytes": 300_000,
    },
    "RateLimitSettings": {"Enable": False, "PerSec": 10, "MaxBurst": 100},
}


class Settings:
    """The values in force; read and change them under the state's lock."""

    def __init__(self) -> None:
        self._values = copy.deepcopy(_DEFAULTS)

    def service(self, name: str) -> Any:
        """Return one of `ServiceSettings`."""
        return self._values["ServiceSettings"][name]

    def rate_limit(self, name: str) -> Any:
        """Return one of `RateLimitSettings`."""
        return self._values["RateLimitSettings"][name]

    @property
    def site_url(self) -> str:
        """Where people find the server; empty when nobody has said so."""
        return str(self.service("SiteURL")).rstrip("/")

    def json(self) -> Json:
        """Return all values, by section."""
        return copy.deepcopy(self._values)

    def patch(self, patch: Json) -> None:
        """Take what an administrator sends over REST: of what is known here, and a SiteURL once set is not emptied."""
        wanted = patch.get("ServiceSettings")
        if isinstance(wanted, dict) and wanted.get("SiteURL") == "" and self.site_url:
            raise bad_request("api.config.update_config.clear_siteurl.app_error")
        for section, values in patch.items():
            if section in self._values:
                self.set(section, values if isinstance(values, dict) else {})

    def set(self, section: str, values: Json) -> None:
        """Change values of one section; an unknown name is passed over, another type is a 400."""
        known = self._values[section]
        for name, value in values.items():
            if name in known and type(value) is not type(known[name]):
                raise bad_body("config")
        self._values[section] = known | {name: value for name, value in values.items() if name in known}

    def allows(self, url: str) -> bool:
        """Whether the server may call an address: none of a reserved range, but for those allowed by host or CIDR."""
        host = urlsplit(url).hostname or ""
        allowed = str(self.service("AllowedUntrustedInternalConnections")).replace(",", " ").split()
        if host in allowed:
            return True
        try:
            addresses = {ipaddress.ip_address(found[4][0]) for found in socket.getaddrinfo(host, None)}
        except (OSError, ValueError):
            return True  # nothing to reach: the call itself fails
        networks = [network for entry in allowed if "/" in entry and (network := _network(entry))]
        return all(
            address.is_global or any(address in network for network in networks if network.version == address.version)
            for address in addresses
        )


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
