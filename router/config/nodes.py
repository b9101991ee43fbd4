"""Values of the policy file together with their place in it, so that whatever is wrong says where and what to do.

A reader takes a node and gives the value it stands for, or None after it has reported why not. Nothing is raised: the
reading goes on, to find every fault in one go. `router.config.formats` has the readers of single values.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TypeVar

from router.config.lines import Lines, Place
from router.core.errors import Fault

T = TypeVar("T")

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST = 60

# What a line for a missing key may look like.
_EXAMPLES = {
    "acknowledge_within": '"4h"',
    "answer_chase": '[{ do = "remind-owner" }, { do = "reopen" }]',
    "answer_within": '"2d"',
    "approved_responders": '["Head of Community", "CEO"]',
    "backstop": '"Head of Community"',
    "chase": '[{ do = "remind-owner" }, { do = "notify-all" }]',
    "close_after": '"7d"',
    "do": '"remind-owner"',
    "escalations_channel": '"community-escalations"',
    "id": '"licensing"',
    "incidents": "3",
    "manager": '"Head of Community"',
    "mattermost": '"ian.tien"',
    "model": '"gpt-4.1-mini"',
    "name": '"Ian Tien"',
    "team": '"private-core"',
    "title": '"Licensing"',
    "triage_within": '"4h"',
    "url": '"https://api.example.com/v1"',
    "within": '"6 months"',
}


def quoted(text: str) -> str:
    """Show a text of the file within a message: in quotes, on one line, not too long."""
    return json.dumps(text if len(text) <= _LONGEST else text[:_LONGEST] + "…", ensure_ascii=False)


def written(place: Place) -> str:
    """Write a place as `topics[3].chase` or `roles."Head of Legal"`; the first of a list is [0]."""
    parts = (f"[{key}]" if isinstance(key, int) else f".{_key(key)}" for key in place)
    return "".join(parts).removeprefix(".")


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else quoted(key)


def near(word: str, known: Iterable[str]) -> str | None:
    """Find what was probably meant; case does not count."""
    spellings = {one.lower(): one for one in known}
    found = get_close_matches(word.lower()[:_LONGEST], spellings, n=1, cutoff=0.7)
    return spellings[found[0]] if found else None


def kind(value: object) -> str:
    """Say what a value is, in words for somebody who does not program."""
    match value:
        case bool():
            return "true or false"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or a time"


@dataclass(frozen=True, slots=True)
class Report:
    """Collects what is wrong with one file."""

    file: str
    lines: Lines
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)

    def fault(self, place: Place, problem: str, remedy: str) -> None:
        """Note what makes the file unusable."""
        self.faults.append(self._made(place, problem, remedy))

    def warn(self, place: Place, problem: str, remedy: str) -> None:
        """Note what may be meant so."""
        self.warnings.append(self._made(place, problem, remedy))

    def _made(self, place: Place, problem: str, remedy: str) -> Fault:
        return Fault(self.file, self.lines.of(place), written(place), problem, remedy)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file and its place."""

    value: object
    place: Place
    report: Report

    @property
    def line(self) -> int:
        """Line of the key, or of the nearest that holds it."""
        return self.report.lines.of(self.place)

    def fault(self, problem: str, remedy: str) -> None:
        """Report a fault at this place."""
        self.report.fault(self.place, problem, remedy)

    def warn(self, problem: str, remedy: str) -> None:
        """Report a warning at this place."""
        self.report.warn(self.place, problem, remedy)

    def expected(self, what: str, remedy: str) -> None:
        """Report a value of the wrong type."""
        self.fault(f"expected {what}, found {kind(self.value)}", remedy)

    def entries(self) -> Iterator[tuple[str, "Node"]]:
        """Give the keys of a table and their values; nothing for whatever else this is."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(value, (*self.place, key), self.report)

    def items(self) -> Iterator["Node"]:
        """Give the elements of a list; nothing for whatever else this is."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, (*self.place, index), self.report)


Reader = Callable[[Node], T | None]


def listed(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """Make the reader of a list from that of its elements; one bad element spoils it."""

    def read(node: Node) -> tuple[T, ...] | None:
        if not isinstance(node.value, list):
            node.expected("a list", 'Put it in square brackets, as in ["CEO", "CTO"].')
            return None
        found = [reader(item) for item in node.items()]
        values = tuple(one for one in found if one is not None)
        return values if len(values) == len(found) else None

    return read


def is_table(node: Node, remedy: str) -> bool:
    """Say whether this is a table, and report it if not."""
    if isinstance(node.value, dict):
        return True
    node.expected("a table", remedy)
    return False


class Section:
    """A table whose keys are known. One that is no table gives fallbacks, without further faults.

    `remedy` says how to write the table; `elsewhere` names the tables to which keys belong that people put here.
    """

    def __init__(
        self, node: Node, remedy: str, known: Sequence[str], elsewhere: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.node = node
        self.usable = is_table(node, remedy)
        self._entries = dict(node.entries())
        for key, entry in self._entries.items():
            if key not in known:
                there = elsewhere.get(key)
                entry.fault(f"unknown key {quoted(key)}", f"Move it to {there}." if there else _instead(key, known))

    def read(self, key: str, reader: Reader[T], fallback: T) -> T:
        """Read a key that may be left out; the fallback stands for a bad value, too."""
        if key not in self._entries:
            return fallback
        found = reader(self._entries[key])
        return fallback if found is None else found

    def need(self, key: str, reader: Reader[T], fallback: T) -> T:
        """Read a key that must be there."""
        if self.usable and key not in self._entries:
            remedy = f"Add a line such as {key} = {_EXAMPLES[key]}."
            self.node.report.fault((*self.node.place, key), "missing", remedy)
        return self.read(key, reader, fallback)

    def at(self, key: str) -> Node | None:
        """Give a key's value as it stands, None when it is left out."""
        return self._entries.get(key)


def _instead(key: str, known: Sequence[str]) -> str:
    meant = near(key, known)
    if meant:
        return f"Did you mean {quoted(meant)}?"
    return f"Remove it; known here: {', '.join(known)}."


class Once:
    """Sees to it that something is there only once; case does not count. `what` completes "is … already"."""

    def __init__(self, what: str, remedy: str) -> None:
        self._what = what
        self._remedy = remedy
        self._first: dict[str, Node] = {}

    def take(self, node: Node, text: str) -> None:
        """Report a text that was taken before, with the line where that was."""
        first = self._first.setdefault(text.lower(), node)
        if first is not node:
            node.fault(f"{quoted(text)} is {self._what} already (line {first.line})", self._remedy)
