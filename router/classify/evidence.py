"""The words of a text that decided: what phrases found, and the stretches that a model was moved by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple

from router.classify.features import Sentence
from router.classify.findings import Finding, Quote
from router.classify.words import places
from router.core.topics import TopicId

_MOST = 3
_LONGEST = 80
_MOST_WORDS = 7
# A stretch that moved the model less than this share of what moved it most is not worth telling.
_WORTH_TELLING = 0.4


class Leanings(NamedTuple):
    """How much each word, and each pair of neighbours, speaks for the verdict; and those that say something alone."""

    weights: Mapping[str, float]
    telling: Collection[str]


def evidence(
    text: Sequence[Sentence], leanings: Leanings, findings: Iterable[Finding], about: TopicId
) -> tuple[str, ...]:
    """Quote what decided, at most three times: phrases of that topic first, the loudest first.

    Nothing is quoted only where there is nothing to read.
    """
    found = [one for one in findings if about in one.rule.topics and not one.rule.general and one.weight > 0]
    found.sort(key=lambda finding: -finding.weight)
    quotes = [quote for finding in found[: 2 * _MOST] for quote in finding.quotes]
    weights = leanings.weights
    loudest = nlargest(_MOST, leanings.telling, key=weights.__getitem__)
    enough = _WORTH_TELLING * weights[loudest[0]] if loudest else 0.0
    quotes += [_stretch(text, unit.split(), weights) for unit in loudest if weights[unit] >= enough > 0]
    return _apart(_as_they_stand(_joined(quotes))) or _apart(sentence.passage.text for sentence in text[:1])


def _stretch(text: Iterable[Sentence], unit: Sequence[str], weights: Mapping[str, float]) -> Quote:
    """Find a unit in the text, with the words around it that lean the same way."""
    sentence, first = next(_places_of(text, unit))
    words, last = sentence.words, first + len(unit)
    while last < len(words) and last - first < _MOST_WORDS and weights.get(words[last], 0.0) > 0:
        last += 1
    while first > 0 and last - first < _MOST_WORDS and weights.get(words[first - 1], 0.0) > 0:
        first -= 1
    return Quote(sentence.passage, sentence.first + first, sentence.first + last)


def _places_of(text: Iterable[Sentence], unit: Sequence[str]) -> Iterator[tuple[Sentence, int]]:
    for sentence in text:
        at = -1
        for _ in range(sentence.words.count(unit[0])):
            at = sentence.words.index(unit[0], at + 1)
            if sentence.words[at : at + len(unit)] == unit:
                yield sentence, at


def _joined(quotes: Iterable[Quote]) -> Iterable[Quote]:
    """Make one of quotes that overlap, in the place of the first, unless it gets too long to read."""
    joined: list[Quote] = []
    for quote in quotes:
        for number, (passage, first, last) in enumerate(joined):
            start, end = min(first, quote.first), max(last, quote.last)
            overlap = passage is quote.passage and quote.first < last and first < quote.last
            if overlap and end - start <= 2 * _MOST_WORDS:
                joined[number] = Quote(passage, start, end)
                break
        else:
            joined.append(quote)
    return joined


def _as_they_stand(quotes: Iterable[Quote]) -> Iterator[str]:
    known: dict[str, list[tuple[int, int]]] = {}
    for passage, first, last in quotes:
        spans = known.get(passage.text) or known.setdefault(passage.text, places(passage.text))
        yield passage.text[spans[first][0] : spans[last - 1][1]]


def _apart(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the first of the texts that say something of their own; a single word tells a reader less.

    What stands in a longer text says nothing more.
    """
    chosen: dict[str, str] = {}
    for text in texts:
        quoted = _quoted(text)
        folded = quoted.casefold()
        if quoted and not any(folded in other for other in chosen):
            for other in [other for other in chosen if other in folded]:
                del chosen[other]
            chosen[folded] = quoted
    return tuple(sorted(chosen.values(), key=lambda quoted: quoted.isascii() and " " not in quoted)[:_MOST])


def _quoted(text: str) -> str:
    """Return a stretch of text as it stands, but on one line, short and without control characters."""
    line = text[: 2 * _LONGEST]
    if not line.isprintable():
        line = "".join(character if character.isprintable() else " " for character in line)
    return " ".join(line.split())[:_LONGEST].rstrip()
