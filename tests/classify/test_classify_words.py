import pytest

from router.classify.words import LONGEST_WORD, STOP, cut, places


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Open-Source app_1", ["open", "source", "app_1"]),
        ("One. Two.Three", ["one", STOP, "two", "three"]),
        ("one\n \t\ntwo\nthree", ["one", STOP, "two", "three"]),
        ("a\x1f! b!\x1fc", ["a", STOP, "b", STOP, "c"]),
        ("company's company\u2019s'S it'sy", ["company", "company", "s", "it", "sy"]),
        ("x's's y", ["x", "y"]),
        ("Télé 漏洞。ok", ["tele", "漏", "洞", STOP, "ok"]),
        ("", []),
        (f"{'Ab' * LONGEST_WORD}'s end", [("ab" * LONGEST_WORD)[:LONGEST_WORD], "end"]),
    ],
)
def test_a_text_is_cut_into_words_and_ends_of_sentences(text, words):
    assert cut(text) == words


@pytest.mark.parametrize("text", ["The company's own. Next!", "Ünder 漏洞 l\u2019été\u2019s end\n\nA", "'s 's . \x00"])
def test_each_word_stands_where_it_is_said_to(text):
    stand = [text[start:end] for start, end in places(text)]
    assert [cut(f"{one} ")[0] for one in stand] == cut(text)


@pytest.mark.parametrize("text", ["The co's own. Next: one_two!\n\t\nA\x1c.\x1cb 's x's's y'sy", "?\x85? 1.2"])
def test_a_text_is_cut_alike_whether_or_not_it_holds_other_letters(text):
    assert cut(f"{text} ü") == [*cut(f"{text} "), "ü"]
