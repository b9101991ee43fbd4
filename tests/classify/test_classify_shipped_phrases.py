import pytest

from router.classify.rules import shipped_rules


@pytest.fixture(scope="module")
def ids(nine):
    """Return the ids of the nine topics."""
    return [topic.id for topic in nine]


def test_every_shipped_file_loads_and_speaks_for_its_topic(ids):
    rules, _ = shipped_rules(ids)
    for topic in ids:
        assert sum(rule.weight > 0 and topic in rule.topics for rule in rules) > 50


def test_counter_evidence_speaks_against_every_topic_even_a_new_one():
    rules, _ = shipped_rules(["sponsorship"])
    assert {rule.topics for rule in rules if rule.general} == {("sponsorship",)}


def test_no_rule_speaks_of_a_topic_that_was_not_asked_for():
    rules, _ = shipped_rules(["marketing-regulation"])
    assert {name for rule in rules for name in (*rule.topics, *rule.instead_of)} == {"marketing-regulation"}


@pytest.mark.parametrize("kind", ["issue", "comment", "post", "tweet", ""])
def test_only_some_kinds_of_signal_speak_against_a_sensitive_matter(ids, kind):
    _, habits = shipped_rules(ids)
    assert habits.kinds.get(kind, 0.0) == 0.0
