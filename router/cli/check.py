"""`escalation-router check`: are policy file and settings sound, and is Mattermost? Says everything in one go."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from router.config import Settings
    from router.core.errors import Fault
    from router.core.policy import Policy


@click.command()
@click.option("--live", is_flag=True, help="Ask Mattermost, too: what it has, and whether it reaches the router.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def check(context: click.Context, *, live: bool, as_json: bool) -> None:
    """Check the policy file and the settings, and print every fault and warning.

    The policy file is the one that ROUTER_POLICY names, responders.toml in the current folder by default. Exit code 1
    means that there are faults; warnings alone are no reason to refuse, and the faults of a policy file that is only
    watched are warnings. --live asks with the bot's token while `serve` runs, and sees more with an administrator's in
    MATTERMOST_ADMIN_TOKEN.
    """
    from router.config import (  # noqa: PLC0415  (keeps --help fast)
        examine_names,
        examine_policy_file,
        examine_settings,
        examine_shadow,
    )

    settings, wrong = examine_settings(os.environ)
    halves = (*examine_names(os.environ), *_half_set(settings))
    examined = examine_policy_file(settings.policy)
    watched = examine_shadow(examined.policy) if examined.policy else None
    faults, warnings, seen = (*wrong, *_unstored(settings), *examined.faults), (*halves, *examined.warnings), ""
    if watched:
        warnings = (*warnings, *watched.faults)
    if examined.policy:
        recognition = examined.policy.recognition
        faults = (*faults, *_unreadable("model", recognition.model))
        warnings = (*warnings, *_unreadable("shadow", recognition.shadow), *_refused(examined.policy, settings))
    checked = f"{settings.policy} and the settings"
    if live and examined.policy and not faults:
        from router.cli.live import look  # noqa: PLC0415

        found = look(settings, examined.policy, os.environ.get("MATTERMOST_ADMIN_TOKEN", "").strip())
        faults, warnings, seen = tuple(found.faults), (*warnings, *found.warnings), found.seen
        checked = f"{settings.policy}, the settings and Mattermost"
    elif live:
        seen = "was not asked: mend these faults first"
    if as_json:
        each = {"faults": faults, "warnings": warnings}
        click.echo(json.dumps({kind: [asdict(one) for one in those] for kind, those in each.items()}, indent=2))
    else:
        _tell(checked, faults, warnings)
        if seen:
            click.echo(f"Mattermost: {seen}")
    context.exit(1 if faults else 0)


def _unstored(settings: "Settings") -> Iterator["Fault"]:
    """Say that there is no backend for the database."""
    from router.storage import no_backend  # noqa: PLC0415

    fault = no_backend(settings.database_url)
    if fault:
        yield fault


def _unreadable(key: str, model: str) -> Iterator["Fault"]:
    """Say what is wrong with the file of a model that the policy file names."""
    if not model:
        return
    from router.classify.model import load  # noqa: PLC0415
    from router.core.errors import BadInput, Fault  # noqa: PLC0415

    try:
        load(Path(model))
    except BadInput as wrong:
        yield Fault(model, 0, f"classifier.{key}", wrong.problem, "Train it anew, or take the key out.")


def _refused(policy: "Policy", settings: "Settings") -> Iterator["Fault"]:
    """Say which sources of the policy file there are none of, and which generic senders have no secret."""
    from router.core.errors import Fault  # noqa: PLC0415
    from router.intake.source import sources  # noqa: PLC0415

    known = ("default", "generic", "mattermost", *sources())
    for name in policy.sources:
        kind, _, sender = name.partition("/")
        if kind not in known:
            remedy = f"Correct the name, or take the table out; there are: {', '.join(sorted(set(known)))}."
            yield Fault(str(settings.policy), 0, f"sources.{name}", "there is no such source", remedy)
        if sender and sender not in settings.generic_secrets:
            remedy = f"Add {sender}=whsec_… to GENERIC_SECRETS, or take the table out."
            yield Fault(
                str(settings.policy), 0, f'sources."{kind}/{sender}"', "has no secret, so it is refused", remedy
            )


def _half_set(settings: "Settings") -> Iterator["Fault"]:
    """Say which settings of the forum lack another one."""
    from router.core.errors import Fault  # noqa: PLC0415

    lacking = "is not set, so any forum with the secret is taken"
    if settings.discourse_webhook_secret and not settings.discourse_url:
        yield Fault("environment", 0, "DISCOURSE_URL", lacking, "Set it to the forum's address.")
    elif settings.discourse_api_key and not settings.discourse_api_username:
        lacking = "is not set, so the forum is not asked for anything"
        yield Fault("environment", 0, "DISCOURSE_API_USERNAME", lacking, "Set it to the user that the key is for.")


def _tell(checked: str, faults: Sequence["Fault"], warnings: Sequence["Fault"]) -> None:
    for fault in faults:
        click.echo(fault)
    for warning in warnings:
        click.echo(f"warning: {warning}")
    click.echo(f"{checked}: {_count(len(faults), 'fault')}, {_count(len(warnings), 'warning')}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
