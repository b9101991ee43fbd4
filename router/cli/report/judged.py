"""The report on verdicts, for people and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from router.cli.report.columns import columns
from router.core.drift import FEWEST
from router.core.topics import Routing
from router.service.verdicts import BEFORE_DAYS, DECIDED_DAYS, NOW_DAYS, Counts, Judgement, Said, Verdicts, triage_rate
from router.views import DIGITS, NONE

T = TypeVar("T")
_LATELY, _EARLIER = f"in the last {NOW_DAYS} days", f"in the {BEFORE_DAYS} days before"
_ROUTES = (Routing.ESCALATE, Routing.TRIAGE)


def document(found: Verdicts) -> dict[str, Any]:
    """Make the JSON document."""
    return {
        "now": _period(found.now, NOW_DAYS),
        "before": _period(found.before, BEFORE_DAYS),
        "decided": {"days": DECIDED_DAYS, "cases": [_judgement(*item) for item in ranked(found.people)]},
        "drift": _drift(found),
    }


def _period(counts: Counts, days: int) -> dict[str, Any]:
    verdicts = [{**verdict(one), "count": count} for one, count in ranked(counts)]
    return {"days": days, "triage_rate": round(triage_rate(counts), DIGITS), "verdicts": verdicts}


def verdict(one: Said | Judgement) -> dict[str, str]:
    """Make label and decision."""
    return {"label": one.label or NONE, "decision": one.decision}


def _judgement(one: Judgement, count: int) -> dict[str, Any]:
    return {**verdict(one), "decided": one.decided or NONE, "overturned": one.overturned, "count": count}


def _drift(found: Verdicts) -> dict[str, Any] | None:
    if found.drift is None:
        return None
    return {
        "distance": round(found.drift.distance, DIGITS),
        "noticeable": found.drift.noticeable,
        "most_moved": verdict(found.drift.most_moved),
        "before": round(found.drift.before, DIGITS),
        "now": round(found.drift.now, DIGITS),
    }


def told(found: Verdicts) -> Iterator[str]:
    """Lay it out for people, line by line."""
    if not found.now and not found.before:
        yield "no verdicts yet"
        return
    periods = ("", "", f"last {NOW_DAYS} days", "", f"{BEFORE_DAYS} days before")
    header = ("TOPIC", "ESCALATED", "TRIAGE", "ESCALATED", "TRIAGE")
    yield from columns((periods, header), list(_rows(found)))
    yield ""
    for counts, when in ((found.now, _LATELY), (found.before, _EARLIER)):
        yield f"{sum(counts.values()):,} verdicts {when}, {triage_rate(counts):.1%} of them triage"
    yield from _decided(found.people)
    yield _drifting(found)


def _rows(found: Verdicts) -> Iterator[Sequence[str]]:
    periods = (found.now, found.before)
    topics = {one.label for counts in periods for one in counts if one.label}
    for topic in sorted(topics):
        yield topic, *(f"{counts.get(Said(topic, route), 0):,}" for counts in periods for route in _ROUTES)
    plain = [f"{counts.get(Said(None, Routing.NONE), 0):,}" for counts in periods]
    unsure = [counts.get(Said(None, Routing.TRIAGE), 0) for counts in periods]
    if any(unsure):
        yield "perhaps not sensitive", "", f"{unsure[0]:,}", "", f"{unsure[1]:,}"
    yield "not sensitive", plain[0], "", plain[1], ""


def _decided(people: Mapping[Judgement, int]) -> Iterator[str]:
    """Say what people made of cases, by what the router had said of them."""
    sure = {one: count for one, count in people.items() if one.decision is Routing.ESCALATE}
    wrong = {one: count for one, count in sure.items() if one.overturned}
    yield (
        f"escalations that people decided on in the last {DECIDED_DAYS} days: {sum(sure.values()):,}, "
        f"overturned {sum(wrong.values()):,}"
    )
    for one, count in ranked(wrong):
        yield f"  {one.label or NONE} was {one.decided or 'not sensitive'}: {count:,}"
    unsure = {one: count for one, count in people.items() if one.decision is Routing.TRIAGE}
    likeliest = sum(count for one, count in unsure.items() if one.decided is not None and one.decided == one.label)
    ordinary = sum(count for one, count in unsure.items() if one.decided is None)
    other = sum(unsure.values()) - likeliest - ordinary
    yield (
        f"uncertain ones that people decided: {sum(unsure.values()):,}, not sensitive {ordinary:,}, "
        f"the likeliest topic {likeliest:,}, another topic {other:,}"
    )


def _drifting(found: Verdicts) -> str:
    if found.drift is None:
        return f"drift: not known, as it takes {FEWEST} verdicts {_LATELY} and {_EARLIER}"
    much = "noticeable" if found.drift.noticeable else "none to speak of"
    return (
        f"drift: {much}, {found.drift.distance:.2f} of 1; most moved is {in_words(found.drift.most_moved)}: "
        f"{found.drift.before:.1%} before, {found.drift.now:.1%} now"
    )


def in_words(one: Said) -> str:
    """Say a verdict to people."""
    if one.label:
        return f"{one.label}, {one.decision}"
    return "perhaps not sensitive, triage" if one.decision is Routing.TRIAGE else "not sensitive"


def ranked(counts: Mapping[T, int]) -> list[tuple[T, int]]:
    """Order counts, the most first."""
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
