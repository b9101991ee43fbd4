"""How good a classifier's verdicts on labelled texts are: pure reckoning, with intervals.

A text's label counts as answered, whatever is done with it. Sensitive is every label but none. A topic of the wrong
name that is among a text's `also` counts half. Intervals hold in 95 of 100 cases: Wilson's for shares, and for F1 those
of resampled texts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from random import Random

from router.classify.texts import NONE, Text
from router.core.topics import Routing, Verdict

_SURE = 1.96
_SAMPLES = 200
_DEFENSIBLE = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled text and its verdict."""

    text: Text
    verdict: Verdict

    @property
    def answered(self) -> str:
        """The label of the verdict."""
        return self.verdict.label or NONE

    @property
    def sensitive(self) -> bool:
        """Whether it is in truth."""
        return self.text.label != NONE

    @property
    def escalated(self) -> bool:
        """Whether responders would be told."""
        return self.verdict.decision is Routing.ESCALATE

    @property
    def in_triage(self) -> bool:
        """Whether a person would be asked."""
        return self.verdict.decision is Routing.TRIAGE

    @property
    def worth(self) -> float:
        """How right the label is: 1, half when it is defensible, else 0."""
        if self.answered == self.text.label:
            return 1.0
        return _DEFENSIBLE if self.answered in self.text.also else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many, and between which shares the true one lies."""

    part: float
    whole: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """By Wilson's score."""
        if not self.whole:
            return 0.0, 1.0
        spread = _SURE * _SURE / self.whole
        middle = (self.value + spread / 2) / (1 + spread)
        half = _SURE * sqrt(self.value * (1 - self.value) / self.whole + spread / self.whole / 4) / (1 + spread)
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure that is no share, and between which it lies."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class OfLabel:
    """How well one label is told."""

    texts: int
    precision: Share
    recall: Share
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Operating:
    """What follows for people. `right` is the share of escalated sensitive texts that went to the right topic."""

    escalated: Share
    found: Share
    false_alarms: Share
    needless_triage: Share
    right: Share


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All of it. `confusion` counts by true and answered label; the groups are those of language, kind and hardness."""

    texts: int
    macro_f1: Estimate
    labels: Mapping[str, OfLabel]
    confusion: Mapping[tuple[str, str], int]
    operating: Operating
    groups: Mapping[str, Operating]
    accuracy: Mapping[str, Share]


def evaluate(judged: Sequence[Judged]) -> Evaluation:
    """Reckon everything of some verdicts; equal ones give equal figures. What no text is about is not in macro F1."""
    labels = sorted({one.text.label for one in judged} | {one.answered for one in judged} - {NONE})
    labels = [label for label in labels if label != NONE] + [NONE]
    confusion = Counter((one.text.label, one.answered) for one in judged)
    shown = [label for label in labels if any(true == label for true, _ in confusion)]
    random = Random(0)  # noqa: S311
    samples = [
        Counter(random.choices(list(confusion), list(confusion.values()), k=len(judged))) for _ in range(_SAMPLES)
    ]
    groups = _groups(judged)
    return Evaluation(
        len(judged),
        _estimate(lambda counts: macro_f1(counts, shown), confusion, samples),
        {label: _of_label(label, confusion, samples) for label in labels},
        confusion,
        operating(judged),
        {name: operating(group) for name, group in groups.items()},
        {
            name: Share(sum(one.answered == one.text.label for one in group), len(group))
            for name, group in groups.items()
        },
    )


def operating(judged: Iterable[Judged]) -> Operating:
    """What follows for people of these verdicts."""
    judged = list(judged)
    sensitive = [one for one in judged if one.sensitive]
    harmless = [one for one in judged if not one.sensitive]
    escalated = [one for one in sensitive if one.escalated]
    return Operating(
        escalated=Share(len(escalated), len(sensitive)),
        found=Share(sum(one.escalated or one.in_triage for one in sensitive), len(sensitive)),
        false_alarms=Share(sum(one.escalated for one in harmless), len(harmless)),
        needless_triage=Share(sum(one.in_triage for one in harmless), len(harmless)),
        right=Share(sum(one.worth for one in escalated), len(escalated)),
    )


def macro_f1(confusion: Mapping[tuple[str, str], int], labels: Sequence[str]) -> float:
    """The mean of the labels' F1: each label counts alike, however many texts it has."""
    return sum(_f1(confusion, label) for label in labels) / len(labels)


def _f1(confusion: Mapping[tuple[str, str], int], label: str) -> float:
    right = confusion.get((label, label), 0)
    either = sum(count * ((true == label) + (answered == label)) for (true, answered), count in confusion.items())
    return 2 * right / either if either else 0.0


def _of_label(
    label: str, confusion: Mapping[tuple[str, str], int], samples: Sequence[Counter[tuple[str, str]]]
) -> OfLabel:
    right = confusion.get((label, label), 0)
    true = sum(count for (one, _), count in confusion.items() if one == label)
    answered = sum(count for (_, one), count in confusion.items() if one == label)
    f1 = _estimate(lambda counts: _f1(counts, label), confusion, samples)
    return OfLabel(true, Share(right, answered), Share(right, true), f1)


def _estimate(
    figure: Callable[[Mapping[tuple[str, str], int]], float],
    confusion: Mapping[tuple[str, str], int],
    samples: Sequence[Mapping[tuple[str, str], int]],
) -> Estimate:
    values = sorted(map(figure, samples))
    return Estimate(figure(confusion), (values[len(values) // 40], values[-1 - len(values) // 40]))


def _groups(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Divide by language, by kind, and into what is hard to tell and what is not, of either sort."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        sort = f"{'hard' if one.text.hard else 'plain'}, {'sensitive' if one.sensitive else NONE}"
        for name in (f"language {one.text.lang or '?'}", f"kind {one.text.kind or '?'}", sort):
            groups.setdefault(name, []).append(one)
    return dict(sorted(groups.items()))
