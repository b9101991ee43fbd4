"""What a model sees of a signal: its distinct words, how they follow one another, their letters, its title, its kind.

A text is four sets of units, its fields: words ("word", and ":issue" for the kind); neighbouring words ("a b", of
Chinese and Japanese, whose words are characters, three as well); the words by their letters, three to five at a time;
and the title's words by theirs. A unit of a field always has the same features, so whatever is reckoned of it can be
remembered, and a field is a sum over its units, over its length.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain, groupby, pairwise
from typing import NamedTuple
from zlib import crc32

from router.classify.reading import Passage
from router.classify.words import STOP

_FEWEST_LETTERS, _MOST_LETTERS = 3, 5
_CJK_FROM = "\u3005"

# The units of a field, each once, by the weight of the loudest passage that has them.
Units = Mapping[float, Collection[str]]


class Fields(NamedTuple):
    """The units of a text; `letters` and `title` hold words, of which only the letters count."""

    words: Units
    pairs: Units
    letters: Units
    title: Units


# What tells the features of one field by letters from those of the other; the other fields take units as a whole.
MARKS = ("", "", "#", "^")


class Sentence(NamedTuple):
    """Words of a passage as they are compared, the first of them by its place among the words of `cut`."""

    passage: Passage
    first: int
    words: Sequence[str]


def sentences(passages: Iterable[Passage]) -> list[Sentence]:
    """Divide passages at the ends of sentences."""
    found = []
    for passage in passages:
        words = [*passage.words, STOP]
        first = 0
        while first < len(words):
            end = words.index(STOP, first)
            if end > first:
                found.append(Sentence(passage, first, words[first:end]))
            first = end + 1
    return found


def fields(text: Iterable[Sentence], kind: str) -> Fields:
    """Give the units of a text by field."""
    words: dict[float, list[str]] = {}
    pairs: dict[float, list[str]] = {}
    title: dict[str, None] = {}
    heard: set[str] = set()
    for weight, said in groupby(sorted(text, key=_loudness, reverse=True), _loudness):
        sentences = list(said)
        words[weight] = _fresh(chain.from_iterable([one.words for one in sentences]), heard)
        pairs[weight] = _fresh(chain.from_iterable([_neighbours(one.words) for one in sentences]), heard)
        title.update(dict.fromkeys(chain.from_iterable([one.words for one in sentences if one.passage.title])))
    with_kind = words | {1.0: [*words.get(1.0, ()), f":{kind}"]} if kind else words
    return Fields(with_kind, pairs, words, {1.0: title})


def _loudness(sentence: Sentence) -> float:
    return sentence.passage.weight


def _fresh(units: Iterable[str], heard: set[str]) -> list[str]:
    """Give those that were not heard yet, and hear them; a pair is never taken for a word."""
    fresh = [unit for unit in dict.fromkeys(units) if unit not in heard]
    heard.update(fresh)
    return fresh


def _neighbours(words: Sequence[str]) -> list[str]:
    found = list(map(" ".join, pairwise(words)))
    if max(words) >= _CJK_FROM:
        found += map(" ".join, zip(words, words[1:], words[2:], strict=False))
    return found


def features(unit: str, mark: str) -> list[int]:
    """Give the features of a unit as 32-bit numbers, each once and in ascending order."""
    if not mark:
        return [crc32(unit.encode("utf-8", "surrogatepass"))]
    start, word = crc32(f"{mark}/".encode()), f"<{unit}>"
    grams = {
        word[at : at + size] for size in range(_FEWEST_LETTERS, _MOST_LETTERS + 1) for at in range(len(word) - size + 1)
    }
    return sorted({crc32(gram.encode("utf-8", "surrogatepass"), start) for gram in grams})
