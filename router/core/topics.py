"""Sensitive topics, and the verdict of a classifier about one signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

TopicId = NewType("TopicId", str)

SUREST = 0.9999  # of any guess; 1 is for what the source itself says, or a person


class Routing(StrEnum):
    """What follows from a verdict."""

    ESCALATE = "escalate"
    TRIAGE = "triage"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a classifier thinks of one signal.

    `label` is None when the signal is not sensitive; in triage it is what is likeliest, which None may be, too.
    `confidence` is the probability of the label, 1 where nothing was guessed. `evidence` holds the phrases that
    decided, as they stand in the text, and who gave a second opinion; in triage they speak for the likeliest topic.
    `candidates` are other likely topics, most likely first; in triage they include the likeliest.
    """

    label: TopicId | None
    decision: Routing
    confidence: float
    evidence: tuple[str, ...]
    candidates: tuple[TopicId, ...] = ()

    @property
    def sure(self) -> str:
        """How sure it is, in words, and of what where it has no label."""
        guessed = self.confidence <= SUREST
        return self.chance + (" that it is not sensitive" if guessed and not self.label else "")

    @property
    def chance(self) -> str:
        """How sure it is, as a share that is never the whole."""
        return "not guessed" if self.confidence > SUREST else f"{min(self.confidence, 0.99):.0%} sure"


class Recognisable(Protocol):
    """What a classifier needs to know of a topic."""

    @property
    def id(self) -> TopicId:
        """The topic's id in the policy file."""

    @property
    def phrases(self) -> Sequence[str]:
        """Phrases that speak for the topic."""

    @property
    def examples(self) -> Sequence[str]:
        """Whole texts about the topic."""
