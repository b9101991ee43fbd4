"""`escalation-router list` and `show`: the cases that the operator may see, read beside the running service."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import click

from router.cli import cards
from router.cli.plain import plain
from router.cli.policies import policy_for
from router.cli.stores import read_store
from router.config import read_settings
from router.core.cases import CaseId, may_see
from router.core.errors import CaseNotFound
from router.core.escalations import Esc, Escalation
from router.core.policy import Policy
from router.core.units import AnyCase
from router.ports import Store
from router.views import escalation_json, shown_json


@dataclass(frozen=True, slots=True)
class Shelf:
    """The store, and the policy that tells who its people are."""

    store: Store
    policy: Policy

    def visible(self, *, closed: bool) -> list[Esc]:
        """Give the live escalations, the most urgent first, and if wanted the closed ones, the newest first."""
        cases = sorted(self.store.live(), key=lambda case: case.deadline or datetime.max.replace(tzinfo=UTC))
        later = reversed(self.store.closed()) if closed else ()
        return [case for case in (*cases, *later) if _visible(case)]

    def find(self, case_id: CaseId) -> Esc:
        """Read one escalation. Raises CaseNotFound, of one that may not be seen, too."""
        case = self.store.get(case_id)
        if not _visible(case):
            raise CaseNotFound
        return case


def _visible(case: AnyCase) -> bool:
    return isinstance(case.matter, Escalation) and may_see(case.audience, case, None)


@contextmanager
def _shelf() -> Iterator[Shelf]:
    settings = read_settings(os.environ)
    policy = policy_for(settings)
    store = read_store(settings.database_url)
    try:
        yield Shelf(store, policy)
    finally:
        store.close()


@click.command()
@click.option("--all", "closed", is_flag=True, help="Show the closed ones, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def list_cases(*, closed: bool, as_json: bool) -> None:
    """List the cases that wait for somebody, the most urgent first.

    The store is the one that ROUTER_DATABASE_URL names; the service may be running. Overdue is what had to be chased
    since somebody last acted on it.
    """
    with _shelf() as shelf:
        cases = shelf.visible(closed=closed)
        if as_json:
            found = [escalation_json(case, shelf.policy, shelf.store.root_of(case.id)) for case in cases]
            click.echo(json.dumps(found, indent=2))
        elif cases:
            click.echo(cards.table(cases, shelf.policy, datetime.now(UTC)))
        else:
            settled = not closed and bool(shelf.visible(closed=True))
            click.echo("no case waits for anybody; --all shows the closed ones" if settled else "no cases yet")


@click.command()
@click.argument("case_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def show_case(case_id: str, *, as_json: bool) -> None:
    """Show one case, such as ESC-12: what it is about, its verdict, signals and timeline."""
    wanted = CaseId(case_id.strip().upper())
    with _shelf() as shelf:
        try:
            case = shelf.find(wanted)
        except CaseNotFound:
            there = "`escalation-router list --all` names those there are"
            why = there if shelf.visible(closed=True) else "there are no cases yet"
            raise click.ClickException(f"there is no {plain(wanted)}: {why}") from None
        timeline = shelf.store.timeline(wanted)
        if as_json:
            click.echo(json.dumps(shown_json(case, shelf.policy, shelf.store.root_of(wanted), timeline), indent=2))
        else:
            click.echo(cards.card(case, shelf.policy, timeline, datetime.now(UTC)))
