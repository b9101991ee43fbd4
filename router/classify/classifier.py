"""Weigh what speaks for each topic and against it, and say what follows."""

from collections.abc import Mapping, Sequence
from math import exp

from router.classify.findings import Finding, Findings, plant
from router.classify.reading import read
from router.classify.rules import load
from router.core.topics import Recognisable, Routing, TopicId, Verdict

# A strong phrase (4.0) alone gives 0.74, a likely one (2.0) 0.49, a hint (1.0) 0.28.
_SCALE = 3.0
# How much a topic's score keeps when a combination explains it as another topic.
_EXPLAINED_AWAY = 0.3
# How much confidence a topic loses to another that is just as likely.
_DOUBT = 0.3
# However many signs of an ordinary bug or feature there are, they take no more than this from each topic.
_MOST_AGAINST_ALL = 3.0
# A topic of at least this share of the best one's score is worth naming beside it.
_WORTH_NAMING = 0.5
_MOST_CANDIDATES = 3
_MOST_EVIDENCE = 3
_LONGEST_EVIDENCE = 80


class PhraseClassifier:
    """Recognises sensitive topics by phrases; reads its phrases when made and nothing afterwards."""

    def __init__(self, topics: Sequence[Recognisable], *, escalate_from: float = 0.6, triage_from: float = 0.4) -> None:
        self._rules, self._habits = load(topics)
        self._tree = plant(self._rules)
        self._topics = tuple(topic.id for topic in topics)
        self._escalate_from = escalate_from
        self._triage_from = triage_from

    def classify(self, title: str, body: str, *, source: str = "", kind: str = "") -> Verdict:  # noqa: ARG002
        """Judge one signal; with the label None, confidence is how surely no topic is meant."""
        findings = Findings(self._rules, self._tree).of(read(title, body))
        scores = self._scores(findings, against=self._against(title, kind))
        ranked = sorted((topic for topic in self._topics if scores[topic] > 0), key=lambda topic: -scores[topic])
        if not ranked:
            return Verdict(None, Routing.NONE, 1.0, _evidence(findings, self._topics))
        return self._verdict(ranked, scores, findings)

    def _verdict(
        self, ranked: Sequence[TopicId], scores: Mapping[TopicId, float], findings: Sequence[Finding]
    ) -> Verdict:
        best = ranked[0]
        sensitive = 1.0 - exp(-scores[best] / _SCALE)
        if sensitive < self._triage_from:
            return Verdict(None, Routing.NONE, 1.0 - sensitive, _evidence(findings, (best,)))
        rival = max((scores[topic] for topic in ranked[1:]), default=0.0)
        confidence = sensitive * (1.0 - _DOUBT * (rival / scores[best]) ** 2)
        evidence = _evidence(findings, (best,), only_for=True)
        likely = tuple(t for t in ranked if scores[t] >= _WORTH_NAMING * scores[best])[:_MOST_CANDIDATES]
        if confidence < self._escalate_from:
            return Verdict(best, Routing.TRIAGE, confidence, evidence, likely)
        return Verdict(best, Routing.ESCALATE, confidence, evidence, likely[1:])

    def _against(self, title: str, kind: str) -> float:
        weight = self._habits.kinds.get(kind, 0.0)
        if title.lstrip().casefold().startswith(self._habits.title_starts):
            weight += self._habits.title_weight
        return weight

    def _scores(self, findings: Sequence[Finding], *, against: float) -> dict[TopicId, float]:
        against -= sum(finding.weight for finding in findings if finding.rule.general)
        scores = dict.fromkeys(self._topics, -min(against, _MOST_AGAINST_ALL))
        for finding in findings:
            for topic in () if finding.rule.general else finding.rule.topics:
                scores[topic] += finding.weight
        for topic in {topic for finding in findings for topic in finding.rule.instead_of}:
            scores[topic] *= _EXPLAINED_AWAY
        return scores


def _evidence(findings: Sequence[Finding], topics: Sequence[TopicId], *, only_for: bool = False) -> tuple[str, ...]:
    """Return the words that decided, the loudest first; what spoke for comes before what spoke against."""
    wanted = set(topics)
    about = [f for f in findings if not wanted.isdisjoint(f.rule.topics) and not (only_for and f.weight < 0)]
    about.sort(key=lambda finding: -finding.weight)
    chosen: dict[str, str] = {}
    for text in dict.fromkeys(text for finding in about for text in finding.evidence):
        quoted = _quoted(text)
        folded = quoted.casefold()
        if not any(folded in other for other in chosen):
            for other in [other for other in chosen if other in folded]:
                del chosen[other]
            chosen[folded] = quoted
    telling = sorted(chosen.values(), key=lambda quoted: " " not in quoted)  # a single word tells a reader less
    return tuple(telling[:_MOST_EVIDENCE])


def _quoted(text: str) -> str:
    """Return a stretch of text as it stands, but on one line, short and without control characters."""
    line = text[: 2 * _LONGEST_EVIDENCE]
    if not line.isprintable():
        line = "".join(character if character.isprintable() else " " for character in line)
    return " ".join(line.split())[:_LONGEST_EVIDENCE].rstrip()
