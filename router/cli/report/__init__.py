"""`escalation-router report`: what the router said lately and what people made of it, read beside the service."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from router.cli.report import judged, watched
from router.cli.stores import read_store
from router.config import read_settings
from router.ports import Store
from router.service import verdicts as known
from router.service.shadow import compared


@click.group()
def report() -> None:
    """Report on the verdicts of the router.

    The store is the one that ROUTER_DATABASE_URL names; the service may be running, and writes its counts down every
    second.
    """


@report.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def verdicts(*, as_json: bool) -> None:
    """Verdicts by topic, what people overturned, drift."""
    with _store() as store:
        found = known.verdicts(store, datetime.now(UTC).date())
    click.echo(json.dumps(judged.document(found), indent=2) if as_json else "\n".join(judged.told(found)))


@report.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def shadow(*, as_json: bool) -> None:
    """What the model or policy that is only watched would have said otherwise."""
    with _store() as store:
        found = compared(store)
    click.echo(json.dumps(watched.document(found), indent=2) if as_json else "\n".join(watched.told(found)))


@contextmanager
def _store() -> Iterator[Store]:
    store = read_store(read_settings(os.environ).database_url)
    try:
        yield store
    finally:
        store.close()
