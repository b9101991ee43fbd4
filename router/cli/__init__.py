"""The command line, `escalation-router`: a module per command, imported only when that command runs.

This package says which commands there are and how every one of them ends; what they do is in their modules.
"""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NamedTuple, NoReturn

import click

from router import __version__
from router.core.errors import RouterError

NAME = "escalation-router"
INTERRUPTED = 130  # what shells give for a process that SIGINT ended


class Place(NamedTuple):
    """Where a command is, and what the list of commands says about it."""

    module: str
    attribute: str
    summary: str


PLACES = {
    "demo": Place("router.cli.demo", "demo", "Try everything out, without a Mattermost or a webhook."),
    "serve": Place("router.cli.serve", "serve", "Run the service."),
    "check": Place("router.cli.check", "check", "Check the policy file and the settings."),
    "setup": Place("router.cli.setup", "setup", "Make a Mattermost ready for the router, or undo that."),
    "classify": Place("router.cli.classify", "classify", "Say which sensitive topic texts are about."),
    "evaluate": Place("router.cli.evaluate", "evaluate_file", "Say how right the verdicts on labelled texts are."),
    "explain": Place("router.cli.explain", "explain_file", "Say what would happen to a signal; sends nothing."),
    "send": Place("router.cli.send", "send", "Sign a payload file and post it to a running router."),
    "replay": Place("router.cli.replay", "replay", "Have what was missed of a source processed."),
    "list": Place("router.cli.cases", "list_cases", "List the cases that wait for somebody."),
    "show": Place("router.cli.cases", "show_case", "Show one case and its timeline."),
    "report": Place("router.cli.report", "report", "Report on verdicts and on what sources bring."),
    "train": Place("router.cli.train", "train", "Make a model, and say whether it is better than the one in use."),
}


class Commands(click.Group):
    """The commands of PLACES. Click asks for a subclass where they are to be imported late."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Name the commands, in the order in which they are met."""
        return list(PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        place = PLACES.get(cmd_name)
        if place is None:
            return None
        command: click.Command = getattr(import_module(place.module), place.attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, place.summary) for name, place in PLACES.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what a user or the surroundings did wrong becomes one line and an exit code."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _end(ctx, "interrupted", INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python tries again as it ends
            _end(ctx, "whatever read the output has gone away", 1)
        except OSError as error:
            raise click.ClickException(_in_words(error)) from error
        except RouterError as error:
            raise click.ClickException(str(error)) from error


@click.command(cls=Commands, name=NAME, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=NAME)
def cli() -> None:
    """Bring sensitive community questions to those who may answer them.

    Settings come from the environment, or from the file that ROUTER_ENV_FILE names. Exit codes: 0 done, 1 a finding or
    a refusal, 2 wrong usage.
    """


def main() -> NoReturn:
    """Run the command line, as the console script does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the character shows "?"
    cli(prog_name=NAME)
    raise AssertionError  # pragma: no cover  (click ends the process)


def _end(context: click.Context, why: str, code: int) -> NoReturn:
    click.echo(f"{NAME}: {why}", err=True)
    context.exit(code)


def _in_words(error: OSError) -> str:
    """Say what the system said, without its number."""
    what = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {what}" if error.filename else what
