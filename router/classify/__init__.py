"""Recognise which sensitive topic a public signal is about; what follows from that is decided elsewhere."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from router.classify.classifier import TopicClassifier
from router.classify.model import SHIPPED, Model, load
from router.core.recognition import Recognition
from router.core.topics import Recognisable
from router.ports import Classifier

__all__ = ["classifier_for"]


def classifier_for(topics: Sequence[Recognisable], recognition: Recognition) -> Classifier:
    """Make the classifier of a policy file. Raises BadInput when its model can't be read."""
    return TopicClassifier(_model(Path(recognition.model) if recognition.model else SHIPPED), topics, recognition)


@cache
def _model(path: Path) -> Model:
    return load(path)
