"""What `explain` found, laid out for people at a terminal, and as JSON."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import click

from router.cli.plain import away_from, moment, plain, readable
from router.core.deadlines import length
from router.core.escalations import Esc
from router.core.people import PersonId
from router.core.policy import Policy
from router.ports import Reach, Rendered, RootView
from router.rendering import TemplateRenderer
from router.resources import data_folder
from router.service.explaining import Explanation, Foreseen
from router.service.receiving import Result
from router.views import escalation_json, rfc3339, verdict_json

WIDTH = 12
NOTHING = "nothing in it is a signal: only what people say is, not what they delete or move, other events, or bots"


def told(found: Sequence[Explanation], policy: Policy, now: datetime) -> Iterator[str]:
    """Lay out every signal, one below the other."""
    if not found:
        yield NOTHING
    for number, one in enumerate(found):
        if number:
            yield ""
        yield from _told(one, policy, now)


def _told(one: Explanation, policy: Policy, now: datetime) -> Iterator[str]:
    signal = one.signal
    yield click.style(plain(signal.title or signal.headline, 100) or "(no title)", bold=True)
    said_by = f"{plain(signal.kind) or 'said'} by {plain(signal.author or 'somebody')}"
    yield f"{said_by}, {plain(signal.url)}" if signal.url else said_by
    yield ""
    for label, text in _facts(one, policy):
        if text:
            yield f"  {label:<{WIDTH}}{text}"
    if one.case is None:
        return
    triage = one.result is Result.TRIAGE
    yield from _ahead(f"If nobody {'decides' if triage else 'claims'} it", one.unclaimed, now)
    owner = policy.name(one.case.owner) if one.case.owner else ""
    yield from _ahead(f"If {plain(owner)} claims it at once, and does not answer", one.unanswered, now)
    post = _post(one.case, policy)
    yield from ("", click.style("The post", bold=True))
    yield from (f"  {readable(line)}".rstrip() for line in post.message.splitlines() if line.strip())
    yield f"  {' '.join(f'[{button.label}]' for button in post.buttons)}"


def _why_ignored(one: Explanation) -> str:
    if one.colleague:
        return f"these are the words of a colleague, {plain(one.colleague.name)}"
    if one.signal.labelled:
        return f"no topic has the label {plain(', '.join(one.signal.labels))}"
    return f"these are the words of a member of {plain(one.signal.member_of)}"


def _facts(one: Explanation, policy: Policy) -> Iterator[tuple[str, str]]:
    """Pair labels with what is to be said; nothing to say is an empty text."""
    if one.result is Result.IGNORED:
        yield "result", f"ignored: {_why_ignored(one)}"
        return
    verdict, terms = one.verdict, policy.recognition
    label = policy.topics[verdict.label].title if verdict.label else "not sensitive"
    words = {Result.ESCALATED: f"escalated: {label}", Result.TRIAGE: f"triage: perhaps {label}"}
    yield "result", f"{plain(words.get(one.result, label))}, {verdict.chance}"
    yield "because of", ", ".join(f'"{plain(quote)}"' for quote in verdict.evidence)
    others = [policy.topics[topic].title for topic in verdict.candidates if topic != verdict.label]
    yield "or rather", plain(" or ".join(others))
    if one.result is Result.TRIAGE and terms.second_opinion:
        yield "not asked", plain(f"{terms.second_opinion.model}, whose second opinion may escalate it")
    yield "thresholds", f"escalated from {terms.escalate_from:.0%} on, triage from {terms.triage_from:.0%} on"
    if one.case is None:
        return
    yield "channel", plain(one.channel)
    yield "owner", _names([one.case.owner], policy) if one.case.owner else _without_owner(one.case, policy)
    yield "mentioned", plain(" ".join(f"@{policy.username(person)}" for person in one.mentioned)) or "nobody"
    if one.result is Result.ESCALATED:
        yield "may answer", _names(one.case.terms.approved, policy) or "nobody yet"
        yield "looped in", _names(one.case.terms.loop_in, policy) or "nobody"
    yield "vacant", plain(", ".join(one.vacant))
    yield "away", _names(one.away, policy)


def _without_owner(case: Esc, policy: Policy) -> str:
    return f"nobody is present; told at once: {_names(case.terms.backstop, policy)}"


def _names(people: Iterable[PersonId], policy: Policy) -> str:
    return ", ".join(plain(policy.name(one)) for one in people)


def _ahead(heading: str, steps: Sequence[Foreseen], now: datetime) -> Iterator[str]:
    if not steps:
        return
    yield from ("", click.style(heading, bold=True))
    distances = [away_from(step.at, now) for step in steps]
    for step, distance in zip(steps, distances, strict=True):
        again = f", and again every {length(step.again)}" if step.again else ""
        yield f"  {moment(step.at)}  {distance:<{max(map(len, distances))}}  {plain(step.reason)}{again}"


def _post(case: Esc, policy: Policy) -> Rendered:
    return TemplateRenderer(data_folder() / "templates").root(case, RootView(Reach(policy)))


def documents(found: Sequence[Explanation], policy: Policy) -> list[dict[str, Any]]:
    """Make a JSON object of each signal; what nobody would be told of has no `escalation`."""
    return [_document(one, policy) for one in found]


def _document(one: Explanation, policy: Policy) -> dict[str, Any]:
    signal, terms = one.signal, policy.recognition
    made: dict[str, Any] = {
        "source": signal.source,
        "kind": signal.kind,
        "thread": signal.thread,
        "url": signal.url,
        "author": signal.author,
        "title": signal.title,
        "result": one.result,
        "colleague": policy.username(one.colleague.id) if one.colleague else None,
        "verdict": {**verdict_json(one.verdict), "candidates": list(one.verdict.candidates)},
        "thresholds": {"escalate_from": round(terms.escalate_from, 4), "triage_from": round(terms.triage_from, 4)},
        "escalation": None,
    }
    if one.case is None:
        return made
    post = _post(one.case, policy)
    return made | {
        "escalation": escalation_json(one.case, policy, None) | {"id": None},
        "channel": one.channel,
        "mentioned": [policy.username(person) for person in one.mentioned],
        "vacant": list(one.vacant),
        "away": [policy.username(person) for person in one.away],
        "if_unclaimed": [_step(step) for step in one.unclaimed],
        "if_claimed_and_unanswered": [_step(step) for step in one.unanswered],
        "post": {"message": post.message, "buttons": [button.label for button in post.buttons]},
    }


def _step(step: Foreseen) -> dict[str, Any]:
    return {
        "at": rfc3339(step.at),
        "does": step.reason,
        "again_after_seconds": int(step.again.total_seconds()) if step.again else None,
    }
