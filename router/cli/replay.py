"""`escalation-router replay`: what a source sent and the router missed is asked for, and posted to a running router."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import click

from router.bootstrap import replay_token, setup
from router.cli.plain import moment, plain
from router.cli.policies import policy_for
from router.cli.posting import DEFAULT_URL, Answer, address_of, post, refusal, secret_of
from router.config import read_settings
from router.core.deadlines import due, duration
from router.intake.source import Missed, Source, configured, missed
from router.service.receiving import Result
from router.views import rfc3339
from router.web.hooks import REPLAYED

ITS_OWN_FAULT = (400, 413)  # a delivery that is refused so is no reason to refuse the next
EVERY = 10  # deliveries between two lines of progress
REFUSED = "refused"
_RANK = {str(result): place for place, result in enumerate(Result)}


def _since(context: click.Context, option: click.Parameter, given: str) -> datetime:
    """Read how long ago, or a time, in UTC unless it says otherwise. Raises BadParameter."""
    now = datetime.now(UTC)
    try:
        found = _read(given, now)
    except (ValueError, OverflowError):
        found = now
    if found >= now:
        expected = "expected how long ago, such as 6h or 3d, or a time that has passed, such as 2026-03-02T09:30:00Z"
        raise click.BadParameter(expected, context, option)
    return found


def _read(given: str, now: datetime) -> datetime:
    try:
        return now - (due(now, duration(given)) - now)
    except ValueError:
        found = datetime.fromisoformat(given)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


@click.command()
@click.argument("source")
@click.option(
    "--since", default="3d", show_default=True, callback=_since, metavar="TIME", help="How long ago, or a time."
)
@click.option("--url", help=f"The router's address; ROUTER_URL, or {DEFAULT_URL}, when left out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.pass_context
def replay(context: click.Context, source: str, since: datetime, url: str | None, *, as_json: bool) -> None:
    """Have what SOURCE sent and the router missed processed.

    The source is asked, with the token of its setting, for what it has sent since then and what did not arrive; each
    is signed as the source signs and posted to the running router. What is known there already is a duplicate, so
    this may be repeated, and broken off at any time.
    """
    settings = read_settings(os.environ)
    known = setup(settings, policy_for(settings))
    sender = _called(source, configured(known))
    token = replay_token(sender, settings)
    if not token:
        needs = f"set {' or '.join(sender.tokens)}; docs/sources/{sender.name}.md says which right it needs"
        raise click.ClickException(f"nothing to ask {sender.name} with: {needs}")
    hook = Hook(sender, address_of(url, settings), secret_of(sender, settings))
    course = Course(sender.name, since, quiet=as_json)
    try:
        course.follow(missed(sender, token, known, since, datetime.now(UTC)), hook)
    finally:
        for line in [json.dumps(course.document(), indent=2)] if as_json else course.told():
            click.echo(line)
    context.exit(1 if course.results[REFUSED] else 0)


def _called(name: str, known: Mapping[str, Source]) -> Source:
    askable = {one.name: one for one in known.values() if one.replay}
    if name not in askable:
        raise click.UsageError(f"{name} can't be asked for what was missed; these can: {', '.join(sorted(askable))}")
    return askable[name]


@dataclass(frozen=True, slots=True)
class Hook:
    """The hook of a source at a running router."""

    source: Source
    address: str
    secret: str

    def post(self, one: Missed) -> Answer:
        """Send a delivery as the source would. Raises ClickException."""
        headers = self.source.sign(one.headers, one.body, self.secret, datetime.now(UTC))
        return post(f"{self.address}/hooks/{self.source.name}", one.body, {**headers, REPLAYED: "1"})


@dataclass
class Course:
    """How far it has come; progress goes to standard error, unless `quiet`."""

    source: str
    since: datetime
    quiet: bool
    results: Counter[str] = field(default_factory=Counter)
    cases: list[str] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    complete: bool = False

    @property
    def found(self) -> int:
        """How many deliveries were missed."""
        return sum(self.results.values())

    def follow(self, given: Iterable[Missed | str], hook: Hook) -> None:
        """Post one after the other. Raises SourceError, ClickException."""
        self._say(f"asking {self.source} for what was missed since {moment(self.since)}")
        for one in given:
            if isinstance(one, str):
                self.sentences.append(plain(one))
            else:
                self._note(one, hook.post(one), hook.address)
        self.complete = True

    def _note(self, one: Missed, answer: Answer, address: str) -> None:
        if answer.status in ITS_OWN_FAULT:
            click.echo(f"{moment(one.at)}: {refusal(answer, address)}", err=True)
        elif answer.document is None or not answer.accepted:
            raise click.ClickException(refusal(answer, address))
        document = answer.document or {}
        self.results[plain(str(document.get("result", REFUSED)))] += 1
        case = document.get("escalation")
        if case:
            self.cases.append(plain(str(case)))
        if self.found % EVERY == 0:
            self._say(f"{self.found} so far")

    def _say(self, line: str) -> None:
        if not self.quiet:
            click.echo(line, err=True)

    def told(self) -> Iterator[str]:
        """Sum up for people."""
        yield from self.sentences
        ranked = sorted(self.results.items(), key=lambda one: _RANK.get(one[0], len(_RANK)))
        results = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in ranked)
        cases = f" ({', '.join(dict.fromkeys(self.cases))})" if self.cases else ""
        if self.found:
            rest = "" if self.complete else "; broken off there, run it again for the rest"
            yield f"{self.found} missed: {results}{cases}{rest}"
        elif self.complete and not self.sentences:
            yield f"nothing was missed since {moment(self.since)}"

    def document(self) -> dict[str, Any]:
        """Make the JSON document."""
        return {
            "source": self.source,
            "since": rfc3339(self.since),
            "complete": self.complete,
            "found": self.found,
            "results": dict(self.results),
            "escalations": list(dict.fromkeys(self.cases)),
            "told": self.sentences,
        }
