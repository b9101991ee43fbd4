"""What stands for a title where there is none: the beginning of the text, short enough for a phone."""

import pytest

from router.core.signals import HEADLINE, first_line


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n  May we\tresell it?\r\nIf so, where?", "May we resell it?"),
        ("a" * HEADLINE, "a" * HEADLINE),
        ("word " * 16 + "word", "word " * 15 + "word…"),
        ("word " * 15 + "words", "word " * 15 + "words"),
        ("word " * 15 + "word, and more", ("word " * 15).strip() + "…"),
        ("語" * 200, "語" * (HEADLINE - 1) + "…"),
        ("so " + "a" * 200, ("so " + "a" * 200)[: HEADLINE - 1] + "…"),
        ("", ""),
    ],
    ids=["its first line", "of full length", "cut", "no longer", "cut in a word", "no words", "long word", "nothing"],
)
def test_a_long_first_line_ends_between_words_where_it_has_some(text, title):
    assert first_line(text) == title
