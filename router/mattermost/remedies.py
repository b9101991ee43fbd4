"""What people can do when Mattermost does not do what is asked: a line for each condition, with its remedy. Pure.

The log keeps call, status and error id beside it; these lines are for `/readyz`, `check --live` and whoever reads them.
"""

import re
import socket
import ssl
from http import HTTPStatus

import requests
import urllib3

from router.core.errors import Refusal

OLDEST = 11  # the first major version whose signed trigger ids and answers the router is made for

CREDENTIALS = (
    "Mattermost refuses the bot's token: it is wrong, was revoked or has expired, or the bot was disabled. Enable the "
    "bot, or make a new token (escalation-router setup, or Integrations > Bot Accounts), put it into MATTERMOST_TOKEN "
    "and restart"
)
GUARDED = (
    "what is in front of Mattermost asks the router for a password of its own: let the router's requests to /api/v4 "
    "pass, or set MATTERMOST_URL to an address behind it"
)
FORBIDDEN = (
    "Mattermost does not allow the bot what it has to do: make it a member of the team and of the channels that the "
    "policy file names, with the rights of a member (escalation-router setup does it)"
)
BLOCKED = (
    "what is in front of Mattermost forbids the router's requests: let them pass to /api/v4, or set MATTERMOST_URL to "
    "an address behind it"
)
NO_TEAM = "there is no such team on this Mattermost: correct `team` under [mattermost] in the policy file, or make it"
NO_CHANNEL = (
    "the bot finds no such channel: correct its name under [mattermost] in the policy file, make it or restore it, and "
    "make the bot a member (escalation-router setup does it)"
)
ARCHIVED = "the channel is archived: restore it, or name another under [mattermost] in the policy file and restart"
SWITCHED_OFF = "this is switched off on the Mattermost server, or needs a licence: an administrator can change it"
UNKNOWN_CALL = f"this Mattermost does not know what the router asks of it: use version {OLDEST}.0 or later"
REDIRECTED = "MATTERMOST_URL leads to a redirect{to}: set it to the address at which Mattermost itself answers"
NOT_MATTERMOST = (
    "what answers at MATTERMOST_URL is not Mattermost: correct the address, or the proxy in front of it so that "
    "/api/v4 reaches Mattermost unchanged"
)
LIMITED = (
    "Mattermost limits how often the router may ask: it goes on by itself; raise PerSec and MaxBurst of its rate "
    "limit, or exempt the router in the proxy, if this lasts"
)
PROXY_ALONE = "a proxy answers in place of Mattermost ({status}): see that Mattermost runs and the proxy reaches it"
SERVER_ERROR = "Mattermost has trouble of its own ({status}): its log says more; the router goes on by itself"
UNTRUSTED = (
    "the certificate of MATTERMOST_URL is not trusted: {why}. Renew it, or put its authority's certificate into a file "
    "and name that in REQUESTS_CA_BUNDLE"
)
NO_TLS = "MATTERMOST_URL does not speak TLS as it should: check https or http, and the port"
NO_NAME = "the host name in MATTERMOST_URL is not known here: correct it, or the name server"
NOT_LISTENING = "nothing listens at MATTERMOST_URL: see that Mattermost runs, and that address and port are right"
SLOW = "Mattermost does not answer in time: see whether it is overloaded, and whether a firewall is between"
UNREACHED = "Mattermost cannot be reached at MATTERMOST_URL: see that it runs, and that nothing between them is closed"

_ORIGIN = re.compile(r"(https?://[A-Za-z0-9.\-]{1,200}(?::[0-9]{1,5})?)(?:[/?#].*)?")
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})\.(\d{1,4})\b.*")
_REASON = re.compile(r"certificate verify failed: ([A-Za-z0-9 ,.'\-]{1,160})")

_BY_REFUSAL = {
    Refusal.CREDENTIALS: CREDENTIALS,
    Refusal.FORBIDDEN: FORBIDDEN,
    Refusal.ARCHIVED: ARCHIVED,
}
_BY_ID = {
    "app.team.get_by_name.missing.app_error": NO_TEAM,
    "app.team.get.find.app_error": NO_TEAM,
    "app.channel.get_by_name.missing.app_error": NO_CHANNEL,
    "app.channel.get.existing.app_error": NO_CHANNEL,
    "api.context.404.app_error": UNKNOWN_CALL,
}


def of_answer(status: int, error_id: str, refusal: Refusal | None, location: str = "") -> str:
    """The line for an answer that is no success; "" where nobody could do anything about it.

    `error_id` is "" when the answer was not Mattermost's own.
    """
    if not error_id:
        return _of_stranger(status, location)
    if refusal is not None:
        line = SWITCHED_OFF if status == HTTPStatus.NOT_IMPLEMENTED else _BY_REFUSAL.get(refusal, "")
        return _BY_ID.get(error_id, line)
    return SERVER_ERROR.format(status=status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ""


def _of_stranger(status: int, location: str) -> str:
    """Whatever carries no error id of Mattermost's comes from something in front of it; its rate limit apart."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return LIMITED
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        origin = _ORIGIN.fullmatch(location)
        return REDIRECTED.format(to=f" to {origin[1]}" if origin else "")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}:
        return GUARDED
    if status == HTTPStatus.FORBIDDEN:
        return BLOCKED
    return PROXY_ALONE.format(status=status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else NOT_MATTERMOST


def of_transport(causes: tuple[BaseException, ...]) -> str:
    """The line for a call that got no answer; `causes` are the error and all that it wraps."""
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            found = _REASON.search(str(cause))
            return UNTRUSTED.format(why=found[1].strip() if found else "nobody here vouches for it")
    kinds: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
        ((ssl.SSLError, urllib3.exceptions.SSLError, requests.exceptions.SSLError), NO_TLS),
        ((urllib3.exceptions.NameResolutionError, socket.gaierror), NO_NAME),
        ((ConnectionRefusedError,), NOT_LISTENING),
        ((requests.Timeout, urllib3.exceptions.TimeoutError), SLOW),
    )
    return next((line for kind, line in kinds if any(isinstance(one, kind) for one in causes)), UNREACHED)


def in_channel(line: str, name: str) -> str:
    """The same line, naming the channel that it is about."""
    return f"~{name}: {line}" if name and line else line


def of_version(version: str) -> str:
    """What to say of a server by the `X-Version-ID` of its answers; "" for one that the router is made for."""
    found = _VERSION.fullmatch(version)
    if found is None:
        return (
            "the Mattermost server does not tell a version that is known here: this router is made for "
            f"{OLDEST}.0 and later; it goes on all the same"
        )
    if int(found[1]) >= OLDEST:
        return ""
    told = ".".join(found.groups())
    return (
        f"the Mattermost server is version {told}: this router is made for {OLDEST}.0 and later. It goes on all the "
        "same; upgrade the server if buttons or commands fail"
    )
