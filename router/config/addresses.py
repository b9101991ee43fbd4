"""The forms of addresses and names among the settings.

Each function gives the value as it is used, or raises Wrong, which never holds the value: it may contain a password.
"""

import base64
import binascii
import re
from collections.abc import Container, Sequence
from urllib.parse import SplitResult, urlsplit

from router.config.formats import web_fault
from router.config.nodes import near

_DATABASES = ("tinydb", "sqlite", "postgresql+psycopg")
_FILES = ("tinydb", "sqlite")
_HOOK = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Wrong(ValueError):
    """What is wrong with a value, and what to do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


def word(text: str) -> str:
    """Read a name without blanks."""
    if text.isprintable() and " " not in text:
        return text
    raise Wrong("has a blank or a control character within", "Write it without blanks or line breaks")


def web(text: str) -> str:
    """Read any http or https address."""
    problem = web_fault(text)
    if problem:
        raise Wrong(problem, "Write a whole address, such as https://router.example.com")
    return text


def base(text: str) -> str:
    """Read the address that paths are added to; it may lie below a path of its own."""
    parts = urlsplit(web(text))
    if "@" in parts.netloc:
        raise Wrong("holds a username or password", "Leave out everything up to the @")
    if "?" in text or "#" in text:
        raise Wrong("goes on after its path", "Leave out the ? or # and what follows it")
    if "//" in parts.path or ".." in parts.path:
        raise Wrong("has a path with // or ..", "Write the path plainly, or leave it out")
    return text.rstrip("/")


def server(text: str) -> str:
    """Read the address of a server: scheme, host and perhaps a port, nothing else."""
    found = base(text)
    if urlsplit(found).path:
        raise Wrong("has a path", "Write the server's address only, such as https://chat.example.com")
    return found


def mail(text: str) -> str:
    """Read the address of a mail server."""
    parts = _split(text)
    if parts is None or parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise Wrong("is no address of a mail server", "Write it like smtp://user:password@mail.example.com:587")
    return text


def database(text: str) -> str:
    """Read the address of a database. A scheme that is not ours is left to the storage that may have it."""
    scheme, divider, rest = text.partition("://")
    meant = near(scheme, _DATABASES)
    if not divider or (scheme not in _DATABASES and (meant or scheme == "postgres")):
        hint = f"Write {meant or _DATABASES[2]}://… in its place" if divider else _known()
        raise Wrong("is no address of a database", hint)
    if scheme in _FILES and (not rest.startswith("/") or rest == "/"):
        raise Wrong(
            "names no file",
            f"Write {scheme}:/// and a path from the current folder, or {scheme}://// and a path from the root",
        )
    parts = _split(text)
    if parts is None or (scheme == _DATABASES[2] and not parts.path.strip("/")):
        raise Wrong("names no database", f"Write it like {_DATABASES[2]}://user:password@host/router")
    return text


def _known() -> str:
    return "Write it like tinydb:///data/router.json"


def _split(text: str) -> SplitResult | None:
    """Split an address, None if it is none."""
    try:
        parts = urlsplit(text)
        return parts if text.isprintable() and " " not in text and parts.port != 0 else None
    except ValueError:
        return None


def webhook_name(name: str, number: int, known: Container[str]) -> None:
    """Check the name of a generic webhook, the last part of its path."""
    if not _HOOK.fullmatch(name):
        raise Wrong(
            f"entry {number} has no usable name",
            "Write name=whsec_… with small letters, digits, - and _ in the name, and commas between entries",
        )
    if name in known:
        raise Wrong(f"entry {number} has the name of an earlier one", "Write both secrets in one entry, or rename one")


def webhook_secrets(values: Sequence[str], number: int) -> None:
    """Check that secrets are in the form of Standard Webhooks 1.0.0: base64 after `whsec_`."""
    for value in values:
        encoded = value.removeprefix("whsec_")
        try:
            usable = encoded != value and bool(base64.b64decode(encoded, validate=True))
        except (binascii.Error, ValueError):
            usable = False
        if not usable:
            raise Wrong(
                f"the secret of entry {number} is not whsec_ and base64", "Copy it again as the sender shows it"
            )
