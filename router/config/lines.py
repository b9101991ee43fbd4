"""Where things stand in a TOML file: the line of each key and of each table's header.

`tomllib` keeps no positions, and neither does any light, maintained reader for Python. This is no second parser: it
expects text that `tomllib` has accepted, splits it into statements and looks at their keys only. What stands within a
value (inline tables, lists over several lines) has the line of the key that holds it.
"""

import re
import tomllib
from collections.abc import Iterator

Place = tuple[str | int, ...]

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # may end with two quotes of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|#[^\n]*"
    r"|[\n\[\]{}=,.]"
    r"|[^\s\"'#\[\]{}=,.]+",
    re.DOTALL,
)
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}
_DEEPEST = 8  # no place that a policy file knows lies deeper

Statement = tuple[int, list[str]]


class Lines:
    """The lines of a text's keys and tables."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        self._counts: dict[Place, int] = {}
        table: Place = ()
        for line, pieces in _statements(text):
            if pieces[0] == "[":
                table = self._header(pieces, line)
            else:
                self._record(table, _parts(pieces[: pieces.index("=")]), line)

    def of(self, place: Place) -> int:
        """Line of a place, or of the nearest that holds it; 0 when the file has none."""
        for end in range(len(place), 0, -1):
            if place[:end] in self._lines:
                return self._lines[place[:end]]
        return 0

    def _header(self, pieces: list[str], line: int) -> Place:
        parts = _parts([piece for piece in pieces if piece not in "[]"])
        if pieces[1] != "[":
            return self._record((), parts, line)
        array = (*self._record((), parts[:-1], line), parts[-1])
        self._lines.setdefault(array, line)
        self._counts[array] = self._counts.get(array, -1) + 1
        element = (*array, self._counts[array])
        self._lines[element] = line
        return element

    def _record(self, start: Place, parts: tuple[str, ...], line: int) -> Place:
        """Note the line of each place on the way; within a list of tables the last one is meant."""
        place = start
        for part in parts[:_DEEPEST]:
            place = (*place, part)
            self._lines.setdefault(place, line)
            if place in self._counts:
                place = (*place, self._counts[place])
        return place


def _statements(text: str) -> Iterator[Statement]:
    """Split into headers and key-value pairs, each with the line on which it starts."""
    pieces: list[str] = []
    depth, line, seen, start = 0, 1, 0, 1
    for found in _PIECE.finditer(text):
        piece = found[0]
        line += text.count("\n", seen, found.start())
        seen = found.start()
        if piece == "\n" and not depth:
            if pieces:
                yield start, pieces
            pieces = []
        elif piece != "\n" and not piece.startswith("#"):
            start = start if pieces else line
            pieces.append(piece)
            depth += _DEPTH.get(piece, 0)
    if pieces:
        yield start, pieces


def _parts(pieces: list[str]) -> tuple[str, ...]:
    return tuple(_unquoted(piece) for piece in pieces if piece != ".")


def _unquoted(piece: str) -> str:
    if piece[0] not in "\"'":
        return piece
    return str(tomllib.loads(f"key = {piece}")["key"])
