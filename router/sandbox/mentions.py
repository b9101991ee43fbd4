"""Who a text mentions, by the rules observed on a running server.

Scanned are a post's message and each attachment's pretext, text and string field values, every text apart from the
others. Markdown counts only as far as it hides text: closed code spans, code blocks, link targets and titles, URLs,
emoji and reference definitions are not read. An unclosed fence hides the rest of its block, as CommonMark has it.
Nothing else hides a name: escapes, HTML, quotes and headings are read as they stand.
"""

import re
import string
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WORDS = re.compile(r"[\w:.\-@]+")
_TRAILING = ".-_:"
_GROUPS = frozenset({"channel", "all", "here"})
_LINE_END = re.compile(r"\r\n|\r|\n")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}|$)")
_DEFINITION = re.compile(r" {0,3}\[[^\]]+\]:\s*\S+(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?\s*$")
_URL_STARTS = frozenset("hftmgwHFTMGW")
_EMOJI = re.compile(r":[a-z0-9_\-+]+:\B", re.ASCII)
_ASCII_WORD = frozenset(string.ascii_letters + string.digits + "_")
_URL = re.compile(
    r"(?<![a-z0-9])(?:https?|ftp|mailto|tel|gemini)://[^\W_](?:[^\W_]|[.\-])*+(?!_)[^\s<>]*",  # no `_` in a host
    re.IGNORECASE,
)
_WWW = re.compile(r"(?:(?<=[\s*_~)<(>])|^)www\d{0,3}\.[^\s<>]*", re.IGNORECASE)
_TARGET = re.compile(
    r"\(\s*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?\s*\)"
)
_ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_CODE_INDENT = 4
_SCANNED_BYTES = 128 * 1024  # longer texts are not scanned at all


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who is named: lower-case usernames, and whether all members (`everyone`) or those online (`here`) are."""

    usernames: frozenset[str] = frozenset()
    everyone: bool = False
    here: bool = False


def mentions_of(message: str, props: Mapping[str, Any], names: Collection[str]) -> Mentions:
    """Return whom a post mentions; `names` are the lower-case usernames to look for."""
    found = {name for text in scanned_texts(message, props) for name in named_in(text, names)}
    return Mentions(frozenset(found - _GROUPS), bool(found & {"channel", "all"}), "here" in found)


def scanned_texts(message: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts of a post that are read for mentions; titles, footers, authors and buttons are not."""
    yield message
    attachments = props.get("attachments")
    for attachment in attachments if isinstance(attachments, list) else []:
        if isinstance(attachment, dict):
            yield from _texts_of_attachment(attachment)


def _texts_of_attachment(attachment: Mapping[str, Any]) -> Iterator[str]:
    fields = attachment.get("fields")
    values = [item.get("value") for item in fields if isinstance(item, dict)] if isinstance(fields, list) else []
    yield from (text for text in (attachment.get("pretext"), attachment.get("text"), *values) if isinstance(text, str))


def named_in(text: str, names: Collection[str]) -> set[str]:
    """Return which of `names`, or of channel, all and here, one text mentions."""
    if len(text.encode(errors="replace")) > _SCANNED_BYTES:
        return set()
    known = set(names) | _GROUPS
    paragraphs = _paragraphs(_LINE_END.split(text))
    words = (word for paragraph in paragraphs for word in _WORDS.findall(_readable(paragraph)))
    return {name for word in words for name in _named_by(word, known)}


def _named_by(word: str, known: Collection[str]) -> Iterator[str]:
    """Match one word, first whole, then without trailing punctuation, then in pieces, stopping at the first match."""
    if word.startswith(":") and word.endswith(":"):
        return
    whole = word.lstrip(":.-_").lower()
    while whole:
        if whole.startswith("@") and whole[1:] in known:
            yield whole[1:]
            return
        if whole[-1] not in _TRAILING:
            break
        whole = whole[:-1]
    if not word.lstrip(":.-_").startswith("@"):
        pieces = re.split(r"[.\-:]", word.lower())
        yield from (piece[1:] for piece in pieces if piece.startswith("@") and piece[1:] in known)


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Yield the running text of a document, block by block, without code blocks and reference definitions."""
    paragraph: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        inner, after = _block(lines, position, in_paragraph=bool(paragraph))
        if inner is None and line.strip():
            paragraph.append(line)
        else:
            yield "\n".join(paragraph)
            paragraph = []
            yield from _paragraphs(inner or [])
        position = after
    yield "\n".join(paragraph)


def _block(lines: list[str], start: int, *, in_paragraph: bool) -> tuple[list[str] | None, int]:
    """Return the lines inside the block at `start` (none of a code block; None: no block) and where it ends."""
    line = lines[start]
    if fence := _FENCE.match(line):
        return [], _end_of_fence(lines, start + 1, fence[1])
    if _QUOTE.match(line):
        end = _end(lines, start, lambda text: bool(_QUOTE.match(text)))
        return [_QUOTE.sub("", text, count=1) for text in lines[start:end]], end
    if (item := _ITEM.match(line)) and not (in_paragraph and not line[item.end() :].strip()):
        width = item.end()
        end = _end(lines, start + 1, lambda text: not text.strip() or text.startswith(" " * width))
        return [line[width:], *(text[width:] for text in lines[start + 1 : end])], end
    if not in_paragraph and line.strip() and _indented(line):
        return [], start + 1
    if not in_paragraph and _DEFINITION.match(line):
        return [], start + 1
    return None, start + 1


def _indented(line: str) -> bool:
    expanded = line.expandtabs(_CODE_INDENT)
    return len(expanded) - len(expanded.lstrip(" ")) >= _CODE_INDENT


def _end(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    return next((index for index in range(start, len(lines)) if not belongs(lines[index])), len(lines))


def _end_of_fence(lines: list[str], start: int, opening: str) -> int:
    closing = re.compile(rf" {{0,3}}{re.escape(opening[0])}{{{len(opening)},}}\s*$")
    return next((index + 1 for index in range(start, len(lines)) if closing.match(lines[index])), len(lines))


def _readable(paragraph: str) -> str:
    """Blank what is not read: code spans, URLs, emoji and link targets.

    A URL is only recognised while no `[` is open before it, so an unclosed bracket uncovers the names in it. The text
    of a link is read in pieces, cut at every escape, and at every `w` and `:`, as an address might begin there.
    """
    read, position = list(paragraph), 0
    open_brackets: list[int] = []
    while position < len(paragraph):
        if paragraph[position] == "\\" and paragraph[position + 1 : position + 2] in _ESCAPABLE:
            position += 2
        elif hidden := _hidden(paragraph, position, open_brackets):
            if paragraph[position] == "]":
                opened = _close(paragraph, open_brackets)
                read[opened:position] = re.sub(r"[wW:]|(?<=\\)@", " ", "".join(read[opened:position]))
            read[position : position + hidden] = " " * hidden
            position += hidden
        else:
            position += _plain(paragraph, position, open_brackets)
    return "".join(read)


def _hidden(paragraph: str, position: int, open_brackets: list[int]) -> int:
    """Return how many characters at `position` are not read."""
    character = paragraph[position]
    if character == "`":
        return _code_span(paragraph, position)
    if character == "]" and open_brackets and (target := _TARGET.match(paragraph, position + 1)):
        return target.end() - position
    if character == ":" and not (position > 1 and paragraph[position - 1] in _ASCII_WORD):
        emoji = _EMOJI.match(paragraph, position)
        return emoji.end() - position if emoji else 0
    if character in _URL_STARTS and not open_brackets:
        link = _URL.match(paragraph, position) or _WWW.match(paragraph, position)
        return link.end() - position if link else 0
    return 0


def _close(paragraph: str, open_brackets: list[int]) -> int:
    """Close the bracket of a link or image and return where it is; a link has no link around it."""
    opened = open_brackets.pop()
    if not _of_image(paragraph, opened):
        open_brackets[:] = [bracket for bracket in open_brackets if _of_image(paragraph, bracket)]
    return opened


def _of_image(paragraph: str, bracket: int) -> bool:
    return paragraph[bracket - 1 : bracket] == "!"


def _plain(paragraph: str, position: int, open_brackets: list[int]) -> int:
    """Note a bracket that is read as text and return how many characters to step over."""
    character = paragraph[position]
    if character == "[":
        open_brackets.append(position)
    elif character == "]" and open_brackets:
        open_brackets.pop()
    elif character == "`":
        return _backticks(paragraph, position)
    return 1


def _code_span(paragraph: str, position: int) -> int:
    """Return the length of the code span at `position`, 0 when no run of as many back-ticks closes it."""
    run = _backticks(paragraph, position)
    closing = re.compile(rf"(?<!`)`{{{run}}}(?!`)").search(paragraph, position + run)
    return closing.end() - position if closing else 0


def _backticks(paragraph: str, position: int) -> int:
    return len(paragraph) - position - len(paragraph[position:].lstrip("`"))
