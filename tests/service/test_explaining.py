"""What is said about a signal that nobody would read: colleagues speak, or the source names the topic."""

import pytest
from core_builders import NOW, changed, policy, signal

from router.cli.explain.telling import told
from router.service.explaining import explain


class Unasked:
    """Judges nothing: no text of these is to be read."""

    def classify(self, title, body, *, source="", kind=""):
        raise AssertionError("a text was read")


def explained(rules, **said):
    found = explain(signal(**said), Unasked(), rules, NOW)
    return str(found.result), "\n".join(told([found], rules, NOW))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"author": "bob"}, "these are the words of a colleague, Bob Birch"),
        ({"author": None, "member_of": "Example-Org"}, "these are the words of a member of Example-Org"),
        ({"labelled": True, "labels": ("question",)}, "no topic has the label question"),
    ],
)
def test_what_is_not_read_is_ignored_for_a_reason(said, why):
    result, text = explained(policy(organisation="example-org"), **said)
    assert (result, f"ignored: {why}" in text) == ("ignored", True)


@pytest.mark.parametrize("author", ["bob", "someone"])
def test_a_label_that_stands_for_a_topic_escalates_whoever_wrote_it(author):
    rules = changed("security", labels=("CVE",))
    assert explained(rules, author=author, labels=("cve",))[0] == "escalated"
