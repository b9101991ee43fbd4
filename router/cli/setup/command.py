"""The run of `setup`: settings and token read, the plan shown and agreed to, each step told as it is done."""

import getpass
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from router.cli.plain import plain
from router.cli.setup.making import Making
from router.cli.setup.plans import plan_setup
from router.cli.setup.present import Present, read_present
from router.cli.setup.receipt import read_receipt
from router.cli.setup.removals import plan_removal, with_made
from router.cli.setup.settings_files import open_to_others
from router.cli.setup.steps import Plan, Step
from router.cli.setup.unmaking import Unmaking
from router.cli.setup.wanted import Wanted, wanted
from router.cli.stores import stored_key
from router.config import Settings, examine_policy_file, examine_settings
from router.config.addresses import Wrong, base, server
from router.core.errors import BadInput, ChatError
from router.mattermost.administration import Administration
from router.mattermost.connection import Connection

ADMIN_TOKEN = "MATTERMOST_ADMIN_TOKEN"  # noqa: S105  (where it is, not one)


def run(
    *,
    url: str | None,
    public_url: str | None,
    bot: str,
    env_file: Path | None,
    dry_run: bool,
    remove: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Do it all; give the exit code. Raises RouterError, OSError, ClickException."""
    if as_json and not (dry_run or yes):
        raise click.UsageError("--json asks nothing: add --dry-run or --yes")
    file = env_file or Path(os.environ.get("ROUTER_ENV_FILE") or ".env")
    settings, want = _given(file, url, public_url, bot)
    receipt = read_receipt(file)
    if remove:
        want = with_made(want, receipt)
    connection = _connected(want.url, _admin_token())
    try:
        admin = Administration(connection)
        keyed = not settings.secret_key and bool(stored_key(settings.database_url))
        here = {"stored_key": keyed, "file_open": open_to_others(file)}
        present = _told(lambda: read_present(admin, want, settings, **here))
        if remove:
            plan = plan_removal(want, present, receipt, str(file))
            carry_out, trouble = Unmaking(admin, present, receipt, file).carry_out, list[str]()
        else:
            plan = plan_setup(want, present, receipt, str(file), os.environ)
            making = Making.of(admin, want, present, receipt, file)
            carry_out, trouble = making.carry_out, making.trouble
        receipt.server = want.url
        show = _silent if as_json else _say
        _show(plan, present, want, show)
        code = _carry_out(plan, carry_out, trouble, show, dry_run=dry_run, yes=yes)
        if code == 0 and not (remove or dry_run):
            show(f"next: export ROUTER_ENV_FILE={file} in two terminals, for escalation-router serve and check --live")
        if as_json:
            click.echo(json.dumps(asdict(plan), indent=2))
        return code
    finally:
        connection.close()


def _given(file: Path, url: str | None, public_url: str | None, bot: str) -> tuple[Settings, Wanted]:
    """Read settings and policy file; the options win over the settings."""
    environ = {**os.environ, "ROUTER_ENV_FILE": str(file)} if file.exists() else dict(os.environ)
    if not file.exists():
        environ.pop("ROUTER_ENV_FILE", None)
    settings, faults = examine_settings(environ)
    if faults:
        raise click.ClickException("\n".join(map(str, faults)))
    policy, _ = examine_policy_file(settings.policy).accepted()
    given_url = _read(server, "--url", url) if url else settings.mattermost_url
    given_public = _read(base, "--public-url", public_url) if public_url else settings.public_url
    if not given_url:
        raise click.UsageError(
            "which Mattermost? Name it by --url, such as --url https://chat.example.com, or by MATTERMOST_URL"
        )
    if not given_public:
        raise click.UsageError(
            "how does Mattermost reach the router? Name it by --public-url, such as --public-url "
            "https://router.example.com, or by ROUTER_PUBLIC_URL"
        )
    return settings, wanted(policy, given_url, given_public, bot)


def _read(reader: Callable[[str], str], option: str, text: str) -> str:
    try:
        return reader(text)
    except Wrong as wrong:
        raise click.UsageError(f"{option}: {wrong.problem}. {wrong.remedy}.") from wrong


def _admin_token() -> str:
    """The administrator's token, from the environment or typed in unseen; never an argument, which all can see."""
    token = os.environ.get(ADMIN_TOKEN, "").strip()
    if token:
        return token
    if not sys.stdin.isatty():
        raise click.ClickException(
            f"the token of a system administrator is missing: put it into {ADMIN_TOKEN}, or run this at a terminal"
        )
    token = getpass.getpass("Token of a system administrator (Profile > Security > Personal Access Tokens): ").strip()
    if not token:
        raise click.ClickException("no token was given")
    return token


def _connected(url: str, token: str) -> Connection:
    try:
        return Connection(url, token)
    except BadInput as error:
        raise click.ClickException(f"the administrator's token: {error.problem}") from error


def _told(read: Callable[[], Present]) -> Present:
    try:
        return read()
    except ChatError as error:
        raise click.ClickException(error.told) from error


def _say(line: str) -> None:
    click.echo(line)


def _silent(_line: str) -> None:
    """Leave the output to the JSON document."""


def _show(plan: Plan, present: Present, want: Wanted, show: Callable[[str], None]) -> None:
    show(f"{want.url} (Mattermost {plain(present.version)}), as @{present.admin.username}")
    for step in plan.steps:
        show(f"  there  {step.what}" if step.done else f"  to do  {step.what}{f': {step.why}' if step.why else ''}")
    for one in plan.in_the_way:
        show(f"in the way: {plain(one)}")
    for one in plan.notes:
        show(f"note: {plain(one)}")


def _carry_out(
    plan: Plan,
    carry_out: Callable[[Step], None],
    trouble: list[str],
    show: Callable[[str], None],
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    if plan.in_the_way:
        show("nothing was done: mend what is in the way, and run it again")
        return 1
    if not plan.to_do:
        show("nothing to do")
        return 0
    if dry_run:
        show("nothing was done: this was a dry run")
        return 0
    if not yes and not click.confirm("Do this?", default=False):
        show("nothing was done")
        return 1
    for number, step in enumerate(plan.to_do, 1):
        show(f"[{number}/{len(plan.to_do)}] {step.what}")
        try:
            carry_out(step)
        except ChatError as error:
            again = "What is done stays; run it again to go on"
            raise click.ClickException(f"stopped: {error.told} ({error}). {again}") from error
    for one in trouble:
        click.echo(one, err=True)
    show("done" if not trouble else "done but for what is said above; run it again when it is mended")
    return 1 if trouble else 0
