import pytest

from router.classify.rules import load


def test_every_shipped_file_loads_and_speaks_for_its_topic(nine):
    rules, _ = load(nine)
    for topic in nine:
        assert sum(rule.weight > 0 and topic.id in rule.topics for rule in rules) > 50


def test_counter_evidence_speaks_against_every_topic_of_the_policy_even_a_new_one(topic):
    rules, _ = load([topic("sponsorship")])
    assert {rule.topics for rule in rules if rule.general} == {("sponsorship",)}


def test_no_rule_speaks_of_a_topic_that_the_policy_lacks(topic):
    rules, _ = load([topic("marketing-regulation")])
    assert {name for rule in rules for name in (*rule.topics, *rule.instead_of)} == {"marketing-regulation"}


@pytest.mark.parametrize("kind", ["issue", "comment", "post", "tweet", ""])
def test_only_some_kinds_of_signal_speak_against_a_sensitive_matter(nine, kind):
    _, habits = load(nine)
    assert habits.kinds.get(kind, 0.0) == 0.0
