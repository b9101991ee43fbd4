import pytest

from router.classify.reading import read
from router.core.topics import Routing

SAID = "I found a remote code execution vulnerability"


def _heard(body):
    return " ".join(passage.text for passage in read("", body))


@pytest.mark.parametrize(
    "body",
    [
        f"```\n{SAID}\n```",
        f"~~~\n{SAID}\n~~~",
        f"Look:\n\n    {SAID}\n",
        f"Run `{SAID}` now",
        f"<!-- {SAID} -->",
        f"- [x] {SAID}",
        f"2024-05-01T10:00:00Z {SAID}",
        f"level=error msg={SAID}",
        f"[ERROR] {SAID}",
        f"Traceback (most recent call last): {SAID}",
        "https://example.org/remote-code-execution-vulnerability",
    ],
)
def test_what_was_pasted_or_generated_is_not_heard(body):
    assert "remote" not in _heard(body)


@pytest.mark.parametrize("body", [SAID, f"```\n{SAID}", f"<!-- {SAID}", f"* {SAID}", f"first line\n    {SAID}"])
def test_what_the_author_says_is_heard_even_after_an_unclosed_fence_or_comment(body):
    assert SAID in _heard(body)


def test_text_after_code_is_heard_again():
    assert "after" in _heard("```\ncode\n```\nafter")


def test_title_body_heading_and_quote_weigh_less_in_this_order():
    title, body, heading, quote = read("title", "body\n# heading\n> quote")
    assert title.weight > body.weight > heading.weight > quote.weight > 0


def test_neighbouring_lines_are_one_passage():
    assert [passage.text for passage in read("", "remote code\nexecution")] == ["remote code\nexecution"]


def test_quoted_words_alone_do_not_escalate(classifier):
    quoted = classifier.classify("", f"> {SAID}\n\nThanks, fixed.")
    assert quoted.label is None
    assert classifier.classify("", f"{SAID}\n\nThanks, fixed.").decision is Routing.ESCALATE


def test_what_is_in_a_code_block_does_not_decide(classifier):
    assert classifier.classify("Strange colours", f"```\n{SAID}\n```") == classifier.classify("Strange colours", "")
