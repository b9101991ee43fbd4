"""What people decided about signals, as examples to learn from: read from the record, and kept nowhere else.

So whatever is erased or dropped from a case is no example any more. What colleagues raised in their own words is none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from router.core.cases import CaseId, Entry, may_see
from router.core.escalations import Esc, Escalation, Heard, Resolution, Word
from router.core.masking import masked
from router.core.people import ROUTER
from router.core.signals import RAISED
from router.core.topics import TopicId, Verdict
from router.ports import Store

_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decided:
    """A signal and its right label, None for not sensitive; title and text are masked.

    `confirmed`: nobody named the label, but somebody claimed or answered the case under it. `verdict` is what the
    router had said of the case.
    """

    source: str
    identity: str
    kind: str
    title: str
    text: str
    label: TopicId | None
    confirmed: bool
    verdict: Verdict
    case: CaseId
    at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What people made of a case: its label, None for not sensitive, and since when; `confirmed` as in Decided."""

    label: TopicId | None
    confirmed: bool
    at: datetime


def decided(store: Store) -> Iterator[Decided]:
    """Yield each signal that has a decision, once: what was said goes before what was confirmed, the latest first."""
    latest: dict[str, Decided] = {}
    for case, ruling in rulings(store, _EVER):
        for one in _examples(case, ruling):
            latest[one.identity] = max(latest.get(one.identity, one), one, key=_weight)
    yield from sorted(latest.values(), key=lambda one: one.at)


def rulings(store: Store, since: datetime) -> Iterator[tuple[Esc, Ruling]]:
    """Yield the cases that people ruled on since then."""
    cases: dict[CaseId, Esc] = {case.id: case for case in (*store.live(), *store.closed()) if _for_all(case)}
    for case in cases.values():
        if case.matter.closed_at is None or case.matter.closed_at >= since:
            ruling = _ruling(case, store.timeline(case.id), cases)
            if ruling and ruling.at >= since:
                yield case, ruling


def raised(case: Esc, heard: Heard) -> bool:
    """Whether a signal is what a colleague put before responders."""
    return heard.identity.startswith(f"{case.matter.source}:{RAISED}:")


def _weight(one: Decided) -> tuple[bool, datetime]:
    return not one.confirmed, one.at


def _for_all(case: Esc) -> bool:
    return isinstance(case.matter, Escalation) and may_see(case.audience, case, None)


def _ruling(case: Esc, timeline: Iterable[Entry], cases: Mapping[CaseId, Esc]) -> Ruling | None:
    matter = case.matter
    if matter.resolution is Resolution.NOT_SENSITIVE and matter.closed_at:
        return Ruling(None, confirmed=False, at=matter.closed_at)
    topic_said_at = _topic_said_at(timeline)
    if matter.duplicate_of and topic_said_at:
        other = cases.get(matter.duplicate_of)
        return Ruling(_label(other), confirmed=False, at=topic_said_at) if other else None
    if matter.topic and topic_said_at:
        return Ruling(matter.topic, confirmed=False, at=topic_said_at)
    if matter.topic and matter.acknowledged_at:
        return Ruling(matter.topic, confirmed=True, at=matter.acknowledged_at)
    return None


def _label(case: Esc) -> TopicId | None:
    return None if case.matter.resolution is Resolution.NOT_SENSITIVE else case.matter.topic


def _topic_said_at(timeline: Iterable[Entry]) -> datetime | None:
    """When a person last named the topic; opening a case again takes back what was said before."""
    at = None
    for entry in timeline:
        if entry.event == Word.REOPEN:
            at = None
        elif entry.event == Word.TOPIC and entry.actor != ROUTER.username:
            at = entry.at
    return at


def _examples(case: Esc, ruling: Ruling) -> Iterator[Decided]:
    """Yield what the ruling is about: every signal that people had before them, or the one that they only took on."""
    for heard in case.matter.signals[: 1 if ruling.confirmed else None]:
        judged = not heard.ceased and not raised(case, heard)  # what it says now is not what people ruled on
        if judged and f"{heard.title}{heard.text}".strip():
            yield Decided(
                source=case.matter.source,
                identity=heard.identity,
                kind=heard.kind,
                title=masked(heard.title),
                text=masked(heard.text),
                label=ruling.label,
                confirmed=ruling.confirmed,
                verdict=case.matter.verdict,
                case=case.id,
                at=ruling.at,
            )
