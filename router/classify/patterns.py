"""Find many phrases in one pass over words.

A phrase of the shipped files is written with `|` between alternatives, `( )` around them, `word*` for any ending,
`...` for up to five words in between and `{name}` for a named group of words. All phrases share one tree whose
branches are words, so time depends on the text and hardly on how many phrases there are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, product
from typing import Generic, NamedTuple, TypeVar

from router.classify.words import STOP, Word, split

GAP = "..."
_GAP_WORDS = 5
_SHORTEST_PREFIX = 3
_SHORTEST_WITH_PLURAL = 3

Words = Sequence[str]
# What follows one another with a gap in between; each stretch in all its wordings.
Phrase = Sequence[Sequence[Words]]
Mark = TypeVar("Mark")


class Match(NamedTuple, Generic[Mark]):
    """Where a phrase was found: the words from `first` up to, not including, `last`."""

    first: int
    last: int
    marks: Sequence[Mark]
    loose: bool


@dataclass(slots=True)
class _Node(Generic[Mark]):
    branches: dict[str, "_Node[Mark]"] = field(default_factory=dict)
    after_gap: list["_Node[Mark]"] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


class PhraseTree(Generic[Mark]):
    """Phrases with marks; filled once, then only read, by any number of threads."""

    def __init__(self) -> None:
        self._root: _Node[Mark] = _Node()
        self._learnt: dict[str, str] = {}
        self._forms: dict[str, tuple[str, ...]] = {}
        self._prefixes: dict[str, tuple[str, ...]] = {}

    def add(self, phrase: Phrase, mark: Mark) -> None:
        """Let a phrase, as `expand` or `plain` give it, be found with this mark."""
        first, *others = phrase
        ends = [self._plant(self._root, words) for words in first]
        for stretch in others:
            beginning: _Node[Mark] = _Node()
            for end in ends:
                end.after_gap.append(beginning)
            ends = [self._plant(beginning, words) for words in stretch]
        for end in ends:
            if mark not in end.marks:
                end.marks.append(mark)

    def find(self, words: Sequence[Word]) -> Iterator[Match[Mark]]:
        """Yield every phrase in the words, by its beginning, the longest of one beginning first."""
        kinds = [self._kinds(word.folded) for word in words]
        for first, kind in enumerate(kinds):
            if any(branch in self._root.branches for branch in kind):
                yield from sorted(self._from(first, kinds), key=lambda match: -match.last)

    def _from(self, first: int, kinds: Sequence[Sequence[str]]) -> Iterator[Match[Mark]]:
        paths = [(self._root, first, False)]
        while paths:
            node, at, loose = paths.pop()
            if node.marks:
                yield Match(first, at, node.marks, loose)
            if at == len(kinds):
                continue
            paths.extend((node.branches[kind], at + 1, loose) for kind in kinds[at] if kind in node.branches)
            for beginning in node.after_gap:
                paths.extend(_over_gap(beginning, at, kinds))

    def _plant(self, node: _Node[Mark], words: Words) -> _Node[Mark]:
        for word in words:
            branch = self._learnt.get(word) or self._learn(word)
            node = node.branches.get(branch) or node.branches.setdefault(branch, _Node())
        return node

    def _kinds(self, word: str) -> tuple[str, ...]:
        kinds = self._forms.get(word, ())
        for prefix in self._prefixes.get(word[:_SHORTEST_PREFIX], ()):
            if word.startswith(prefix):
                kinds = (*kinds, f"{prefix}*")
        return kinds or ((STOP,) if word == STOP else ())

    def _learn(self, word: str) -> str:
        """Return the branch of a word: its singular, or itself with its `*`; a text may say it in any number."""
        if word.endswith("*"):
            prefix = word[:-1]
            key = prefix[:_SHORTEST_PREFIX]
            self._prefixes[key] = tuple({*self._prefixes.get(key, ()), prefix})
            branch = word
        else:
            branch = _singular(word)
            for form in {word, branch, _plural(branch)}:
                if branch not in self._forms.get(form, ()):
                    self._forms[form] = (*self._forms.get(form, ()), branch)
        self._learnt[word] = branch
        return branch


def _over_gap(node: _Node[Mark], at: int, kinds: Sequence[Words]) -> Iterator[tuple[_Node[Mark], int, bool]]:
    for later in range(at, min(at + _GAP_WORDS + 1, len(kinds))):
        if kinds[later] == (STOP,):
            return
        for kind in kinds[later]:
            if kind in node.branches:
                yield node.branches[kind], later + 1, True


def plain(text: str) -> list[str]:
    """Return the words of a phrase that is written without any syntax."""
    return [word.folded for word in split(text) if word.folded != STOP]


def expand(phrase: str, groups: Mapping[str, str]) -> list[Phrase]:
    """Return what a phrase of the shipped files stands for.

    Raises ValueError for an unknown group, an open bracket or an ending too short to be told apart.
    """
    for name, alternatives in groups.items():
        phrase = phrase.replace(f"{{{name}}}", f"({alternatives})")
    if "{" in phrase or phrase.count("(") != phrase.count(")"):
        raise ValueError(f"phrase {phrase!r}: an unknown group, or a bracket that is not closed")
    stretches = [_ways(stretch) for stretch in _stretches(phrase)]
    if any(GAP in way for ways in stretches for way in ways):
        return [[[_as_words(stretch)] for stretch in way.split(GAP)] for way in _ways(phrase)]
    return [[[_as_words(way) for way in ways] for ways in stretches]]


def _stretches(phrase: str) -> list[str]:
    """Divide a phrase at its gaps, but not at those within brackets."""
    stretches: list[str] = []
    for piece in phrase.split(GAP):
        if stretches and stretches[-1].count("(") > stretches[-1].count(")"):
            stretches[-1] += GAP + piece
        else:
            stretches.append(piece)
    return stretches


def _ways(phrase: str) -> list[str]:
    ways, rest = _alternatives(phrase)
    if rest:
        raise ValueError(f"phrase {phrase!r}: a bracket closes that was not open")
    return ways


def _alternatives(text: str) -> tuple[list[str], str]:
    """Read up to a closing bracket; return the alternatives and what follows the bracket."""
    ways: list[str] = []
    parts: list[list[str]] = []
    while text:
        plain_part = text[: min((at for at in map(text.find, "(|)") if at >= 0), default=len(text))]
        parts.append([plain_part])
        text = text[len(plain_part) :]
        if not text or text[0] == ")":
            break
        if text[0] == "|":
            ways.extend(map("".join, product(*parts)))
            parts, text = [], text[1:]
        else:
            inner, text = _alternatives(text[1:])
            parts.append(inner)
    ways.extend(map("".join, product(*parts)))
    return ways, text[1:]


def _as_words(way: str) -> Words:
    words = tuple(chain.from_iterable(map(_piece, way.split())))
    if not words:
        raise ValueError(f"phrase {way!r}: nothing to look for")
    return words


@lru_cache(4096)
def _piece(piece: str) -> Words:
    words = plain(piece.removesuffix("*"))
    if piece.endswith("*"):
        if not words or len(words[-1]) < _SHORTEST_PREFIX:
            raise ValueError(f"phrase {piece!r}: at least {_SHORTEST_PREFIX} letters before *")
        words[-1] += "*"
    return tuple(words)


def _singular(word: str) -> str:
    if len(word) <= _SHORTEST_WITH_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return f"{word[:-3]}y" if word.endswith("ies") else word[:-1]


def _plural(word: str) -> str:
    if len(word) < _SHORTEST_WITH_PLURAL or not word.isascii():
        return word
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2] not in "aeiou" else f"{word}s"
