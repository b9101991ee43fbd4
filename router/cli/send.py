"""`escalation-router send`: what a source would have sent, signed as it signs and posted to a running router."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

import click

from router.cli.payloads import headers_of, source_called
from router.cli.plain import plain
from router.config import Settings, addresses, read_settings
from router.intake.source import Source

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT = 30
FORM = "application/x-www-form-urlencoded"


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


@click.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", help=f"The router's address; ROUTER_URL, or {DEFAULT_URL}, when left out.")
@click.option("--secret", help="Sign with this, not with the source's setting. Others on this machine can see it.")
@click.option("--event", help="The event's name, where it is neither in the headers nor in the file's name.")
@click.option("--form", is_flag=True, help="Send a form with the JSON in its field payload, as GitHub can.")
@click.option("--json", "as_json", is_flag=True, help="Print the router's answer as JSON and nothing else.")
@click.pass_context
def send(
    context: click.Context,
    source: str,
    file: Path,
    url: str | None,
    secret: str | None,
    event: str | None,
    *,
    form: bool,
    as_json: bool,
) -> None:
    """Sign a payload file as SOURCE would and post it to a running router.

    Beside FILE, such as issue.json, issue.headers.json may hold the headers that came with it. The event's name is that
    of --event, else of those headers, else of a file named like issues.opened.json; else the body tells it.
    """
    settings = read_settings(os.environ)
    sender = source_called(source)
    address = _address(url, settings)
    key = secret or _secret(sender, settings)
    payload = file.read_bytes()
    headers = headers_of(sender, file, payload, event)
    if form or headers.get("content-type", "").startswith(FORM):
        headers["content-type"] = FORM
        payload = b"payload=" + quote_plus(payload).encode()
    signed = sender.sign(headers, payload, key, datetime.now(UTC))
    answer = _post(f"{address}/hooks/{sender.name}", payload, signed)
    _tell(answer, address, as_json=as_json)
    context.exit(0 if answer.accepted else 1)


def _address(url: str | None, settings: Settings) -> str:
    try:
        return addresses.base(url) if url else settings.url or DEFAULT_URL
    except addresses.Wrong as wrong:
        raise click.UsageError(f"--url: {wrong.problem}. {wrong.remedy}") from wrong


def _secret(source: Source, settings: Settings) -> str:
    for name in source.secrets:
        if found := settings.secret(name).first:
            return found
    raise click.ClickException(f"nothing to sign with: set {' or '.join(source.secrets)}, or give --secret")


def _post(url: str, payload: bytes, headers: Mapping[str, str]) -> Answer:
    """Post it straight there: no proxy, no redirects. Raises ClickException."""
    parts = urlsplit(url)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=TIMEOUT)
    server = f"{parts.scheme}://{parts.netloc}"
    try:
        connection.request("POST", parts.path, payload, dict(headers))
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


def _tell(answer: Answer, address: str, *, as_json: bool) -> None:
    document = answer.document
    if as_json and document is not None:
        click.echo(json.dumps(document, indent=2))
    if not answer.accepted:
        click.echo(f"Error: {_refusal(answer, address)}", err=True)
    elif document and not as_json:
        result = str(document.get("result", "done")).replace("_", " ")
        case = document.get("escalation")
        click.echo(plain(f"{result}: {case}" if case else result))


def _refusal(answer: Answer, address: str) -> str:
    if answer.document is None:
        return f"{address} answered {answer.status} {plain(answer.reason)}; that is no escalation router"
    why = plain(str(answer.document.get("error") or answer.reason))
    return f"refused with {answer.status}: {why}"
