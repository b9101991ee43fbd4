"""Read a signal as a person would: what its author says counts, what was pasted or generated does not.

Code, logs, stack traces, HTML comments and checklists are left out; quotes and headings are mostly somebody else's
words and weigh little; a title says more than a body. Lines are looked at once each, so time is linear.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from router.classify.words import compose, cut

# GitHub's own limit for a body; nothing longer is read.
_MOST_CHARACTERS = 65_536
_LONGEST_TITLE = 2_048

# Quarters, which a model reckons with.
_TITLE, _BODY, _HEADING, _QUOTE = 1.5, 1.0, 0.5, 0.25

_LINE_SHAPES = re.compile(
    r"\s{0,8}(?:"
    r"(?P<fence>```|~~~)"
    r"|(?P<quote>>)"
    r"|(?P<heading>#{1,6}\s)"
    r"|(?P<checkbox>[-*+]\s\[[ xX]\])"
    r"|(?P<log>[\[({\"']{0,3}\d{4}[-/]\d\d[-/]\d\d[T ,]\d\d:|\d\d:\d\d:\d\d[.,\s]|[{\[]\"|[{}\])]+[;,]?\s*$"
    r"|(?:level|time|ts|msg|caller)=|(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE)\b[\s:\]|]"
    r"|\[(?:ERROR|WARN|WARNING|INFO|DEBUG|FATAL|TRACE|error|warn|info|debug)\]"
    r"|Traceback \(most|File \"|at [\w.$<>]{1,80}\s?\(|goroutine \d|Caused by:|panic:|[$]\s|diff --git|@@ )"
    r")"
)
_INDENTED = ("    ", "\t")
# Each alternative is a bounded or a one-class run: no backtracking to speak of.
_NOT_SAID = re.compile(r"`[^`\n]{1,300}`|(?:https?://|www\.)[^\s)>\]]+|</?[a-zA-Z][^<>\n]{0,200}>")


class Passage(NamedTuple):
    """A stretch of text, its words as `cut` gives them, and how much they weigh, 1.0 being the author's own body."""

    text: str
    words: Sequence[str]
    weight: float
    title: bool = False


def read(title: str, body: str) -> list[Passage]:
    """Return the passages of a signal that a reader would take into account, in order."""
    passages = [_passage(title[:_LONGEST_TITLE], _TITLE, title=True)] if title else []
    passages.extend(_passage(text, weight) for text, weight in _paragraphs(body[:_MOST_CHARACTERS]))
    return passages


def _passage(text: str, weight: float, *, title: bool = False) -> Passage:
    said = _NOT_SAID.sub(" ", compose(text)[:_MOST_CHARACTERS])
    return Passage(said, cut(said), weight, title)


def _paragraphs(body: str) -> Iterator[tuple[str, float]]:
    """Join neighbouring lines of one weight, so that a phrase may run over a line's end."""
    lines: list[str] = []
    present = _BODY
    for line, weight in _weighed(_without_comments(body).splitlines()):
        if weight != present and lines:
            yield "\n".join(lines), present
            lines = []
        present = weight
        lines.append(line)
    if lines:
        yield "\n".join(lines), present


def _weighed(lines: list[str]) -> Iterator[tuple[str, float]]:
    shapes = [(match.lastgroup or "") if (match := _LINE_SHAPES.match(line)) else "" for line in lines]
    fenced = _fenced(shapes)
    code_before = True
    for at, (line, shape) in enumerate(zip(lines, shapes, strict=True)):
        indented = code_before and line.startswith(_INDENTED)
        code_before = indented or not line.strip()
        if fenced[at] or shape in {"fence", "checkbox", "log"} or indented:
            continue
        yield line, {"quote": _QUOTE, "heading": _HEADING}.get(shape, _BODY)


def _fenced(shapes: Iterable[str]) -> list[bool]:
    """Tell which lines stand between two fences; one that is never closed hides nothing."""
    fenced: list[bool] = []
    opened_at: int | None = None
    for at, shape in enumerate(shapes):
        fenced.append(False)
        if shape == "fence":
            if opened_at is None:
                opened_at = at
            else:
                fenced[opened_at : at + 1] = [True] * (at + 1 - opened_at)
                opened_at = None
    return fenced


def _without_comments(body: str) -> str:
    kept = []
    at = 0
    while (start := body.find("<!--", at)) >= 0 and (end := body.find("-->", start)) >= 0:
        kept.append(body[at:start])
        at = end + len("-->")
    kept.append(body[at:])
    return "\n".join(kept) if len(kept) > 1 else body
