"""What a model sees of a signal: its distinct words, how they follow one another, their letters, its title, its kind.

A text is four sets of units, its fields: words ("word", and ":issue" for the kind); neighbouring words ("a b", of
Chinese and Japanese, whose words are characters, three as well); words by their letters ("#word"), three to five at a
time; and the title's words by their letters ("^word"). A unit always has the same features, so whatever is reckoned of
it can be remembered, and a field is a sum over its units, over its length.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from router.classify.reading import Passage
from router.classify.words import LONGEST_WORD, STOP, fold

_FEWEST_LETTERS, _MOST_LETTERS = 3, 5
_CJK_FROM = "\u3005"
LETTERS, TITLE = "#", "^"
_BY_LETTERS = (LETTERS, TITLE)

Units = dict[str, float]
Fields = tuple[Units, Units, Units, Units]


class Sentence(NamedTuple):
    """Words of a passage as they are compared, the first of them by its place among the words of `cut`."""

    passage: Passage
    first: int
    words: Sequence[str]


def sentences(passages: Iterable[Passage]) -> list[Sentence]:
    """Divide passages at the ends of sentences."""
    found = []
    for passage in passages:
        words = [*map(_folded, passage.words), STOP]
        first = 0
        while first < len(words):
            end = words.index(STOP, first)
            if end > first:
                found.append(Sentence(passage, first, words[first:end]))
            first = end + 1
    return found


def fields(text: Iterable[Sentence], kind: str) -> Fields:
    """Give the units of a text by field, each once, with the weight of the loudest passage that has it."""
    words: Units = {}
    pairs: Units = {}
    title: Units = {}
    for sentence in sorted(text, key=_loudness):
        words.update(dict.fromkeys(sentence.words, sentence.passage.weight))
        pairs.update(dict.fromkeys(_neighbours(sentence.words), sentence.passage.weight))
        if sentence.passage.title:
            title.update(dict.fromkeys([TITLE + word for word in sentence.words], 1.0))
    letters = {LETTERS + word: weight for word, weight in words.items()}
    if kind:
        words[f":{kind}"] = 1.0
    return words, pairs, letters, title


def _loudness(sentence: Sentence) -> float:
    return sentence.passage.weight


def _neighbours(words: Sequence[str]) -> list[str]:
    found = list(map(" ".join, pairwise(words)))
    if max(words) >= _CJK_FROM:
        found += map(" ".join, zip(words, words[1:], words[2:], strict=False))
    return found


def _folded(word: str) -> str:
    return _remembered(word) if len(word) <= LONGEST_WORD else fold(word)


_remembered = lru_cache(8192)(fold)


def features(unit: str) -> list[int]:
    """Give the features of a unit as 32-bit numbers, each once and in ascending order."""
    if unit[0] not in _BY_LETTERS:
        return [number(unit)]
    start, word = crc32(f"{unit[0]}/".encode()), f"<{unit[1:]}>"
    grams = {
        word[at : at + size] for size in range(_FEWEST_LETTERS, _MOST_LETTERS + 1) for at in range(len(word) - size + 1)
    }
    return sorted({crc32(gram.encode("utf-8", "surrogatepass"), start) for gram in grams})


def number(unit: str) -> int:
    """Give the only feature of a unit that is taken as a whole."""
    return crc32(unit.encode("utf-8", "surrogatepass"))
