"""What strangers wrote, made fit for a terminal, and times as people read them."""

import re
import unicodedata
from datetime import datetime

import click

from router.core.deadlines import length

# ECMA-48: strings that have an end (OSC, DCS, SOS, PM, APC), control sequences, and whatever else an escape begins.
_ESCAPES = re.compile(
    r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
)
_MENTION = re.compile(r"(?<![\w@])@[a-z0-9._-]*[a-z0-9_-]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ESCAPED = re.compile(r"\\([\\`*_\[\](){}<>!|#~+=-])")
_UNSEEN = {"Cc", "Cf", "Cs", "Co"}


def plain(text: str, limit: int | None = None) -> str:
    """Put a text on one line, without escape sequences and characters that can't be seen; cut it to the limit."""
    bare = _ESCAPES.sub("", text)
    kept = "".join(one if one.isspace() or unicodedata.category(one) not in _UNSEEN else "" for one in bare)
    line = " ".join(kept.split())
    return line if limit is None or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def readable(line: str) -> str:
    """Markdown as it reads: bold is bold, mentions stand out, and nothing reaches the terminal as code."""
    shown = _MENTION.sub(lambda found: click.style(found[0], fg="cyan", bold=True), _CONTROL.sub("", line))
    shown = re.sub(r"\*\*(.+?)\*\*", lambda found: click.style(found[1], bold=True), shown)
    return _ESCAPED.sub(r"\1", shown).replace("\u200b", "")


def moment(at: datetime) -> str:
    """Write a time, in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def away_from(at: datetime, now: datetime) -> str:
    """Write how far away a time is: `in 3h 20m`, `2d 4h ago`."""
    span = length(abs(at - now))
    return f"in {span}" if at > now else f"{span} ago"
