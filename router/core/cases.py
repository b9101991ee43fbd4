"""The case kernel: what escalations, and later incidents and reviews, have in common.

A kind of case is a module beside this one: its `matter`, its pure `decide`, its rows of the command table.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Generic, NewType, TypeVar, assert_never

from router.core.effects import Effect, numbered
from router.core.people import Actor, Door, PersonId
from router.core.policy import Policy, Terms

CaseId = NewType("CaseId", str)
M = TypeVar("M")


class Audience(StrEnum):
    """Who may see a case."""

    COMPANY = "company"
    RESPONDERS = "responders"
    COMMITTEE = "committee"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline; never edited."""

    seq: int
    at: datetime
    actor: str
    door: Door
    event: str
    reason: str


@dataclass(frozen=True, slots=True)
class Case(Generic[M]):
    """A case of any kind. The timeline lies beside it in the store; `entries` is its length.

    `version` rises by one with every unit that holds the case. `step` is the next step of the chase, `had` those who
    owned it in this round, `overdue` whether a step was taken since the last command. `pulse` rises with every move
    that makes earlier reminders pointless.
    """

    id: CaseId
    kind: str
    state: str
    version: int
    owner: PersonId | None
    deadline: datetime | None
    terms: Terms
    audience: Audience
    matter: M
    entries: int = 0
    step: int = 0
    had: tuple[PersonId, ...] = ()
    overdue: bool = False
    pulse: int = 0


class Outcome(StrEnum):
    """How an event ended."""

    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision(Generic[M]):
    """What is true now, what to do about it, what to enter, and why."""

    case: Case[M]
    effects: tuple[Effect, ...]
    reason: str
    entries: tuple[Entry, ...] = ()
    outcome: Outcome = Outcome.DONE


def enter(
    case: Case[M],
    now: datetime,
    by: Actor,
    door: Door,
    event: str,
    reason: str,
    effects: tuple[Effect, ...] = (),
) -> Decision[M]:
    """Close a decision: one more timeline entry, the next version, and a key for every effect."""
    seq = case.entries + 1
    entry = Entry(seq, now, by.username, door, event, reason)
    entered = replace(case, entries=seq, version=case.version + 1)
    return Decision(entered, numbered(f"{case.id}/{seq}", effects), reason, (entry,))


def unchanged(case: Case[M], reason: str) -> Decision[M]:
    """Nothing to do, and why."""
    return Decision(case, (), reason, outcome=Outcome.UNCHANGED)


def refused(case: Case[M], reason: str) -> Decision[M]:
    """Not possible now, and what is."""
    return Decision(case, (), reason, outcome=Outcome.REFUSED)


def forbidden(case: Case[M], now: datetime, by: Actor, door: Door, word: str, reason: str) -> Decision[M]:
    """Not this person's right: refused, and entered in the timeline."""
    entered = enter(case, now, by, door, "refused", f"{word}: {reason}")
    return replace(entered, reason=reason, outcome=Outcome.REFUSED)


def may_see(audience: Audience, case: Case[M], viewer: PersonId | None) -> bool:
    """Decide the one question that every list, page, metric and export asks.

    `viewer` None is somebody the policy does not name. Whoever is asked to act sees what for.
    """
    match audience:
        case Audience.COMPANY:
            return True
        case Audience.RESPONDERS:
            asked = case.terms.backstop if case.overdue or case.owner is None else ()
            return viewer is not None and viewer in (*case.terms.approved, *case.terms.loop_in, case.owner, *asked)
        case Audience.COMMITTEE:
            return False
        case _:  # pragma: no cover
            assert_never(audience)


def unseen(audience: Audience, case_id: str) -> str:
    """Say why somebody who may not see a case is not shown it: that a confidential one is there, its root post says."""
    if audience is Audience.RESPONDERS:
        return f"{case_id} is confidential: only those who must act on it are shown it"
    return f"there is no {case_id}"


def first_present(people: tuple[PersonId, ...], policy: Policy, now: datetime) -> PersonId | None:
    """First of the list who is not away."""
    return next((one for one in people if policy.present(one, now)), None)


def heir(case: Case[M], people: tuple[PersonId, ...], policy: Policy, now: datetime) -> PersonId | None:
    """First of the list who is present and has not yet owned the case in this round."""
    return first_present(tuple(one for one in people if one not in case.had), policy, now)
