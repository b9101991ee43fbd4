"""Apply the rules to what was read: which fired, how loudly, and by which words of the text."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from router.classify.patterns import Match, PhraseTree
from router.classify.reading import Passage
from router.classify.rules import Rule


class Mark(NamedTuple):
    """A part of a rule, by their places in the rules and in the rule."""

    rule: int
    part: int


class Quote(NamedTuple):
    """Neighbouring words of a passage, by their places among its words, from `first` up to, not including, `last`."""

    passage: Passage
    first: int
    last: int


class Finding(NamedTuple):
    """A rule that fired: its weight as found, with sign, and the words that made it fire."""

    rule: Rule
    weight: float
    quotes: tuple[Quote, ...]


class _Sighting(NamedTuple):
    at: int
    quote: Quote


def plant(rules: Sequence[Rule]) -> PhraseTree[Mark]:
    """Return the tree of all phrases of all rules."""
    tree: PhraseTree[Mark] = PhraseTree()
    for number, rule in enumerate(rules):
        for part, wordings in enumerate(rule.parts):
            for phrase in wordings:
                tree.add(phrase, Mark(number, part))
    return tree


class Findings:
    """The rules that fired in one signal; made anew for each, so threads share nothing."""

    def __init__(self, rules: Sequence[Rule], tree: PhraseTree[Mark]) -> None:
        self._rules = rules
        self._tree = tree
        self._fired: dict[int, Finding] = {}
        self._sightings: dict[int, dict[int, _Sighting]] = {}
        self._words_before = 0

    def of(self, passages: Iterable[Passage]) -> list[Finding]:
        """Read the passages in order and return every rule that fired, once, at its loudest."""
        for passage in passages:
            if matches := self._tree.find(passage.words):
                self._read(passage, matches)
            self._words_before += len(passage.words)
        return list(self._fired.values())

    def _read(self, passage: Passage, matches: Iterable[Match[Mark]]) -> None:
        """Note the matches; inside a longer phrase a shorter one says nothing by itself."""
        covered = 0
        covering: tuple[int, int] = (0, 0)
        for match in matches:
            span = (match.first, match.last)
            alone = match.last > covered or span == covering
            quote = Quote(passage, match.first, match.last)
            by_itself = False
            for mark in match.marks:
                rule = self._rules[mark.rule]
                if len(rule.parts) > 1:
                    self._see(mark, _Sighting(self._words_before + match.first, quote))
                else:
                    by_itself = True
                    if alone:
                        self._fire(mark.rule, passage.weight, (quote,))
            if alone and by_itself and not match.loose:
                covered, covering = match.last, span

    def _see(self, mark: Mark, sighting: _Sighting) -> None:
        rule = self._rules[mark.rule]
        seen = self._sightings.setdefault(mark.rule, {})
        seen[mark.part] = sighting
        near = [one for one in seen.values() if sighting.at - one.at <= rule.near]
        if len(near) >= rule.need:
            quotes = tuple(one.quote for one in near)
            self._fire(mark.rule, max(quote.passage.weight for quote in quotes), quotes)

    def _fire(self, number: int, loudness: float, quotes: tuple[Quote, ...]) -> None:
        rule = self._rules[number]
        weight = rule.weight * loudness
        before = self._fired.get(number)
        if before is None or abs(weight) > abs(before.weight):
            self._fired[number] = Finding(rule, weight, quotes)
