"""`escalation-router explain`: what would happen to a signal, and why; nothing is sent and nothing is stored."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path

import click

from router.bootstrap import setup
from router.classify import classifier_for
from router.cli.explain.telling import documents, told
from router.cli.payloads import headers_of, signed_by, source_called
from router.cli.policies import policy_for
from router.config import read_settings
from router.core.people import PersonId
from router.core.policy import Policy
from router.core.signals import Signal
from router.intake.source import Setup
from router.service.explaining import Explanation, explain
from router.service.receiving import Result
from router.views import NONE, rfc3339

TEXT = "text"
TRIAGE = "triage"
_LAST_YEAR = 2999  # what follows from a later time could leave the calendar
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_SIGNED_WITH = "explain"


def _time(context: click.Context, option: click.Parameter, given: str | None) -> datetime | None:
    """Read a time as RFC 3339 writes it, into UTC. Raises BadParameter."""
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year > _LAST_YEAR:
        raise click.BadParameter("expected a time with its zone, such as 2026-03-02T09:30:00Z", context, option)
    return found.astimezone(UTC)


@click.command("explain")
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option(
    "--at", metavar="TIME", callback=_time, help="Reckon as if it were that time, such as 2026-03-02T09:30:00Z."
)
@click.option("--away", multiple=True, metavar="PERSON", help="Somebody who is away: id or username. Repeatable.")
@click.option("--expect", metavar="TOPIC", help="Exit with 1 unless it is escalated to that topic; or none, or triage.")
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Go by this policy file.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def explain_file(
    context: click.Context,
    source: str,
    file: Path,
    at: datetime | None,
    away: Sequence[str],
    expect: str | None,
    policy_file: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say what would happen to a payload of SOURCE, and why.

    FILE is a payload as SOURCE sends it, or with `text` for SOURCE a plain text, of which the first line is the title
    if an empty one follows; - is standard input. Each signal is taken as the first of its thread. Shown are the
    verdict and what decided, who would be told where, the deadlines, and the post. Nothing is sent or stored, and
    neither Mattermost nor a secret is needed.
    """
    settings = read_settings(os.environ)
    policy = policy_for(settings, policy_file)
    now = at or datetime.now(UTC)
    policy = replace(policy, away={_person(one, policy): _FOR_EVER for one in away})
    wanted = _wanted(expect, policy)
    classifier = classifier_for(list(policy.topics.values()), policy.recognition)
    found = [explain(one, classifier, policy, now) for one in _signals(source, file, setup(settings, policy), now)]
    if as_json:
        met = {"expected": wanted, "met": wanted is None or _met(wanted, found)}
        click.echo(json.dumps({"at": rfc3339(now), "signals": documents(found, policy), **met}, indent=2))
    else:
        click.echo("\n".join(told(found, policy, now)))
    if wanted and not _met(wanted, found):
        click.echo(f"Error: expected {wanted}, found {', '.join(map(_outcome, found)) or NONE}", err=True)
        context.exit(1)


def _signals(source: str, file: Path, known: Setup, now: datetime) -> list[Signal]:
    """Read what the file says. Raises BadInput, UsageError and ClickException."""
    if source == TEXT:
        return [_signal(_content(file), now)]
    sender = source_called(source, known, TEXT)
    payload = _content(file)
    headers = signed_by(sender, headers_of(sender, file, payload), payload, _SIGNED_WITH, now)
    return [one for one in sender.parse(headers, payload, now) if isinstance(one, Signal)]


def _content(file: Path) -> bytes:
    with click.open_file(str(file), "rb") as stream:
        content: bytes = stream.read()
    return content


def _signal(content: bytes, now: datetime) -> Signal:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"the text is not UTF-8 at byte {error.start}") from error
    first, _, rest = text.partition("\n")
    titled = rest.strip() and not rest.partition("\n")[0].strip()
    title, body = (first.strip(), rest.strip()) if titled else ("", text.strip())
    return Signal(
        source=TEXT,
        instance="",
        kind="",
        object_id="",
        thread=TEXT,
        url="",
        title=title,
        headline=title or first.strip(),
        body=body,
        author=None,
        at=now,
    )


def _person(called: str, policy: Policy) -> PersonId:
    """Find somebody by id or username. Raises UsageError."""
    names = {person.mattermost: one for one, person in policy.people.items()} | {one: one for one in policy.people}
    found = names.get(PersonId(called.removeprefix("@")))
    if found is None:
        raise click.UsageError(f"--away: the policy file has no {called}{_meant(called, names)}")
    return found


def _meant(called: str, known: Iterable[str]) -> str:
    near = get_close_matches(called, known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _wanted(expect: str | None, policy: Policy) -> str | None:
    """Find what is expected: a topic by id or title, none, or triage. Raises UsageError."""
    if expect is None or expect in {NONE, TRIAGE}:
        return expect
    topic = policy.topic_called(expect)
    if topic is None:
        raise click.UsageError(
            f"--expect: there is no topic {expect}; there are: {', '.join(policy.topics)}, none, triage"
        )
    return topic


def _met(wanted: str, found: Sequence[Explanation]) -> bool:
    """Whether the file leads to that; of several signals, escalated ones count most, then those in triage."""
    outcomes = {_outcome(one) for one in found}
    if wanted == NONE:
        return outcomes <= {NONE}
    return wanted in outcomes and (wanted != TRIAGE or outcomes <= {TRIAGE, NONE})


def _outcome(one: Explanation) -> str:
    return one.topic or (TRIAGE if one.result is Result.TRIAGE else NONE)
