"""What a post says: its Markdown as it was written, else the text of its HTML.

What others said stands behind `>`, so that nobody takes it for the author's own words.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import accumulate

_LONGEST = 65_536  # characters of HTML that are read: the text of them is longer than anything that is kept
_OTHERS = frozenset({"aside", "blockquote"})
_UNSEEN = frozenset({"script", "style", "template"})
_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "tr", "hr", "details", "summary", "pre", "figure", *_OTHERS})
_BEGINNINGS = {"li": "- ", **{f"h{level}": "# " for level in range(1, 7)}}
_BLANKS = re.compile(r"\s+")
# Forums write `[quote="alice, post:2, topic:7"]…[/quote]`. No pattern looks twice at the same stretch of hostile text.
_QUOTE = re.compile(r"\[quote(?:=[^\[\]\n]*)?\]|(?P<end>\[/quote\])", re.IGNORECASE)
_NOTHING_BUT_IMAGES = re.compile(r"(?:\s|!\[[^\]\n]*\]\([^)\n]*\)|<img\b[^<>\n]*>)*+", re.IGNORECASE)
# Python's parser looks for the end of what ends nowhere again and again, so that counts as text.
_NO_TAG = re.compile(r"""<(?!/?[a-zA-Z](?:[^<>"']|"[^<>"]*"|'[^<>']*')*+>)""")


def said(raw: str | None, cooked: str | None) -> str:
    """Give the text of a post; "" where there is nothing but images."""
    text = _quoting(raw) if raw is not None else text_of(cooked or "")
    return "" if _NOTHING_BUT_IMAGES.fullmatch(text) else text


def _quoting(raw: str) -> str:
    """Write what stands between `[quote]` and `[/quote]` behind `>`; one without the other is text."""
    pieces, at = [], 0
    for start, inner, end, after in _quotations(raw):
        quoted = _QUOTE.sub("", raw[inner:end]).strip()
        pieces += [raw[at:start], *(f"\n> {line}" for line in quoted.splitlines()), "\n"]
        at = after
    return "".join((*pieces, raw[at:])).strip() if pieces else raw


def _quotations(raw: str) -> Iterator[tuple[int, int, int, int]]:
    """Find the outermost pairs: where each begins, where what is quoted begins and ends, and where the pair ends."""
    open_ones, pairs = [], []
    for mark in _QUOTE.finditer(raw):
        if not mark["end"]:
            open_ones.append(mark)
        elif open_ones:
            begun = open_ones.pop()
            pairs.append((begun.start(), begun.end(), mark.start(), mark.end()))
    pairs.sort()
    reached = accumulate((after for *_, after in pairs), max, initial=0)
    return (pair for pair, before in zip(pairs, reached, strict=False) if pair[0] >= before)


def text_of(html: str) -> str:
    """Read HTML as a person does: Markdown-like text, code indented; whatever is damaged is read as far as it goes."""
    reader = _Reader()
    reader.feed(_NO_TAG.sub("&lt;", html[:_LONGEST]))
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._line: list[str] = []
        self._others = self._unseen = self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        elif tag in _BEGINNINGS:
            self._end_line()
            self._line.append(_BEGINNINGS[tag])
        elif tag == "br":
            self._end_line()
        elif tag == "img" and "emoji" in (dict(attrs).get("class") or "").split():
            self._line.append(dict(attrs).get("alt") or "")
        elif tag == "code" and not self._code:
            self._line.append("`")
        self._count(tag, 1)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_paragraph()
        elif tag in _BEGINNINGS:
            self._end_line()
        elif tag == "code" and not self._code:
            self._line.append("`")
        self._count(tag, -1)

    def _count(self, tag: str, step: int) -> None:
        self._others = max(0, self._others + step * (tag in _OTHERS))
        self._unseen = max(0, self._unseen + step * (tag in _UNSEEN))
        self._code = max(0, self._code + step * (tag == "pre"))

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if not self._code:
            self._line.append(_BLANKS.sub(" ", data))
            return
        for number, line in enumerate(data.split("\n")):
            if number:
                self._end_line()
            self._line.append(line)

    def _end_line(self) -> None:
        line = "".join(self._line).rstrip()
        line = line if self._code else line.lstrip()
        if line:
            self._lines.append(("> " if self._others else "") + ("    " if self._code else "") + line)
        self._line = []

    def _end_paragraph(self) -> None:
        self._end_line()
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def text(self) -> str:
        self._end_line()
        return "\n".join(self._lines).strip("\n")
