"""Sensitive topics, and the verdict of a classifier about one signal."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, Protocol

TopicId = NewType("TopicId", str)


class Routing(StrEnum):
    """What follows from a verdict."""

    ESCALATE = "escalate"
    TRIAGE = "triage"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a classifier thinks of one signal.

    `label` is None when the signal is not sensitive; in triage it is the likeliest topic. `evidence` holds the phrases
    that decided, as they stand in the text, and who gave a second opinion. `candidates` are other likely topics, most
    likely first; in triage they include the label.
    """

    label: TopicId | None
    decision: Routing
    confidence: float
    evidence: tuple[str, ...]
    candidates: tuple[TopicId, ...] = ()


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
