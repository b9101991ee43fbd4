"""`escalation-router check`: is the policy file sound, and are the settings? Says everything in one go."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from router.core.errors import Fault


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def check(context: click.Context, *, as_json: bool) -> None:
    """Check the policy file and the settings, and print every fault and warning.

    The policy file is the one that ROUTER_POLICY names, responders.toml in the current folder by default. Exit code 1
    means that there are faults; warnings alone are no reason to refuse.
    """
    from router.config import examine_policy_file, examine_settings  # noqa: PLC0415  (keeps --help fast)

    settings, wrong = examine_settings(os.environ)
    examined = examine_policy_file(settings.policy)
    faults = (*wrong, *examined.faults)
    if as_json:
        found = {"faults": faults, "warnings": examined.warnings}
        click.echo(json.dumps({key: [asdict(one) for one in each] for key, each in found.items()}, indent=2))
    else:
        _tell(str(settings.policy), faults, examined.warnings)
    context.exit(1 if faults else 0)


def _tell(file: str, faults: Sequence["Fault"], warnings: Sequence["Fault"]) -> None:
    for fault in faults:
        click.echo(fault)
    for warning in warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"{file} and the settings: {_count(len(faults), 'fault')}, {_count(len(warnings), 'warning')}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
