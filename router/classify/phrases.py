"""What phrases say of a text: signs that a model weighs, and what the policy file's own words find."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from router.classify.findings import Finding, Findings, plant
from router.classify.reading import Passage
from router.classify.rules import own_rules, shipped_rules
from router.core.topics import Recognisable, TopicId

# How much a topic's score keeps when a combination explains it as another topic.
_EXPLAINED_AWAY = 0.3
# However many signs of an ordinary bug or feature there are, they take no more than this from each topic.
_MOST_AGAINST_ALL = 3.0
# A score of this much is as loud as a sign can be.
_LOUDEST_FOR, _LOUDEST_AGAINST = 6.0, 4.0
_LOUDNESS = 0.5


class Said(NamedTuple):
    """What phrases say: `signs` for each topic, and one against all; scores of the policy file's `own` phrases."""

    findings: Sequence[Finding]
    signs: tuple[float, ...]
    own: Mapping[TopicId, float]


class Phrases:
    """The shipped phrases of some topics, and those of a policy file; read when made, and nothing afterwards."""

    def __init__(self, shipped: Sequence[TopicId], topics: Sequence[Recognisable] = ()) -> None:
        self._topics = tuple(shipped)
        rules, self._habits = shipped_rules(self._topics)
        self._rules = [*rules, *(rule for topic in topics for rule in own_rules(topic))]
        self._tree = plant(self._rules)

    def of(self, passages: Sequence[Passage], title: str, kind: str) -> Said:
        """Look for all phrases in the passages of a text."""
        findings = Findings(self._rules, self._tree).of(passages)
        own: dict[TopicId, float] = {}
        for finding in findings:
            for topic in finding.rule.topics if finding.rule.own else ():
                own[topic] = own.get(topic, 0.0) + finding.weight
        return Said(findings, self._signs([one for one in findings if not one.rule.own], title, kind), own)

    def _signs(self, findings: Sequence[Finding], title: str, kind: str) -> tuple[float, ...]:
        general = sum(finding.weight for finding in findings if finding.rule.general)
        against = min(self._form_against(title, kind) - general, _MOST_AGAINST_ALL)
        scores = dict.fromkeys(self._topics, -against)
        for finding in findings:
            for topic in () if finding.rule.general else finding.rule.topics:
                scores[topic] += finding.weight
        for topic in {topic for finding in findings for topic in finding.rule.instead_of}:
            scores[topic] *= _EXPLAINED_AWAY
        signs = [min(max(score, 0.0), _LOUDEST_FOR) / _LOUDEST_FOR for score in scores.values()]
        signs.append(max(general, -_LOUDEST_AGAINST) / _LOUDEST_AGAINST)
        return tuple(sign * _LOUDNESS for sign in signs)

    def _form_against(self, title: str, kind: str) -> float:
        weight = self._habits.kinds.get(kind, 0.0)
        if title.lstrip().casefold().startswith(self._habits.title_starts):
            weight += self._habits.title_weight
        return weight
