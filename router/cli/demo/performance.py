"""The course of the demo: send the samples, show the channel, say what happened, then take typed lines."""

import logging
import os
import sys
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from router.cli.demo.furnishing import everybody
from router.cli.demo.judging import Row, judge
from router.cli.demo.lines import USAGE, Typist
from router.cli.demo.samples import Sample, samples
from router.cli.demo.screen import Screen
from router.cli.demo.stage import Stage, stage
from router.cli.plain import plain, readable
from router.cli.policies import policy_for
from router.config import read_settings
from router.sandbox.page import Page

Sent = Sequence[tuple[Sample, Mapping[str, Any]]]


def perform(*, once: bool, speed: float, port: int, file: Path | None) -> int:
    """Run the demo; answers its exit code."""
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
    policy = policy_for(read_settings(os.environ), file)
    with stage(policy, port, speed) as on:
        click.echo(f"router {on.url}, sandbox {on.sandbox.url}, clock {speed:g} times as fast; on this machine only\n")
        people = [on.member(person.mattermost) for person in policy.people.values()]
        team_id, escalations = people[0].channel(policy.team, policy.escalations_channel)
        _, triage = people[0].channel(policy.team, policy.triage_channel)
        channels = list(dict.fromkeys((escalations, triage)))
        screen = Screen(people[0], channels)
        screen.start()
        try:
            rows = judge(_send(on, screen), policy, people, channels)
            screen.look()
            _report(rows)
            if not once:
                with _page(on) as address:
                    _listen(Typist(on, channels, team_id), address)
        finally:
            screen.stop()
            for one in people:
                one.close()
    return 1 if once and any(row.wrong for row in rows) else 0


def _send(on: Stage, screen: Screen) -> Sent:
    """Send every sample in turn; a redelivery is the same bytes again."""
    known: dict[str, Sample] = {}
    sent = []
    for sample in samples():
        original = known.setdefault(sample.name, known[sample.again] if sample.again else sample)
        answer = on.send(original)
        click.echo(click.style(f"→ {sample.name}: {answer['result']} {answer['escalation'] or ''}", dim=True))
        sent.append((sample, answer))
        if answer["escalation"]:
            screen.wait_for(answer["escalation"])
    return sent


def _report(rows: Sequence[Row]) -> None:
    click.echo("\nWhat happened")
    for row in rows:
        mark = click.style("✗", fg="red") if row.wrong else click.style("✓", fg="green")
        seen = plain(readable(row.wrong or row.seen), 110)
        click.echo(f"  {mark} {row.sample:<14} {row.answered:<14} {row.case:<7} {seen}")
    failed = sum(bool(row.wrong) for row in rows)
    click.echo(f"{len(rows) - failed} as expected, {failed} not\n")


@contextmanager
def _page(on: Stage) -> Iterator[str]:
    """Serve the page for people, and open it where a browser can be; gives its address."""
    with Page.start(on.sandbox, everybody(on.policy)) as page:
        if has_browser(os.environ, sys.platform, is_terminal=sys.stdin.isatty() and sys.stdout.isatty()):
            webbrowser.open(page.url)
        yield page.url


def has_browser(environ: Mapping[str, str], platform: str, *, is_terminal: bool) -> bool:
    """Whether somebody sits at a screen here; a browser inside the terminal would take it over."""
    has_screen = platform in {"darwin", "win32"} or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    return is_terminal and has_screen and not environ.get("SSH_CONNECTION")


def _listen(typist: Typist, address: str) -> None:
    click.echo(f"Be any of them in a browser: {click.style(address, fg='blue', bold=True)}")
    click.echo(f"Or {USAGE}. Ctrl-C ends.")
    try:
        for line in sys.stdin:
            if line.strip() and (answer := typist.type(line)):
                click.echo(click.style("(only you see this)", dim=True))
                for said in filter(None, answer.splitlines()):
                    click.echo(f"    {readable(said)}")
    except KeyboardInterrupt:
        click.echo()
    finally:
        typist.close()
