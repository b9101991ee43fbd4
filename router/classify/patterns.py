"""Find many phrases in one pass over words.

A phrase of the shipped files is written with `|` between alternatives, `( )` around them, `word*` for any ending,
`...` for up to five words in between and `{name}` for a named group of words. All phrases share one tree whose
branches are words, so time depends on the text and hardly on how many phrases there are.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Generic, NamedTuple, TypeVar

from router.classify.words import STOP, cut

GAP = "..."
_GAP_WORDS = 5
_SHORTEST_PREFIX = 3
_SHORTEST_WITH_PLURAL = 3
# Texts can be full of words that nobody ever wrote before; this many words are remembered, then all are forgotten.
_MOST_KNOWN = 8_192

Words = Sequence[str]
# Parts that follow one another directly, each in all its wordings: whatever takes one wording of each.
Stretch = Sequence[Sequence[Words]]
# Stretches that follow one another with a gap in between.
Phrase = Sequence[Stretch]
# The branches that a word of a text may take, in the tree's spelling.
_Kinds = tuple[str, ...]
Mark = TypeVar("Mark")

_AT_STOP: _Kinds = (STOP,)


class Match(NamedTuple, Generic[Mark]):
    """Where a phrase was found: the words from `first` up to, not including, `last`."""

    first: int
    last: int
    marks: Sequence[Mark]
    loose: bool


class _Node(Generic[Mark]):
    """What was read so far of some phrases; there are very many, so nothing is made before it is needed."""

    __slots__ = ("after_gap", "branches", "marks")

    def __init__(self) -> None:
        self.branches: dict[str, _Node[Mark]] | None = None
        self.after_gap: tuple[_Node[Mark], ...] = ()
        self.marks: tuple[Mark, ...] = ()


# What a word of a text may be, where the phrases go on that begin with it, and their next words; None for those if a
# phrase may be found whatever comes next.
_Known = tuple[_Kinds, Sequence[_Node[Mark]], frozenset[str] | None]


class PhraseTree(Generic[Mark]):
    """Phrases with marks; filled once, then only read, by any number of threads.

    What it knows of the words of texts is remembered: each entry can be worked out again, so threads need no lock.
    """

    def __init__(self) -> None:
        self._root: _Node[Mark] = _Node()
        self._learnt: dict[str, str] = {}
        self._forms: dict[str, _Kinds] = {}
        self._prefixes: dict[str, _Kinds] = {}
        self._known: dict[str, _Known[Mark]] = {}

    def add(self, phrase: Phrase, mark: Mark) -> None:
        """Let a phrase, as `expand` gives it, be found with this mark."""
        self._known = {}
        first, *others = phrase
        ends = self._plant(self._root, first)
        for stretch in others:
            beginning: _Node[Mark] = _Node()
            for end in ends:
                end.after_gap += (beginning,)
            ends = self._plant(beginning, stretch)
        only = (mark,)
        for end in ends:
            if not end.marks:
                end.marks = only
            elif mark not in end.marks:
                end.marks += only

    def find(self, words: Words) -> list[Match[Mark]]:
        """Return every phrase in the words of `cut`, by its beginning, the longest of one beginning first."""
        known = self._known
        seen = [known.get(word) or self._recognise(word) for word in words]
        kinds = [one[0] for one in seen]
        kinds.append(())
        matches: list[Match[Mark]] = []
        for first, (_, starts, leads_to) in enumerate(seen):
            # Most words begin some phrase, but few are followed by one of its next words.
            if leads_to is None or not leads_to.isdisjoint(kinds[first + 1]):
                matches += _from(first, starts, kinds)
        return matches

    def _plant(self, start: _Node[Mark], stretch: Stretch) -> list[_Node[Mark]]:
        """Let the tree have all wordings of a stretch, from here on, and return where they end."""
        ends = [start]
        for part in stretch:
            wordings = dict.fromkeys(tuple(map(self._branch, words)) for words in part)
            ends = list(dict.fromkeys(_grown(end, wording) for wording in wordings for end in ends))
        return ends

    def _recognise(self, word: str) -> "_Known[Mark]":
        """Work out what there is to know of a word, and remember it."""
        kinds = self._kinds(word)
        branches = self._root.branches or {}
        starts = [branches[kind] for kind in kinds if kind in branches]
        ends = any(node.marks or node.after_gap for node in starts)
        leads_to = None if ends else frozenset[str]().union(*(node.branches or () for node in starts))
        if len(self._known) >= _MOST_KNOWN:
            self._known = {}
        known = self._known[word] = kinds, starts, leads_to
        return known

    def _kinds(self, word: str) -> _Kinds:
        if word == STOP:
            return _AT_STOP
        kinds = self._forms.get(word, ())
        for prefix in self._prefixes.get(word[:_SHORTEST_PREFIX], ()):
            if word.startswith(prefix):
                kinds = (*kinds, f"{prefix}*")
        return kinds

    def _branch(self, word: str) -> str:
        """Return the branch of a word: its singular, or itself with its `*`; a text may say it in any number."""
        if known := self._learnt.get(word):
            return known
        if word.endswith("*"):
            prefix = word[:-1]
            key = prefix[:_SHORTEST_PREFIX]
            self._prefixes[key] = (*self._prefixes.get(key, ()), prefix)
            branch = word
        else:
            branch = _singular(word)
            for form in {word, branch, _plural(branch)}:
                if branch not in self._forms.get(form, ()):
                    self._forms[form] = (*self._forms.get(form, ()), branch)
        self._learnt[word] = branch
        return branch


def _grown(node: _Node[Mark], wording: Words) -> _Node[Mark]:
    """Return where the words lead from a node, growing what is missing."""
    for branch in wording:
        if node.branches is None:
            node.branches = {}
        following = node.branches.get(branch)
        if following is None:
            following = node.branches[branch] = _Node()
        node = following
    return node


def _from(first: int, starts: Sequence[_Node[Mark]], kinds: Sequence[_Kinds]) -> list[Match[Mark]]:
    """Follow all phrases that begin with one word to their ends, the longest first."""
    found: list[Match[Mark]] = []
    paths = [(node, first + 1, False) for node in starts]
    while paths:
        node, at, loose = paths.pop()
        if node.marks:
            found.append(Match(first, at, node.marks, loose))
        if branches := node.branches:
            paths.extend([(branches[kind], at + 1, loose) for kind in kinds[at] if kind in branches])
        if node.after_gap:
            paths.extend(_over_gap(node.after_gap, at, kinds))
    if len(found) > 1:
        found.sort(key=_last_first)
    return found


def _over_gap(
    beginnings: Sequence[_Node[Mark]], at: int, kinds: Sequence[_Kinds]
) -> list[tuple[_Node[Mark], int, bool]]:
    """Return the paths that go on within a few words from here, but not in another sentence."""
    reach = kinds[at : at + _GAP_WORDS + 1]
    if _AT_STOP in reach:
        reach = reach[: reach.index(_AT_STOP)]
    words = set(chain.from_iterable(reach))
    return [
        (node.branches[kind], later, True)
        for node in beginnings
        if node.branches and not node.branches.keys().isdisjoint(words)
        for later, alternatives in enumerate(reach, at + 1)
        for kind in alternatives
        if kind in node.branches
    ]


def _last_first(match: Match[Mark]) -> int:
    return -match.last


def plain(text: str) -> Words:
    """Return the words of a phrase that is written without any syntax."""
    return [word for word in cut(text) if word != STOP]


def expand(phrase: str, groups: Mapping[str, str]) -> list[Phrase]:
    """Return what a phrase of the shipped files stands for.

    Raises ValueError for an unknown group, an open bracket or an ending too short to be told apart.
    """
    if "{" in phrase:
        for name, alternatives in groups.items():
            phrase = phrase.replace(f"{{{name}}}", f"({alternatives})")
    if "{" in phrase or phrase.count("(") != phrase.count(")"):
        raise ValueError(f"phrase {phrase!r}: an unknown group, or a bracket that is not closed")
    stretches = [_parts(stretch) for stretch in _stretches(phrase)]
    if any(GAP in way for parts in stretches for part in parts for way in part):
        return [[[[_as_words(stretch)]] for stretch in way.split(GAP)] for way in _ways(phrase)]
    found = list(map(_as_stretch, stretches))
    if any(all(() in part for part in stretch) for stretch in found):
        raise ValueError(f"phrase {phrase!r}: nothing to look for")
    return [found]


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
    return list(map("".join, product(*_parts(phrase))))


def _parts(phrase: str) -> list[list[str]]:
    """Return the parts of a stretch, each in all its ways."""
    sequences, rest = _sequences(phrase)
    if rest:
        raise ValueError(f"phrase {phrase!r}: a bracket closes that was not open")
    return sequences[0] if len(sequences) == 1 else [_joined(sequences)]


def _sequences(text: str) -> tuple[list[list[list[str]]], str]:
    """Read up to a closing bracket; return the parts of each alternative and what follows the bracket."""
    sequences: list[list[list[str]]] = []
    parts: list[list[str]] = []
    while text:
        at = min((at for at in map(text.find, "(|)") if at >= 0), default=len(text))
        if at:
            parts.append([text[:at]])
            text = text[at:]
        if not text or text[0] == ")":
            break
        if text[0] == "|":
            sequences.append(parts)
            parts, text = [], text[1:]
        else:
            inner, text = _sequences(text[1:])
            parts.append(_joined(inner))
    sequences.append(parts)
    return sequences, text[1:]


def _joined(sequences: list[list[list[str]]]) -> list[str]:
    """Return the ways of all alternatives, written out."""
    return [way for parts in sequences for way in map("".join, product(*parts))]


def _as_stretch(parts: Sequence[Sequence[str]]) -> Stretch:
    """Cut the ways of each part into words; parts that meet within a word, in any of their ways, become one."""
    stretch: list[list[Words]] = []
    ways: Sequence[str] = ("",)
    for part in parts:
        if all(way.startswith(" ") for way in part) or all(way.endswith(" ") for way in ways if way):
            stretch.append(list(map(_in_words, ways)))
            ways = part
        else:
            ways = list(map("".join, product(ways, part)))
    stretch.append(list(map(_in_words, ways)))
    return stretch


def _as_words(way: str) -> Words:
    if not (words := _in_words(way)):
        raise ValueError(f"phrase {way!r}: nothing to look for")
    return words


def _in_words(way: str) -> Words:
    pieces = way.split()
    return _piece(pieces[0]) if len(pieces) == 1 else tuple(chain.from_iterable(map(_piece, pieces)))


@lru_cache(4096)
def _piece(piece: str) -> Words:
    words = list(plain(piece.removesuffix("*")))
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
