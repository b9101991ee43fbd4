"""Figures that can be reckoned by hand."""

import pytest

from router.classify.evaluation import Judged, Share, evaluate, operating
from router.classify.texts import Text
from router.core.topics import Routing, TopicId, Verdict

ESCALATE, TRIAGE, LET_GO = Routing.ESCALATE, Routing.TRIAGE, Routing.NONE


def judged(label, answered, decision, **text):
    """Give a text of that label and the verdict on it."""
    topic = None if answered == "none" else TopicId(answered)
    return Judged(Text(label=label, **text), Verdict(topic, decision, 0.9, ("a",)))


SIX = (
    judged("a", "a", ESCALATE, lang="en", kind="issue"),
    judged("a", "b", ESCALATE, lang="en", kind="issue", also=("b",), hard=True),
    judged("b", "none", TRIAGE, lang="de", kind="tweet"),
    judged("b", "none", LET_GO, lang="de", kind="issue"),
    judged("none", "a", ESCALATE, lang="en", kind="issue", hard=True),
    judged("none", "none", LET_GO, lang="en"),
)


def test_of_each_label_precision_and_recall_are_shares_and_f1_is_between_them():
    found = evaluate(SIX).labels
    assert list(found) == ["a", "b", "none"]
    assert (found["a"].texts, found["a"].precision.value, found["a"].recall.value, found["a"].f1.value) == (
        2,
        0.5,
        0.5,
        0.5,
    )
    assert (found["b"].texts, found["b"].precision.value, found["b"].recall.value, found["b"].f1.value) == (2, 0, 0, 0)
    assert (found["none"].precision.whole, found["none"].recall.whole) == (3, 2)
    assert found["none"].f1.value == pytest.approx(2 * (1 / 3 * 1 / 2) / (1 / 3 + 1 / 2))


def test_macro_f1_counts_every_label_alike():
    assert evaluate(SIX).macro_f1.value == pytest.approx((0.5 + 0 + 0.4) / 3)


def test_a_label_that_no_text_has_is_left_out_of_macro_f1():
    found = evaluate([judged("a", "a", ESCALATE), judged("a", "c", ESCALATE)])
    assert found.labels["c"].texts == found.labels["none"].texts == 0
    assert found.macro_f1.value == found.labels["a"].f1.value == pytest.approx(2 / 3)


def test_confusion_counts_by_true_and_answered_label():
    assert dict(evaluate(SIX).confusion) == {
        ("a", "a"): 1,
        ("a", "b"): 1,
        ("b", "none"): 2,
        ("none", "a"): 1,
        ("none", "none"): 1,
    }


def test_what_follows_for_people_is_told_in_shares_and_a_defensible_topic_counts_half():
    assert operating(SIX).escalated == Share(2, 4)
    assert operating(SIX).found == Share(3, 4)
    assert operating(SIX).false_alarms == Share(1, 2)
    assert operating(SIX).needless_triage == Share(0, 2)
    assert operating(SIX).right == Share(1.5, 2)


def test_a_wrong_topic_that_is_not_defensible_counts_nothing():
    assert operating([judged("a", "c", ESCALATE, also=("b",))]).right == Share(0, 1)


def test_a_label_counts_as_answered_whatever_is_done_with_it():
    assert evaluate([judged("a", "a", TRIAGE)]).labels["a"].recall == Share(1, 1)


def test_groups_are_those_of_language_kind_and_hardness():
    found = evaluate(SIX)
    assert {name: share.whole for name, share in found.accuracy.items()} == {
        "hard, none": 1,
        "hard, sensitive": 1,
        "kind ?": 1,
        "kind issue": 4,
        "kind tweet": 1,
        "language de": 2,
        "language en": 4,
        "plain, none": 1,
        "plain, sensitive": 3,
    }
    assert found.accuracy["language en"] == Share(2, 4)
    assert found.groups["language de"] == operating(SIX[2:4])


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (0, 0, 0.0, 1.0)],
)
def test_the_interval_of_a_share_is_wilsons(part, whole, low, high):
    assert Share(part, whole).interval == pytest.approx((low, high), abs=1e-4)


def test_a_share_of_nothing_is_none():
    assert Share(0, 0).value == 0.0


def test_the_interval_of_f1_is_around_it_and_narrower_with_more_texts():
    few, many = evaluate(SIX * 5).macro_f1, evaluate(SIX * 100).macro_f1
    assert few.value == pytest.approx(many.value)
    for one in (few, many):
        assert one.interval[0] < one.value < one.interval[1]
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


def test_without_a_mistake_everything_is_one_and_surely_so():
    found = evaluate([judged("a", "a", ESCALATE), judged("none", "none", LET_GO)] * 20)
    assert (found.macro_f1.value, found.macro_f1.interval) == (1.0, (1.0, 1.0))


def test_equal_verdicts_give_equal_figures():
    assert evaluate(SIX * 7) == evaluate(SIX * 7)


def test_texts_of_one_label_alone_can_be_evaluated():
    assert evaluate([judged("none", "none", LET_GO)]).macro_f1.value == 1.0
    assert evaluate([judged("a", "a", ESCALATE)]).operating.false_alarms == Share(0, 0)
