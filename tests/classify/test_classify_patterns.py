import pytest

from router.classify.patterns import _MOST_KNOWN, PhraseTree, expand
from router.classify.words import LONGEST_WORD, cut, places


def _tree(*phrases, **groups):
    tree = PhraseTree()
    for phrase in phrases:
        for stretches in expand(phrase, groups):
            tree.add(stretches, phrase)
    return tree


def _found(phrase, text, **groups):
    spans = places(text)
    matches = _tree(phrase, **groups).find(cut(text))
    return [text[spans[match.first][0] : spans[match.last - 1][1]] for match in matches]


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
        ("company policy", "the company's policy", ["company's policy"]),
        ("company s policy", "THE COMPANY'S POLICY", ["COMPANY'S POLICY"]),
        ("behavio(u|)r", "behavior or Behaviour", ["behavior", "Behaviour"]),
        ("(re|un|)do(ing|ne) it", "redoing it, undone it, do it", ["redoing it", "undone it"]),
        (
            "(a |the |)key(s | )lost",
            "the keys lost, a key lost",
            ["the keys lost", "keys lost", "a key lost", "key lost"],
        ),
        ("x (y|) ... z|w q", "x z, w b q, x b w q", ["x z", "x b w q"]),
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
    tree = _tree("licence", "licence header")
    assert [match.marks for match in tree.find(cut("licence header"))] == [("licence header",), ("licence",)]


def test_a_phrase_that_is_added_later_is_found_in_words_seen_before():
    tree = _tree("remote code")
    assert len(tree.find(cut("Remote code"))) == 1
    tree.add(expand("remote", {})[0], "remote")
    assert len(tree.find(cut("Remote code"))) == 2


def test_however_many_words_were_seen_few_are_remembered_and_all_are_found():
    tree = _tree("licence header")
    for batch in range(3):
        words = [f"w{batch}x{number}" for number in range(_MOST_KNOWN)]
        assert [match.first for match in tree.find([*words, "licence", "headers"])] == [_MOST_KNOWN]
        assert len(tree._known) <= _MOST_KNOWN


def test_an_over_long_word_is_found_by_its_beginning():
    assert len(_tree("aaa*").find(cut("a" * 10 * LONGEST_WORD))) == 1
