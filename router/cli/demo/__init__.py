"""`demo`: the whole way of a signal on this machine, with nothing to set up and nobody outside told."""

from pathlib import Path

import click


@click.command()
@click.option("--once", is_flag=True, help="Send the samples, judge what is seen, end; 0 when all is well.")
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0.1, 1_000_000),
    help="How many times as fast the clock runs.",
)
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="The router's port; 0 takes a free one."
)
@click.option("--policy", "file", type=click.Path(path_type=Path), help="Policy file, if not the usual one.")
def demo(*, once: bool, speed: float, port: int, file: Path | None) -> None:
    """Watch the policy happen: a router, a look-alike of Mattermost, and signed sample signals.

    Afterwards type lines as anybody, until Ctrl-C: "katie.wiersgalla: claim ESC-4" is the slash command,
    "katie.wiersgalla > ESC-4: claim" a reply in its thread.
    """
    from router.cli.demo.performance import perform  # noqa: PLC0415  (`--help` stays quick)

    raise SystemExit(perform(once=once, speed=speed, port=port, file=file))
