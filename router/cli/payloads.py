"""Payload files of sources: what is in them, and the headers that came with it or would have."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from router.core.errors import BadInput
from router.intake.source import Setup, Source, configured

GENERIC = "generic"


def source_called(name: str, setup: Setup, *also: str) -> Source:
    """Look a source of an installation up; `also` are other words that would do. Raises UsageError.

    A generic sender need not be known yet: `generic/shop` is tried out before its secret is set.
    """
    kind, _, sender = name.partition("/")
    known = configured(replace(setup, senders=(*setup.senders, sender)) if kind == GENERIC and sender else setup)
    if name not in known:
        names = sorted((*known, *also, f"{GENERIC}/NAME"))
        raise click.UsageError(f"there is no source {name}; there are: {', '.join(names)}")
    return known[name]


def headers_of(source: Source, file: Path, payload: bytes, event: str | None = None) -> dict[str, str]:
    """Gather the headers that came with it; names are lower case. Senders name the event in `X-<sender>-Event`."""
    key = f"x-{source.name.partition('/')[0]}-event"
    headers = _headers_beside(file)
    name = event or headers.get(key) or _event_in_name(file, payload)
    return headers | ({key: name} if name else {})


def signed_by(source: Source, headers: Mapping[str, str], payload: bytes, key: str, now: datetime) -> dict[str, str]:
    """Make the headers with which the source would send it. Raises BadInput; ClickException where it lacks a header."""
    try:
        return source.sign(headers, payload, key, now)
    except BadInput as error:
        if not error.path.startswith("header "):
            raise
        remedy = "name the file after its event, such as issues.opened.json or post_edited.json"
        raise click.ClickException(f"{error}; {remedy}") from error


def _headers_beside(file: Path) -> dict[str, str]:
    """Read `issue.headers.json` of `issue.json`; nothing if there is none."""
    beside = file.with_suffix(".headers.json")
    if not beside.exists():
        return {}
    try:
        found = json.loads(beside.read_bytes())
    except ValueError as error:
        raise click.ClickException(f"{beside}: no JSON: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise click.ClickException(f"{beside}: expected a JSON object of texts")
    return {name.lower(): value for name, value in found.items()}


def _event_in_name(file: Path, payload: bytes) -> str | None:
    """Read `issues.opened.json`, if the action is that of the body, and `post_edited.json`, if that is about a post."""
    event, _, rest = file.name.partition(".")
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    named = body["action"] == rest.partition(".")[0] if "action" in body else event.rpartition("_")[0] in body
    return event if named else None
