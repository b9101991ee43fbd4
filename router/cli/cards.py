"""Cases for people at a terminal: the table of `list`, the card of `show`. Nothing of a stranger's text acts there."""

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import click

from router.cli.plain import away_from, moment, plain
from router.core.cases import Entry
from router.core.escalations import ERASED, Esc, Heard, State
from router.core.people import PersonId
from router.core.policy import Policy
from router.core.topics import Verdict

HEADER = ("ID", "STATE", "TOPIC", "OWNER", "DEADLINE", "", "TITLE")
GAP = "  "
NARROWEST_TITLE = 20
LABEL = 12
TEXT = 400  # characters of a signal that a card shows; `--json` has all that is kept


def table(cases: Sequence[Esc], policy: Policy, now: datetime) -> str:
    """Lay out one line a case, in columns; what is overdue is red where there are colours."""
    rows = [HEADER, *(_row(case, policy, now) for case in cases)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = _room(sum(widths[:-1]) + len(GAP) * (len(widths) - 1))
    lines = [_line(row, widths, room) for row in rows]
    styled = [_styled(line, case) for line, case in zip(lines[1:], cases, strict=True)]
    return "\n".join([click.style(lines[0], bold=True), *styled])


def _row(case: Esc, policy: Policy, now: datetime) -> tuple[str, ...]:
    relative, absolute = (away_from(case.deadline, now), moment(case.deadline)) if case.deadline else ("-", "")
    owner = policy.username(case.owner) if case.owner else "nobody"
    return case.id, _state(case), _topic(case), plain(owner), relative, absolute, plain(case.matter.title)


def _state(case: Esc) -> str:
    if case.overdue:
        return f"{case.state}, overdue"
    return f"{case.state}: {case.matter.resolution}" if case.matter.resolution else case.state


def _topic(case: Esc) -> str:
    """Name the topic; while it is uncertain, what it may be."""
    likeliest = next(iter(case.matter.candidates), "")
    return case.matter.topic or f"{likeliest}?"


def _room(used: int) -> int | None:
    """Say how much of a line is left for titles; whoever reads a file or a pipe gets them whole."""
    if not sys.stdout.isatty():
        return None
    return max(shutil.get_terminal_size().columns - used, NARROWEST_TITLE)


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    *columns, title = row
    padded = (text.ljust(width) for text, width in zip(columns, widths, strict=False))
    return GAP.join((*padded, plain(title, room))).rstrip()


def _styled(line: str, case: Esc) -> str:
    if case.state == State.CLOSED:
        return click.style(line, dim=True)
    return click.style(line, fg="red") if case.overdue else line


def card(case: Esc, policy: Policy, timeline: Iterable[Entry], now: datetime) -> str:
    """Lay out everything that is known of a case."""
    head = f"{case.id}  {_state(case)}  {plain(case.terms.title)}"
    lines = [
        click.style(head, bold=True, fg="red" if case.overdue else None),
        plain(case.matter.title),
        "",
        *(f"  {label:<{LABEL}}{text}" for label, text in _facts(case, policy, now) if text),
        "",
        click.style("Signals", bold=True),
        *(line for heard in case.matter.signals for line in _signal(heard)),
        "",
        click.style("Timeline", bold=True),
        *map(_entry, timeline),
    ]
    return "\n".join(lines)


def _facts(case: Esc, policy: Policy, now: datetime) -> Iterator[tuple[str, str]]:
    """Pair labels with what is to be said; nothing to say is an empty text."""
    matter = case.matter
    followers = ", ".join(map(plain, matter.followers))
    yield "owner", _names([case.owner] if case.owner else [], policy) or "nobody"
    yield "responders", _names(case.terms.approved, policy) or "nobody yet"
    yield "looped in", ", ".join(filter(None, (_names(case.terms.loop_in, policy), followers)))
    yield "deadline", f"{away_from(case.deadline, now)}, {moment(case.deadline)}" if case.deadline else ""
    yield "may be", "" if matter.topic else ", ".join(matter.candidates)
    yield "verdict", _verdict(matter.verdict)
    yield "thread", plain(matter.thread)
    yield "link", plain(matter.url)
    yield "opened", moment(matter.opened_at)
    yield "claimed", moment(matter.acknowledged_at) if matter.acknowledged_at else ""
    yield "answered", moment(matter.answered_at) if matter.answered_at else ""
    yield "answer", plain(matter.answer_url or "")
    yield "closed", moment(matter.closed_at) if matter.closed_at else ""


def _names(people: Iterable[PersonId], policy: Policy) -> str:
    """Name people as they are mentioned, and as they are called."""
    return ", ".join(plain(f"{policy.name(one)} (@{policy.username(one)})") for one in people)


def _verdict(verdict: Verdict) -> str:
    quoted = ", ".join(f'"{plain(one)}"' for one in verdict.evidence)
    return f"{verdict.decision}, {verdict.sure}" + (f", by {quoted}" if quoted else "")


def _signal(heard: Heard) -> Iterator[str]:
    author = plain(heard.author or ("somebody" if heard.erased else "a deleted account"))
    yield f"  {moment(heard.at)}  {plain(heard.kind)} by {author}  {plain(heard.url)}"
    said = (ERASED,) if heard.erased else (plain(heard.title), plain(heard.text, TEXT))
    yield from (f"    {text}" for text in said if text)


def _entry(entry: Entry) -> str:
    by = f"{plain(entry.actor)} ({entry.door})"
    return f"  {entry.seq:>3}  {moment(entry.at)}  {entry.event:<9} {by}  {plain(entry.reason)}".rstrip()
