"""The escalation's rows of the command table, and its states: who may do what, from where to where."""

from dataclasses import replace
from enum import StrEnum

from router.core.commands import Argument, Row, Who

PREFIX = "ESC"


class State(StrEnum):
    """Where an escalation stands."""

    TRIAGE = "triage"
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    CLOSED = "closed"


class Resolution(StrEnum):
    """Why a closed one is closed."""

    ANSWERED = "answered"
    NOT_SENSITIVE = "not-sensitive"
    NO_ANSWER_DUE = "no-answer-due"
    DUPLICATE = "duplicate"


class Word(StrEnum):
    """The commands of an escalation."""

    CLAIM = "claim"
    ASSIGN = "assign"
    RELEASE = "release"
    TOPIC = "topic"
    NOTE = "note"
    LOOP_IN = "loop-in"
    DISMISS = "dismiss"
    ANSWERED = "answered"
    CLOSE = "close"
    REOPEN = "reopen"


_LIVE = (State.TRIAGE, State.OPEN, State.ACKNOWLEDGED)
_TAKEN = (State.OPEN, State.ACKNOWLEDGED)

_ROWS = (
    Row(
        Word.CLAIM,
        Argument.NONE,
        (State.OPEN,),
        (State.ACKNOWLEDGED,),
        Who.APPROVED,
        "take ownership and answer it",
    ),
    Row(
        Word.ASSIGN,
        Argument.USER,
        _TAKEN,
        (State.OPEN, State.ACKNOWLEDGED),
        Who.ASSIGNER,
        "make an approved responder the owner",
    ),
    Row(Word.RELEASE, Argument.NONE, _TAKEN, (State.OPEN,), Who.OWNER, "give it to the next responder"),
    Row(
        Word.TOPIC,
        Argument.TOPIC,
        _LIVE,
        (State.OPEN, State.CLOSED),
        Who.DECIDER,
        "say what it is about; none: it is not sensitive",
    ),
    Row(Word.NOTE, Argument.TEXT, (), (), Who.ANYONE, "enter a remark in the timeline"),
    Row(Word.LOOP_IN, Argument.USER, (), (), Who.ANYONE, "tell somebody, who may follow"),
    Row(
        Word.DISMISS,
        Argument.REASON,
        _LIVE,
        (State.CLOSED,),
        Who.DISMISSER,
        "close without an answer: not-sensitive, no-answer-due or duplicate",
    ),
    Row(Word.ANSWERED, Argument.URL, _TAKEN, (State.ANSWERED,), Who.APPROVED, "say where it was answered in public"),
    Row(Word.CLOSE, Argument.NONE, (State.ANSWERED,), (State.CLOSED,), Who.APPROVED, "close an answered one now"),
    Row(
        Word.REOPEN,
        Argument.NONE,
        (State.ANSWERED, State.CLOSED),
        (State.OPEN, State.TRIAGE),
        Who.ANYONE,
        "the answer did not settle it, or it needs one after all",
    ),
)
ROWS = tuple(replace(row, prefix=PREFIX) for row in _ROWS)
ROW = {row.word: row for row in ROWS}

# What time brings, for the state diagram: from, to, why.
CLOCK_MOVES = (
    (State.ACKNOWLEDGED, State.OPEN, "no answer in time"),
    (State.ANSWERED, State.CLOSED, "close_after"),
)
