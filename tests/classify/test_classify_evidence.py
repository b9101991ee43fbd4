"""Which words of a text are quoted, when how much each of them leans is known."""

from router.classify.evidence import Leanings, evidence
from router.classify.features import sentences
from router.classify.findings import Finding, Quote
from router.classify.reading import read
from router.classify.rules import Rule

TEXT = "The flaky test is new. May we resell the whole server?"


def _quotes(weights, findings=(), text=TEXT, telling=None):
    leanings = Leanings(weights, weights if telling is None else telling)
    return evidence(sentences(read("", text)), leanings, findings, "licensing")


def _found(first, last, weight=4.0, topics=("licensing",)):
    (passage,) = read("", TEXT)
    return Finding(Rule(topics, weight, ()), weight, (Quote(passage, first, last),))


def test_what_leans_most_is_quoted_with_the_neighbours_that_lean_the_same_way():
    assert _quotes({"resell": 1.0, "we": 0.1, "the": 0.2, "whole": -0.1, "server": 0.3}) == ("we resell the",)


def test_a_stretch_does_not_reach_over_the_end_of_a_sentence():
    assert _quotes({"may": 1.0, "new": 0.9, "is": 0.1}) == ("is new", "May")


def test_what_leans_against_the_verdict_is_not_quoted():
    assert _quotes({"resell": 1.0, "flaky": -2.0}) == ("resell",)


def test_what_says_nothing_alone_is_quoted_only_beside_what_does():
    assert _quotes({"resell": 0.5, "we": 1.0, "is": 1.0}, telling=["resell"]) == ("we resell",)


def test_what_moved_little_beside_the_rest_is_not_quoted():
    assert _quotes({"resell": 1.0, "flaky": 0.39}) == ("resell",)


def test_a_pair_of_words_is_quoted_where_its_words_stand_together():
    assert _quotes({"the whole": 1.0}) == ("the whole",)


def test_a_phrase_of_the_topic_comes_before_what_a_model_was_moved_by():
    assert _quotes({"flaky": 1.0}, [_found(6, 9)]) == ("May we resell", "flaky")


def test_several_words_tell_more_than_one_and_come_first():
    assert _quotes({"flaky": 1.0, "the whole": 0.5}) == ("the whole", "flaky")


def test_of_phrases_the_loudest_comes_first_and_those_of_another_topic_or_against_are_none():
    findings = [_found(8, 9, 1.0), _found(6, 7), _found(1, 2, topics=("packaging",)), _found(2, 3, -4.0)]
    assert _quotes({}, findings) == ("May", "resell")


def test_where_nothing_leans_the_text_itself_is_quoted():
    assert _quotes({}) == (TEXT,)
    assert _quotes({}, text="") == ()


def test_there_are_at_most_three_quotes_and_none_in_another():
    leanings = dict.fromkeys(("flaky", "new", "may", "resell", "server"), 1.0)
    assert len(_quotes(leanings)) == 3
    assert _quotes({"whole": 1.0}, [_found(8, 12)]) == ("resell the whole server",)


def test_quotes_that_overlap_are_one():
    leanings = {"may": 1.0, "server": 0.9, "we": 0.1, "resell": 0.1, "the": 0.1, "whole": 0.1}
    assert _quotes(leanings, [_found(7, 10)], telling=["may", "server"]) == ("May we resell the whole server",)


def test_a_long_quote_is_cut_to_one_short_line():
    text = "\n".join(["word"] * 7 + ["x" * 200])
    (quote,) = _quotes({"word": 1.0}, text=text)
    assert quote == "word word word word word word word"
    (quote,) = _quotes({"x" * 64: 1.0}, text=text)
    assert quote.endswith("x")
    assert len(quote) <= 80
