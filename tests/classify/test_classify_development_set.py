"""Short texts, written for this set, in seven languages: nine topics and what only looks like them."""

import json
from pathlib import Path

from router.core.topics import Routing

ROWS = [json.loads(line) for line in (Path(__file__).parent / "development_set.jsonl").read_text("utf-8").splitlines()]


def _label(classifier, title, body):
    return classifier.classify(title, body).label or "none"


def test_at_least_ninety_seven_of_a_hundred_are_labelled_rightly(classifier):
    wrong = [row for row in ROWS if _label(classifier, *row[1:]) != row[0]]
    assert len(wrong) <= len(ROWS) * 0.03, wrong


def test_nothing_ordinary_is_escalated(classifier):
    escalated = [row for row in ROWS if row[0] == "none" and classifier.classify(*row[1:]).decision == Routing.ESCALATE]
    assert escalated == []


def test_every_topic_is_found_in_many_languages(classifier, nine):
    for topic in nine:
        texts = [row[1:] for row in ROWS if row[0] == topic.id]
        assert len(texts) >= 8
        assert all(classifier.classify(*text).evidence for text in texts)
