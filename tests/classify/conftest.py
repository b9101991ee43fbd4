"""The nine topics of the shipped model, a classifier of them, and a small model that learnt in a moment."""

from dataclasses import dataclass

import pytest
from teaching import model

from router.classify import classifier_for
from router.classify.model import load
from router.core.recognition import Recognition
from router.core.topics import TopicId


@dataclass(frozen=True, slots=True)
class PlainTopic:
    """As much of a topic as a classifier needs."""

    id: TopicId
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


@pytest.fixture(scope="session")
def topic():
    """Return how to make a topic."""
    return lambda name, phrases=(), examples=(): PlainTopic(TopicId(name), tuple(phrases), tuple(examples))


@pytest.fixture(scope="session")
def nine(topic):
    """Return the topics of the community response policy."""
    return [
        topic("privacy-telemetry"),
        topic("product-regulation"),
        topic("licensing"),
        topic("packaging"),
        topic("workplace-policy"),
        topic("security-vulnerability"),
        topic("illicit-use"),
        topic("marketing-regulation"),
        topic("government-request"),
    ]


@pytest.fixture(scope="session")
def make():
    """Return how to make a classifier of topics, with the shipped model."""
    return lambda topics, **given: classifier_for(topics, Recognition(**given))


@pytest.fixture(scope="session")
def classifier(make, nine):
    """Return a classifier of the nine topics."""
    return make(nine)


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """Return a model that learnt three labels from a few texts."""
    return load(model(tmp_path_factory.mktemp("models")))
