"""`serve`: the service, on a production WSGI server."""

import logging
import os
import signal
import sys
from typing import NoReturn

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
def serve(host: str, port: int) -> None:
    """Run the service: take in signals and commands, post, and chase."""
    from router.config import examine_policy_file, examine_settings  # noqa: PLC0415  (`--help` stays quick)

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick
    settings, faults = examine_settings(os.environ)
    examined = examine_policy_file(settings.policy)
    problems = [str(fault) for fault in (*faults, *examined.faults)]
    if not settings.mattermost_url or not settings.mattermost_token:
        problems.append(
            "no Mattermost is configured: `escalation-router setup` writes MATTERMOST_URL and MATTERMOST_TOKEN into a "
            "file, which ROUTER_ENV_FILE has to name (the demo needs neither)"
        )
    if problems or examined.policy is None:
        _refuse(problems)
    for warning in examined.warnings:
        click.echo(f"warning: {warning}", err=True)

    from router.bootstrap import build  # noqa: PLC0415
    from router.cli.running import Listener  # noqa: PLC0415

    listener = Listener(host, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: listener.end())
    public_url = settings.public_url or listener.url
    router = build(settings, examined.policy, public_url=public_url, private=listener.private)
    ready = [one.name for one in router.desk.sources.values() if any(map(settings.secret, one.secrets))]
    hooks = ", ".join(f"{public_url}/hooks/{name}" for name in ready) or "nowhere yet: no source has a secret"
    click.echo(f"listening on {listener.url}; webhooks go to {hooks}")
    listener.run(router)
    click.echo("stopped")


def _refuse(problems: list[str]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    click.echo("not started: mend this; `escalation-router check` looks at the files again", err=True)
    raise SystemExit(1)
