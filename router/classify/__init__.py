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


def classifier_for(topics: Sequence[Recognisable], recognition: Recognition, *, thorough: bool = True) -> Classifier:
    """Make the classifier of a policy file. Raises BadInput when its model can't be read.

    One that is not `thorough` is for whoever forgets what is not sensitive: it gives no evidence of that.
    """
    model = _model(Path(recognition.model) if recognition.model else SHIPPED)
    return TopicClassifier(model, topics, recognition, thorough=thorough)


@cache
def _model(path: Path) -> Model:
    return load(path)
