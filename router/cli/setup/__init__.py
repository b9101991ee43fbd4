"""`setup`: what a Mattermost must have for the router, made by an administrator's token, and undone by `--remove`.

In three moves, kept apart: what is there is read (`present`), what is to be done follows from it (`plans`, `removals`,
pure), and that is carried out (`making`, `unmaking`). So a dry run, a second run and the removal share one way.
"""

from pathlib import Path

import click


@click.command()
@click.option("--url", help="The Mattermost server; MATTERMOST_URL by default.")
@click.option("--public-url", help="How Mattermost reaches the router; ROUTER_PUBLIC_URL by default.")
@click.option("--bot", default="escalations", show_default=True, help="Username of a bot that is to be made.")
@click.option(
    "--env-file", type=click.Path(path_type=Path, dir_okay=False), help="Settings file; else ROUTER_ENV_FILE, or .env."
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--remove", is_flag=True, help="Undo it.")
@click.option("--yes", is_flag=True, help="Do not ask before it is done.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON; with --dry-run or --yes.")
def setup(**given: object) -> None:
    """Make a Mattermost ready: team, channels, bot, slash command, outgoing webhooks, members, and the settings file.

    It needs the token of a system administrator, from MATTERMOST_ADMIN_TOKEN or typed in unseen; it is kept nowhere.
    What is to be done is shown before it is done. It is safe to run again: what is there stays as it is.
    """
    from router.cli.setup.command import run  # noqa: PLC0415  (`--help` stays quick)

    raise SystemExit(run(**given))  # type: ignore[arg-type]
