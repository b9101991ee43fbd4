"""`escalation-router classify`: JSON Lines in, JSON Lines out, each answer as soon as it is known."""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import click

from router.classify import classifier_for
from router.cli.policies import policy_for
from router.config import read_settings
from router.core.errors import BadInput
from router.views import verdict_json

PATIENCE = 1.0  # seconds of silence before progress is told, and between two tellings


@dataclass(frozen=True, slots=True)
class Text:
    """One line of the input."""

    id: Any
    source: str
    kind: str
    title: str
    body: str


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Go by the topics of this policy file.",
)
def classify(file: BinaryIO, policy: Path | None) -> None:
    """Say which sensitive topic texts are about.

    FILE (standard input when left out) has one JSON object a line, {"id", "source", "kind", "title", "body"}, and so
    has the output, in the same order: {"id", "label", "decision", "confidence", "evidence"}. The label is a topic's id,
    in triage the likeliest, or none. The topics are those of the file that ROUTER_POLICY names, else of
    responders.toml in the current folder, else of the one that is shipped.
    """
    rules = policy_for(read_settings(os.environ), policy)
    classifier = classifier_for(list(rules.topics.values()), rules.recognition)
    if file.isatty():
        click.echo("reading JSON Lines from the keyboard; Ctrl-D ends them", err=True)
    for text in _telling_progress(_texts(file)):
        verdict = classifier.classify(text.title, text.body, source=text.source, kind=text.kind)
        click.echo(json.dumps({"id": text.id, **verdict_json(verdict)}))  # which flushes


def _texts(file: BinaryIO) -> Iterator[Text]:
    """Read line by line; empty lines are nothing. Raises ClickException with the number of a damaged line."""
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            yield _text(line)
        except (BadInput, ValueError, RecursionError) as error:
            raise click.ClickException(f"line {number}: {_what_is_wrong(error)}") from error


def _text(line: bytes) -> Text:
    """Read one line. Raises BadInput, ValueError and RecursionError."""
    found = json.loads(line.decode("utf-8-sig"), parse_constant=_no_number)
    if not isinstance(found, dict):
        raise BadInput("$", "expected an object")
    for key in ("source", "kind", "title", "body"):
        if not isinstance(found.get(key), str | None):
            raise BadInput(f"$.{key}", "expected a text or null")
    source, kind, title, body = (found.get(key) or "" for key in ("source", "kind", "title", "body"))
    return Text(found.get("id"), source, kind, title, body)


def _no_number(name: str) -> NoReturn:
    raise BadInput("$", f"{name} is no JSON")


def _what_is_wrong(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"no JSON: {error.msg} at column {error.colno}"
        case UnicodeDecodeError():
            return f"not UTF-8 at byte {error.start}"
        case RecursionError():
            return "nested too deeply"
    return str(error)


def _telling_progress(texts: Iterable[Text]) -> Iterator[Text]:
    """Count on standard error, where a person sees it and it does not run into the answers."""
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield from texts
        return
    start = latest = time.monotonic()
    number = 0
    for number, text in enumerate(texts, 1):
        yield text
        now = time.monotonic()
        if now - latest >= PATIENCE:
            latest = now
            click.echo(f"\r{number:,} classified, {number / (now - start):,.0f} a second", err=True, nl=False)
    if latest > start:
        click.echo(f"\r{number:,} classified in {time.monotonic() - start:,.0f} seconds ", err=True)
