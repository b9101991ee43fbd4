"""Cut text into comparable words that remember where they stand.

Alphabetic words are whole, folded to lower case without accents; Chinese and Japanese have no spaces, so each
character is a word and a phrase is found anywhere in a run. Every step is linear in the text, whatever it holds.
"""

import re
import unicodedata
from itertools import chain
from typing import NamedTuple

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# A possessive 's is passed over; an end of a sentence is kept, because no phrase reaches across it.
_PIECES = re.compile(
    rf"(?<=\w)['\u2019]s\b|(?P<stop>[.!?:](?=\s)|[\u3002\uff01\uff1f]|\n[ \t]{{0,9}}\n)|(?P<word>[{_CJK}]|[^\W{_CJK}]+)"
)
_SOFT_HYPHEN, _MONGOLIAN_SEPARATOR, _ARABIC_MARK, _BYTE_ORDER_MARK = 0xAD, 0x180E, 0x61C, 0xFEFF
_INVISIBLE = dict.fromkeys(
    chain(
        (_SOFT_HYPHEN, _MONGOLIAN_SEPARATOR, _ARABIC_MARK, _BYTE_ORDER_MARK),
        range(0x200B, 0x2010),  # zero width, left-to-right and right-to-left marks
        range(0x202A, 0x202F),  # embeddings and overrides of direction
        range(0x2060, 0x2070),  # word joiner, isolates
        range(0x300, 0x370),  # combining accents that no letter took
        range(0xFE00, 0xFE10),  # variation selectors
    )
)
# Normalising is quadratic in a run of combining marks, so it is done in pieces.
_PIECE = 256
_LONGEST_WORD = 64

STOP = "\n"


class Word(NamedTuple):
    """One folded word, or `STOP`, and its place in the text."""

    folded: str
    start: int
    end: int


def compose(text: str) -> str:
    """Return the text with one spelling per character and nothing invisible in it."""
    if text.isascii():
        return text
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize("NFKC", piece) for piece in pieces).translate(_INVISIBLE)


def fold(word: str) -> str:
    """Return the word as it is compared: lower case, no accents; over-long ones are cut."""
    word = word[:_LONGEST_WORD]
    if word.isascii():
        return word.lower()
    if len(word) == 1:
        return word.casefold()
    return unicodedata.normalize("NFKD", word.casefold()).translate(_INVISIBLE)


def split(text: str) -> list[Word]:
    """Return the words of a composed text in order, with a `STOP` at each end of a sentence."""
    words = []
    for piece in _PIECES.finditer(text):
        if piece.lastgroup == "word":
            words.append(Word(fold(piece[0]), piece.start(), piece.end()))
        elif piece.lastgroup == "stop":
            words.append(Word(STOP, piece.start(), piece.end()))
    return words
