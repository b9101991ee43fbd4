"""The nine topics that phrases are shipped for, and a classifier of them."""

from dataclasses import dataclass

import pytest

from router.classify import PhraseClassifier
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
def classifier(nine):
    """Return a classifier of the nine topics."""
    return PhraseClassifier(nine)
