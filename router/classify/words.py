"""Cut text into words, and fold them so that they can be compared.

Alphabetic words are whole, folded to lower case without accents; Chinese and Japanese have no spaces, so each
character is a word and a phrase is found anywhere in a run. Every step is linear in the text, whatever it holds.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain

_CJK = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# An end of a sentence is kept, because no phrase reaches across it; a possessive 's is passed over.
_PIECES = re.compile(
    rf"([.!?:](?=\s)|[\u3002\uff01\uff1f]|\n[ \t]{{0,9}}\n|[{_CJK}]|[^\W{_CJK}]+)(?:(?<=\w)['\u2019]s\b)*"
)
# The same for what most texts are, in half the time.
_ASCII_PIECES = re.compile(r"(\w++|[.!?:](?=[\s\x1c-\x1f])|\n[ \t]{0,9}\n)(?:(?<=\w)'s\b)*+", re.ASCII)
_STOPS = frozenset(".!?:\u3002\uff01\uff1f\n")
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
LONGEST_WORD = 64

STOP = "\n"


def compose(text: str) -> str:
    """Return the text with one spelling per character and nothing invisible in it."""
    if text.isascii():
        return text
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize("NFKC", piece) for piece in pieces).translate(_INVISIBLE)


def cut(text: str) -> list[str]:
    """Return the words of a composed text in order, as they are compared, and `STOP` at each end of a sentence."""
    pieces = _pieces(text).findall(text)
    if max(map(len, pieces), default=0) > LONGEST_WORD:
        pieces = [piece[:LONGEST_WORD] for piece in pieces]
    return list(map(_fold, pieces))


@lru_cache(8192)
def _fold(piece: str) -> str:
    if piece[0] in _STOPS:
        return STOP
    if piece.isascii():
        return piece.lower()
    if len(piece) == 1:
        return piece.casefold()
    return unicodedata.normalize("NFKD", piece.casefold()).translate(_INVISIBLE)


def places(text: str) -> list[tuple[int, int]]:
    """Return where each of the words of `cut` begins and ends in the text."""
    return [piece.span(1) for piece in _pieces(text).finditer(text)]


def _pieces(text: str) -> re.Pattern[str]:
    return _ASCII_PIECES if text.isascii() else _PIECES
