"""The grammar of commands, and the shape of the one table that every kind of case adds its rows to.

    slash:   claim ESC-1 · assign ESC-1 @user · list open
    thread:  claim · !note text · @escalations release       (the case is that of the thread)

Parsing has three outcomes, kept apart: not a command, a command, and a command with something wrong.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from router.core.cases import CaseId


class Argument(StrEnum):
    """What may stand after a command's word (and the case's id); the value is how help writes it."""

    NONE = ""
    USER = "@user"
    TOPIC = "TOPIC"
    TEXT = "TEXT"
    URL = "URL"
    REASON = "REASON [TEXT]"
    FILTER = "[mine|open|overdue|TOPIC]"
    REPORT = "TEXT-or-URL [--topic TOPIC]"
    CASE = "ID"


class Who(StrEnum):
    """Who may give a command."""

    ANYONE = "anyone but guests"
    APPROVED = "approved responders"
    OWNER = "the owner"
    ASSIGNER = "approved responders and the backstop"
    DECIDER = "the manager, and approved responders for the old or a candidate topic"
    DISMISSER = "approved responders; in triage those for a candidate topic, and the manager"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the command table. `states` empty: in any; `to` the states it leads to.

    `prefix` is that of the ids of the cases it is about ("ESC"), "" for a command that is about none.
    """

    word: str
    argument: Argument
    states: tuple[str, ...]
    to: tuple[str, ...]
    who: Who
    help: str
    prefix: str = ""


DESK_ROWS = (
    Row("help", Argument.NONE, (), (), Who.ANYONE, "this list"),
    Row("list", Argument.FILTER, (), (), Who.ANYONE, "live cases"),
    Row("show", Argument.CASE, (), (), Who.ANYONE, "one case with its timeline"),
    Row("who", Argument.TOPIC, (), (), Who.ANYONE, "who may answer a topic"),
    Row("raise", Argument.REPORT, (), (), Who.ANYONE, "put a sensitive matter before its responders"),
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command as it was typed: word, the case that it names (else None), and the rest."""

    word: str
    case: CaseId | None
    rest: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A command with something wrong; `problem` says what, and what would be right.

    `lacking` is the command when only its argument is missing, which a form can ask for.
    """

    problem: str
    lacking: Parsed | None = None


_ADDRESS = re.compile(r"https?://[^\s<>\"`\\]{3,2000}")
_CLOSING = ".,:;!?"
_EDGES = re.compile(r"^(?:[^\w@>]|_)+|[\W_]+$")


def parse(text: str, rows: Mapping[str, Row]) -> Parsed | Malformed:
    """Read what stands after `/escalation`, or after the `!` of a thread; nothing at all is `help`."""
    word, rest = [*re.split(r"\s+", text.strip(), maxsplit=1), ""][:2]
    word = word.lower().rstrip(_CLOSING)
    if not word:
        return Parsed("help", None, "")
    row = rows.get(word)
    if row is None:
        return Malformed(f"there is no command “{word[:40]}”; “help” lists them")
    case, rest = _leading_case(rest, rows) if row.argument is not Argument.REPORT else (None, rest)
    if row.argument is Argument.NONE and rest and word != "help":
        return Malformed(f"“{word}” takes nothing after the id")
    if not rest and row.argument in {
        Argument.USER,
        Argument.TOPIC,
        Argument.TEXT,
        Argument.URL,
        Argument.REASON,
        Argument.REPORT,
    }:
        return Malformed(f"“{word}” needs more: {usage(row)}", Parsed(word, case, ""))
    return Parsed(word, case, rest)


def said_in_thread(text: str, bot: str, rows: Mapping[str, Row]) -> str | None:
    """Give the command that a reply in a case's thread is; None when it is ordinary talk.

    A whole message `claim` is a command. Everything else needs `!` or a mention of the bot first, and after `!` the
    word must be one of the table, so that "!important" is talk.
    """
    said = text.strip()
    if _EDGES.sub("", said).lower() == "claim":
        return "claim"
    if said.startswith("!"):
        called = said[1:].lstrip()
        word = re.split(r"\s", called, maxsplit=1)[0].lower().rstrip(_CLOSING)
        return called if word in rows else None
    after = said[len(bot) + 1 :]
    named = bot and said.lower().startswith(f"@{bot.lower()}")
    if not named or re.match(r"[a-z0-9._-]*[a-z0-9_]", after.lower()):
        return None
    return after.lstrip(" \t\n:,.!")


def said_directly(text: str, bot: str) -> str:
    """Take off what begins a command elsewhere: said to the bot alone, the whole message is one."""
    openings = rf"(?:\s|[!:,]|/escalation(?!\S)|@{re.escape(bot)}(?![a-z0-9._-]*[a-z0-9_]))+"
    return re.sub(rf"\A{openings}", "", text, flags=re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text is an address that a command takes."""
    return _ADDRESS.fullmatch(text) is not None


def usage(row: Row) -> str:
    """How a command is written, with the case's id where it takes one."""
    parts = [row.word]
    if row.prefix:
        parts.append("[ID]")
    return " ".join([*parts, *([row.argument.value] if row.argument.value else [])])


def _leading_case(rest: str, rows: Mapping[str, Row]) -> tuple[CaseId | None, str]:
    """Take an id off the front; "UTF-8 is broken" begins with none, since no kind of case has such ids."""
    first, others = [*re.split(r"\s+", rest, maxsplit=1), ""][:2]
    first = first.rstrip(_CLOSING)
    prefix, _, number = first.partition("-")
    if prefix.upper() in {row.prefix for row in rows.values() if row.prefix} and re.fullmatch("[0-9]{1,9}", number):
        return CaseId(first.upper()), others
    return None, rest
