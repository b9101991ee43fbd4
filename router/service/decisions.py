"""What people decided about signals, as examples to learn from: read from the record, and kept nowhere else.

So whatever is erased or dropped from a case is no example any more. What colleagues raised in their own words is none.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from router.core.cases import CaseId, Entry, may_see
from router.core.escalations import Esc, Escalation, Heard, Resolution, Word
from router.core.masking import masked
from router.core.people import ROUTER
from router.core.signals import RAISED
from router.core.topics import TopicId, Verdict
from router.ports import Store


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
class _Ruling:
    """The label of a case, by whom it comes about, and since when."""

    label: TopicId | None
    confirmed: bool
    at: datetime


def decided(store: Store) -> Iterator[Decided]:
    """Yield each signal that has a decision, once: what was said goes before what was confirmed, the latest first."""
    cases: dict[CaseId, Esc] = {case.id: case for case in (*store.live(), *store.closed()) if _may_teach(case)}
    latest: dict[str, Decided] = {}
    for case in cases.values():
        ruling = _ruling(case, store.timeline(case.id), cases)
        for one in _examples(case, ruling) if ruling else ():
            latest[one.identity] = max(latest.get(one.identity, one), one, key=_weight)
    yield from sorted(latest.values(), key=lambda one: one.at)


def _weight(one: Decided) -> tuple[bool, datetime]:
    return not one.confirmed, one.at


def _may_teach(case: Esc) -> bool:
    return isinstance(case.matter, Escalation) and may_see(case.audience, case, None)


def _ruling(case: Esc, timeline: Iterable[Entry], cases: Mapping[CaseId, Esc]) -> _Ruling | None:
    matter = case.matter
    if matter.resolution is Resolution.NOT_SENSITIVE and matter.closed_at:
        return _Ruling(None, confirmed=False, at=matter.closed_at)
    topic_said_at = _topic_said_at(timeline)
    if matter.duplicate_of and topic_said_at:
        other = cases.get(matter.duplicate_of)
        return _Ruling(_label(other), confirmed=False, at=topic_said_at) if other else None
    if matter.topic and topic_said_at:
        return _Ruling(matter.topic, confirmed=False, at=topic_said_at)
    if matter.topic and matter.acknowledged_at:
        return _Ruling(matter.topic, confirmed=True, at=matter.acknowledged_at)
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


def _examples(case: Esc, ruling: _Ruling) -> Iterator[Decided]:
    """Yield what the ruling is about: every signal that people had before them, or the one that they only took on."""
    for heard in case.matter.signals[: 1 if ruling.confirmed else None]:
        if _is_example(heard, case.matter.source):
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


def _is_example(heard: Heard, source: str) -> bool:
    return bool(f"{heard.title}{heard.text}".strip()) and not heard.identity.startswith(f"{source}:{RAISED}:")
