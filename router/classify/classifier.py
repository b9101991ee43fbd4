"""The classifier: what a model and the policy file's own phrases say of a text, and what follows from that."""

from collections.abc import Mapping, Sequence
from math import exp

from router.classify.evidence import Leanings, evidence
from router.classify.features import fields, sentences
from router.classify.model import Model, Weighed
from router.classify.phrases import Phrases
from router.classify.reading import read
from router.classify.texts import NONE
from router.core.recognition import Recognition
from router.core.topics import SUREST, Recognisable, Routing, TopicId, Verdict

# One phrase or example of the policy file makes its topic 0.86 likely, two make it 0.98.
_OWN_SCALE = 3.0
# A word says something alone when at most three texts in a hundred have it.
_RARE = 4.5
# A topic this likely is worth naming beside the label.
_WORTH_NAMING = 0.15
_MOST_CANDIDATES = 3


class TopicClassifier:
    """Recognises the topics of a policy file; reads nothing after it was made, and is safe to use from many threads.

    One that is not `thorough` quotes nothing of what is not sensitive, and is done with it in two thirds of the time.
    """

    def __init__(
        self, model: Model, topics: Sequence[Recognisable], recognition: Recognition, *, thorough: bool = True
    ) -> None:
        self._model = model
        self._topics = tuple(topic.id for topic in topics)
        self._phrases = Phrases([TopicId(label) for label in model.labels if label != NONE], topics)
        self._escalate_from = recognition.escalate_from
        self._triage_from = recognition.triage_from
        self._thorough = thorough

    def classify(self, title: str, body: str, *, source: str = "", kind: str = "") -> Verdict:  # noqa: ARG002
        """Judge one signal; confidence is the probability of the label."""
        if not self._topics:
            return Verdict(None, Routing.NONE, 1.0, ())
        passages = read(title, body)
        said = self._phrases.of(passages, title, kind)
        text = sentences(passages)
        weighed = self._model.weigh(fields(text, kind), said.signs)
        likely = self._likely(self._model.probabilities(weighed.scores), said.own)
        ranked = sorted(likely, key=lambda topic: -likely[topic])
        best = ranked[0]
        sensitive = min(sum(likely.values()), 1.0)
        decision = self._decision(sensitive)
        named = decision is Routing.ESCALATE or (decision is Routing.TRIAGE and likely[best] >= 1 - sensitive)
        against = decision is Routing.NONE
        quotes: tuple[str, ...] = ()
        if self._thorough or not against:
            findings = () if against else said.findings
            quotes = evidence(text, self._leanings(weighed, best, against=against), findings, best)
        return Verdict(
            label=best if named else None,
            decision=decision,
            confidence=min(likely[best] if named else 1 - sensitive, SUREST),
            evidence=quotes,
            candidates=_candidates(decision, ranked, likely),
        )

    def _decision(self, sensitive: float) -> Routing:
        if sensitive >= self._escalate_from:
            return Routing.ESCALATE
        return Routing.TRIAGE if sensitive >= self._triage_from else Routing.NONE

    def _likely(self, probabilities: Sequence[float], own: Mapping[TopicId, float]) -> dict[TopicId, float]:
        """Give the probability of each topic of the policy file; what its own phrases say takes from all others."""
        known = dict(zip(self._model.labels, probabilities, strict=True))
        likely = {topic: known.get(topic, 0.0) for topic in self._topics}
        for topic, score in own.items():
            sure = 1 - exp(-score / _OWN_SCALE)
            if sure > likely[topic]:
                others = (1 - sure) / (1 - likely[topic])
                likely = {one: sure if one == topic else share * others for one, share in likely.items()}
        return likely

    def _leanings(self, weighed: Weighed, topic: TopicId, *, against: bool) -> Leanings:
        """How much each unit of a text spoke for that topic rather than for none; or against it."""
        labels = self._model.labels
        towards, other = labels.index(topic) if topic in labels else 0, 0
        if against:
            towards, other = other, towards
        (words, pairs, letters, _), rarities = self._model.contributions(weighed, towards, other)
        weights = {word: words[word] + spoke for word, spoke in letters.items()} | pairs
        return Leanings(weights, [unit for unit in weights if rarities[unit] >= _RARE])


def _candidates(decision: Routing, ranked: Sequence[TopicId], likely: Mapping[TopicId, float]) -> tuple[TopicId, ...]:
    """Name the other likely topics; in triage the likeliest, too."""
    others = [topic for topic in ranked[1:_MOST_CANDIDATES] if likely[topic] >= _WORTH_NAMING]
    match decision:
        case Routing.ESCALATE:
            return tuple(others)
        case Routing.TRIAGE:
            return (ranked[0], *others)
        case _:
            return ()
