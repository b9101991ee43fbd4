"""Recognise which sensitive topic a public signal is about; what follows from that is decided elsewhere."""

from collections.abc import Sequence

from router.classify.classifier import PhraseClassifier
from router.core.recognition import Recognition
from router.core.topics import Recognisable
from router.ports import Classifier

__all__ = ["PhraseClassifier", "classifier_for"]


def classifier_for(topics: Sequence[Recognisable], recognition: Recognition) -> Classifier:
    """Make the classifier of a policy file. The phrases' confidence is no probability, so costs don't apply to it."""
    given = {"escalate_from": recognition.given_escalate_from, "triage_from": recognition.given_triage_from}
    return PhraseClassifier(topics, **{name: value for name, value in given.items() if value is not None})
