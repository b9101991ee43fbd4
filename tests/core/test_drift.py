"""Whether verdicts are spread as they used to be."""

import random

import pytest

from router.core.drift import FEWEST, drift


def test_the_same_spread_has_no_distance_whatever_the_counts():
    found = drift({"a": 200, "b": 600}, {"a": 50, "b": 150})
    assert found.distance == pytest.approx(0)
    assert not found.noticeable


def test_spreads_with_nothing_in_common_are_one_apart():
    found = drift({"a": 500}, {"b": 500})
    assert found.distance == pytest.approx(1)
    assert found.noticeable
    assert (found.before, found.now) in {(0, 1), (1, 0)}


def test_what_gained_or_lost_most_is_named_with_its_shares():
    found = drift({"none": 900, "licensing": 50, "packaging": 50}, {"none": 450, "licensing": 25, "packaging": 125})
    assert (found.most_moved, found.before) == ("packaging", 0.05)
    assert found.now == pytest.approx(125 / 600)
    assert found.noticeable


def test_twice_as_many_sensitive_signals_are_noticed_among_thousands():
    assert drift({"none": 19_600, "licensing": 400}, {"none": 4_800, "licensing": 200}).noticeable


def test_the_same_shares_are_chance_among_a_hundred():
    assert not drift({"none": 98, "licensing": 2}, {"none": 96, "licensing": 4}).noticeable


@pytest.mark.parametrize("few", [{}, {"none": FEWEST - 1}])
def test_too_few_on_either_side_say_nothing(few):
    enough = {"none": FEWEST}
    assert drift(few, enough) is None
    assert drift(enough, few) is None
    assert drift(enough, enough) is not None


def test_chance_alone_is_hardly_ever_noticed():
    dice, kinds = random.Random(5), [f"topic-{number}" for number in range(18)]

    def month_and_week():
        return tuple(
            {kind: found.count(kind) for kind in kinds} for found in (dice.choices(kinds, k=n) for n in (900, 200))
        )

    assert sum(drift(*month_and_week()).noticeable for _ in range(200)) <= 2
