"""`escalation-router report`: what came in lately, what the router said and people made of it, beside the service."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from router.cli.report import arrived, judged, watched
from router.cli.stores import read_store
from router.config import read_settings
from router.ports import Store
from router.service import verdicts as known
from router.service.listening import brought
from router.service.shadow import compared


@click.group()
def report() -> None:
    """Report on verdicts and on sources.

    The store is the one that ROUTER_DATABASE_URL names. The service may be running: it writes down what it counts,
    verdicts every second, deliveries every minute.
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
    """What is only watched would have said otherwise."""
    with _store() as store:
        found = compared(store)
    click.echo(json.dumps(watched.document(found), indent=2) if as_json else "\n".join(watched.told(found)))


@report.command("sources")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def sources(*, as_json: bool) -> None:
    """When sources last brought something, and by which secret."""
    with _store() as store:
        found = brought(store, datetime.now(UTC))
    click.echo(json.dumps(arrived.document(found), indent=2) if as_json else "\n".join(arrived.told(found)))


@contextmanager
def _store() -> Iterator[Store]:
    store = read_store(read_settings(os.environ).database_url)
    try:
        yield store
    finally:
        store.close()
