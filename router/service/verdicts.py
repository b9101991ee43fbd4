"""What the router said of signals lately, what people made of it, and whether it has changed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from router.core.drift import Drift, drift
from router.core.topics import Routing, TopicId, Verdict
from router.ports import Store
from router.service.decisions import raised, rulings
from router.service.tally import VERDICTS, between, counted

NOW_DAYS = 7
BEFORE_DAYS = 30
DECIDED_DAYS = 30
_NONE = "none"


class Judgement(NamedTuple):
    """What the router said of a case, and what people say: None is not sensitive.

    In triage the label is the likeliest topic, which people find on the first button.
    """

    decision: Routing
    label: TopicId | None
    decided: TopicId | None

    @property
    def overturned(self) -> bool:
        """Whether people say otherwise than the router, which was sure."""
        return self.decision is Routing.ESCALATE and self.decided != self.label


class Said(NamedTuple):
    """A verdict without its text; None is not sensitive."""

    label: TopicId | None
    decision: Routing


Counts = Mapping[Said, int]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts of the last NOW_DAYS and of the BEFORE_DAYS before; what people decided in the last DECIDED_DAYS.

    `drift` is None when there are too few verdicts.
    """

    now: Counts
    before: Counts
    people: Mapping[Judgement, int]
    drift: Drift[Said] | None


def word_of(verdict: Verdict | Said) -> str:
    """The word under which a verdict is counted."""
    return f"{verdict.label or _NONE} {verdict.decision}"


def said(word: str) -> Said:
    """Read such a word."""
    label, decision = word.split()
    return Said(None if label == _NONE else TopicId(label), Routing(decision))


def verdicts(store: Store, today: date) -> Verdicts:
    """Gather all of it from the store."""
    days = counted(store, VERDICTS)
    turn = today - timedelta(days=NOW_DAYS)
    now = between(days, turn + timedelta(days=1), today)
    before = between(days, turn - timedelta(days=BEFORE_DAYS - 1), turn)
    counts = _read(now), _read(before)
    return Verdicts(*counts, _judgements(store, today), drift(before=counts[1], now=counts[0]))


def triage_rate(counts: Counts) -> float:
    """How much of all verdicts is uncertain; 0 when there are none."""
    uncertain = sum(count for one, count in counts.items() if one.decision is Routing.TRIAGE)
    return uncertain / max(1, sum(counts.values()))


def _read(words: Mapping[str, int]) -> Counts:
    return {said(word): count for word, count in words.items()}


def _judgements(store: Store, today: date) -> Mapping[Judgement, int]:
    """Count what people decided of what the router had judged, case by case."""
    since = datetime.combine(today, time(), UTC) - timedelta(days=DECIDED_DAYS - 1)
    judged: Counter[Judgement] = Counter()
    for case, ruling in rulings(store, since):
        if not any(raised(case, first) for first in case.matter.signals[:1]):
            verdict = case.matter.verdict
            likeliest = next(iter(verdict.candidates), None) if verdict.decision is Routing.TRIAGE else None
            judged[Judgement(verdict.decision, likeliest or verdict.label, ruling.label)] += 1
    return judged
