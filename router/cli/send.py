"""`escalation-router send`: what a source would have sent, signed as it signs and posted to a running router."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

import click

from router.cli.payloads import headers_of, signed_by, source_called
from router.cli.plain import plain
from router.cli.posting import DEFAULT_URL, Answer, address_of, post, refusal, secret_of
from router.config import read_settings
from router.intake.source import Setup

FORM = "application/x-www-form-urlencoded"


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
    of --event, else of those headers, else of a file named like issues.opened.json or post_edited.json; else the body
    tells it.
    """
    settings = read_settings(os.environ)
    known = Setup({"DISCOURSE_URL": settings.discourse_url}, senders=tuple(settings.generic_secrets))
    sender = source_called(source, known)
    address = address_of(url, settings)
    key = secret or secret_of(sender, settings, ", or give --secret")
    payload = file.read_bytes()
    headers = headers_of(sender, file, payload, event)
    if form or headers.get("content-type", "").startswith(FORM):
        headers["content-type"] = FORM
        payload = b"payload=" + quote_plus(payload).encode()
    signed = signed_by(sender, headers, payload, key, datetime.now(UTC))
    answer = post(f"{address}/hooks/{sender.name}", payload, signed)
    _tell(answer, address, as_json=as_json)
    context.exit(0 if answer.accepted else 1)


def _tell(answer: Answer, address: str, *, as_json: bool) -> None:
    document = answer.document
    if as_json and document is not None:
        click.echo(json.dumps(document, indent=2))
    if not answer.accepted:
        click.echo(f"Error: {refusal(answer, address)}", err=True)
    elif document and not as_json:
        result = str(document.get("result", "done")).replace("_", " ")
        case = document.get("escalation")
        click.echo(plain(f"{result}: {case}" if case else result))
