"""Whatever a text holds, work grows with its length and no faster, and the verdict stays well formed."""

import sys

import pytest

from router.core.topics import Routing

SHAPES = {
    "letters": "a",
    "spaces": " ",
    "lines": "\n",
    "nul": "\x00",
    "lone surrogates": "\ud800",
    "right to left": "\u202e\u200f",
    "zero width": "\u200b",
    "combining marks": "\u0301\u0327",
    "letters with marks": "e\u0301",
    "ligatures that expand": "\ufdfa",
    "folds that expand": "İßŉ",
    "open brackets": "([{<",
    "open tags": "<a",
    "backticks": "`",
    "unclosed comments": "<!--",
    "fences": "```\n",
    "quotes": "> ",
    "checkboxes": "- [ ] a\n",
    "log lines": "2024-01-01T10:00:00Z a\n",
    "links": "https://",
    "sentences": ". ",
    "gaps that never close": "make make use send sell track ",
    "phrases": "gdpr newsletter subpoena ",
    "chinese": "漏洞",
    "japanese": "テレメトリ",
    "words never seen": " ".join(f"w{number:x}y" for number in range(10_000)),
    "beginnings of phrases": "can you make the company's policy (free) ",
}
LONGEST = 65_536


def _calls(classifier, text):
    """Count the calls, Python's and C's, that one classification takes."""
    count = 0

    def note(frame, event, arg):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        classifier.classify("", text)
    finally:
        sys.setprofile(before)
    return count


def _of_length(shape, length):
    return (shape * (length // len(shape) + 1))[:length]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_the_text_is_at_most_about_twice_the_work(classifier, shape):
    once, twice = (_calls(classifier, _of_length(shape, length)) for length in (4_096, 8_192))
    assert twice <= 2.2 * once + 200


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_the_longest_hostile_text_gets_a_well_formed_verdict(classifier, shape):
    text = _of_length(shape, LONGEST)
    verdict = classifier.classify(text, text)
    assert 0.0 <= verdict.confidence <= 1.0
    assert all(quote.isprintable() and len(quote) <= 80 for quote in verdict.evidence)


def test_text_beyond_the_longest_is_not_read(classifier):
    read, unread = "a " * (LONGEST // 2), "I found a remote code execution vulnerability"
    assert classifier.classify("", read + unread) == classifier.classify("", read)


@pytest.mark.parametrize("word", ["a", "I", "the", "of", "0", "lol", "あ"])
@pytest.mark.parametrize("place", ["title", "body"])
def test_one_word_that_means_nothing_is_not_sensitive_however_often_it_is_said(classifier, word, place):
    for times in (1, 9_000):
        said = {"title": "", "body": "", place: f"{word} " * times}
        assert classifier.classify(**said, kind="issue").decision == Routing.NONE


def test_hostile_characters_do_not_hide_a_phrase(classifier):
    verdict = classifier.classify("", "\ud800\x00 remote\u200b code \u202eexecu\u00adtion \udfff")
    assert verdict == classifier.classify("", "remote code execution")
    assert verdict.evidence == ("remote code execution",)
