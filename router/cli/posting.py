"""Posting to a running router as a source does: where it is, what signs, and what the answer says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import click

from router.cli.plain import plain
from router.config import Settings, addresses
from router.intake.source import Source

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT = 30

# These belong to the connection, not to what was said over it.
_OF_THE_CONNECTION = {"host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the router said; `document` is None when it was no JSON object."""

    status: int
    reason: str
    document: dict[str, Any] | None

    @property
    def accepted(self) -> bool:
        """Whether it took it."""
        return 200 <= self.status < 300 and self.document is not None  # noqa: PLR2004  (HTTP's classes of answers)


def address_of(url: str | None, settings: Settings) -> str:
    """Say where the router is: at `url`, else where the settings say. Raises UsageError."""
    try:
        return addresses.base(url) if url else settings.url or DEFAULT_URL
    except addresses.Wrong as wrong:
        raise click.UsageError(f"--url: {wrong.problem}. {wrong.remedy}") from wrong


def secret_of(source: Source, settings: Settings, otherwise: str = "") -> str:
    """Say what to sign with, the newest of the source's secrets. Raises ClickException."""
    for name in source.secrets:
        if found := settings.secret(name).first:
            return found
    raise click.ClickException(f"nothing to sign with: set {' or '.join(source.secrets)}{otherwise}")


def post(url: str, payload: bytes, headers: Mapping[str, str]) -> Answer:
    """Post it straight there: no proxy, no redirects. Raises ClickException."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT)
    said = {name: value for name, value in headers.items() if name not in _OF_THE_CONNECTION}
    server = f"{parts.scheme}://{parts.netloc}"
    try:
        connection.request("POST", parts.path, payload, said)
        response = connection.getresponse()
        return Answer(response.status, response.reason, _document(response.read()))
    except ConnectionRefusedError as error:
        remedy = "start a router with `escalation-router serve`, or say with --url where one is"
        raise click.ClickException(f"nothing listens at {server}: {remedy}") from error
    except OSError as error:
        raise click.ClickException(f"{server} can't be reached: {error.strerror or error}") from error
    except HTTPException as error:
        raise click.ClickException(f"what listens at {server} does not speak HTTP") from error
    except ValueError as error:
        raise click.ClickException(f"this can't be sent: {error}") from error
    finally:
        connection.close()


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def refusal(answer: Answer, address: str) -> str:
    """Say why it was not taken."""
    if answer.document is None:
        return f"{address} answered {answer.status} {plain(answer.reason)}; that is no escalation router"
    why = plain(str(answer.document.get("error") or answer.reason))
    return f"refused with {answer.status}: {why}"
