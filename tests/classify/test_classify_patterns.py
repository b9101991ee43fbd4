import pytest

from router.classify.patterns import PhraseTree, expand
from router.classify.words import split


def _found(phrase, text, **groups):
    tree = PhraseTree()
    for stretches in expand(phrase, groups):
        tree.add(stretches, "found")
    return [text[words[m.first].start : words[m.last - 1].end] for words in [split(text)] for m in tree.find(words)]


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("open source", "an Open-Source app", ["Open-Source"]),
        ("a|b c", "b c and a", ["b c", "a"]),
        ("(red|blue) (big |)fish", "red fish, blue big fish", ["red fish", "blue big fish"]),
        ("telemetr*", "telemetrische telemetry", ["telemetrische", "telemetry"]),
        ("make ... free", "make it all free", ["make it all free"]),
        ("make ... free", "make a b c d e f free", []),
        ("make ... free", "make it. free beer", []),
        ("make ... free", "make free", ["make free"]),
        ("x (a ... b|c) y", "x a z b y x c y", ["x a z b y", "x c y"]),
        ("policy", "policies and policy", ["policies", "policy"]),
        ("seats", "a seat", ["seat"]),
        ("cla", "a declared clause", []),
        ("remote code", "remote\n  code", ["remote\n  code"]),
        ("remote code", "remote\n \ncode", []),
        ("遥测", "关闭遥测吧", ["遥测"]),
        ("company", "the company's company’s", ["company", "company"]),
        ("{animal} food", "cats food", ["cats food"]),
    ],
)
def test_a_phrase_is_found_as_it_is_written(phrase, text, found):
    assert _found(phrase, text, animal="dog|cat") == found


@pytest.mark.parametrize("phrase", ["{unheard} of", "(open", "ab*", "", "a ... ", "...", "*", "a) (b"])
def test_a_faulty_phrase_of_a_shipped_file_is_refused(phrase):
    with pytest.raises(ValueError, match="phrase"):
        expand(phrase, {})


def test_of_two_phrases_with_one_beginning_the_longer_comes_first():
    tree = PhraseTree()
    for phrase in ("licence", "licence header"):
        tree.add(expand(phrase, {})[0], phrase)
    assert [match.marks for match in tree.find(split("licence header"))] == [["licence header"], ["licence"]]
