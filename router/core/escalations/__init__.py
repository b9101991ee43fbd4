"""Escalations: one sensitive thread and topic that needs an answer. What may happen to one, and what follows.

`table` has the states and commands, `matter` what a case keeps, `rights` who may; `commanding`, `arriving` and `timed`
say what follows from a command, a signal and a deadline, `colleagues` from what those say in public, `moving` from a
transfer, `erasing` from a deletion at the source, `rounds` what these share; `confidential` limits who is told.
"""

from datetime import datetime
from typing import assert_never

from router.core.cases import Decision
from router.core.escalations.arriving import arrive, concerned, follow, open_case, recipient
from router.core.escalations.commanding import command, hindrance
from router.core.escalations.confidential import withdrawn
from router.core.escalations.erasing import erase, erasure
from router.core.escalations.matter import (
    ERASED,
    KIND,
    Arrived,
    Commanded,
    DeadlinePassed,
    Erased,
    Esc,
    Escalation,
    Event,
    Given,
    Heard,
    OwnerGone,
    Transferred,
    addressed,
    live,
    offers,
    waits,
)
from router.core.escalations.moving import transfer
from router.core.escalations.rights import become
from router.core.escalations.table import CLOCK_MOVES, PREFIX, ROWS, Resolution, State, Word
from router.core.escalations.timed import deadline, owner_gone
from router.core.policy import Policy

MATTER = Escalation

__all__ = [
    "CLOCK_MOVES",
    "ERASED",
    "KIND",
    "MATTER",
    "PREFIX",
    "ROWS",
    "Arrived",
    "Commanded",
    "DeadlinePassed",
    "Erased",
    "Esc",
    "Escalation",
    "Event",
    "Given",
    "Heard",
    "OwnerGone",
    "Resolution",
    "State",
    "Transferred",
    "Word",
    "addressed",
    "become",
    "concerned",
    "decide",
    "erasure",
    "follow",
    "hindrance",
    "live",
    "offers",
    "open_case",
    "recipient",
    "waits",
    "withdrawn",
]


def decide(case: Esc, event: Event, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Say what follows from an event. Total: every event in every state gets a decision with its reason."""
    match event:
        case Commanded():
            return command(case, event, policy.acted_by(event.by.person), now)
        case Arrived():
            return arrive(case, event, policy, now)
        case Transferred():
            return transfer(case, event, now)
        case Erased():
            return erase(case, event, now)
        case DeadlinePassed():
            return deadline(case, policy, now)
        case OwnerGone():
            return owner_gone(case, event.why, policy, now)
        case _:  # pragma: no cover
            assert_never(event)
