"""Deadlines: what time brings to an escalation."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from router.core import chasing
from router.core.cases import Decision, enter, unchanged
from router.core.cases import heir as next_in_line
from router.core.deadlines import Do
from router.core.effects import Reply, RootUpdate, Says
from router.core.escalations import rounds
from router.core.escalations.matter import Esc, Escalation
from router.core.escalations.table import Resolution, State
from router.core.people import ROUTER, Door
from router.core.policy import Policy


def owner_gone(case: Esc, why: str, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Take now the step that the deadline would bring, as its owner can't be reached; an answered case needs none."""
    if chasing.is_present(case, policy, now):
        return unchanged(case, "its owner is present")
    if case.state not in {State.OPEN, State.TRIAGE, State.ACKNOWLEDGED}:
        return unchanged(case, "nobody has to act")
    return deadline(case, policy, now, why)


def deadline(case: Esc, policy: Policy, now: datetime, because: str = "") -> Decision[Escalation]:
    """Chase, open again, or close, whatever the state asks for."""
    state = State(case.state)
    match state:
        case State.OPEN | State.TRIAGE:
            return _chase(case, policy, now, because)
        case State.ACKNOWLEDGED:
            return _chase_answer(case, policy, now, because)
        case State.ANSWERED:
            closed = rounds.closed(case, Resolution.ANSWERED, now)
            reason = f"answered, and quiet for {case.terms.close_after}"
            return enter(closed, now, ROUTER, Door.CLOCK, "closed", reason, (RootUpdate(case.id),))
        case State.CLOSED:
            return unchanged(case, "closed")
        case _:  # pragma: no cover
            assert_never(state)


def _chase(case: Esc, policy: Policy, now: datetime, because: str) -> Decision[Escalation]:
    triage = case.state == State.TRIAGE
    heirs = case.terms.backstop if triage else case.terms.approved
    chased = chasing.chase(case, heirs, policy, now)
    reason = f"{because}: {chased.reason}" if because else chased.reason
    return enter(chased.case, now, ROUTER, Door.CLOCK, "chased", reason, chased.effects)


def _chase_answer(case: Esc, policy: Policy, now: datetime, because: str) -> Decision[Escalation]:
    if chasing.next_answer_step(case, policy, now) is not Do.REOPEN:
        chased = chasing.chase_answer(case, policy, now)
        return enter(chased.case, now, ROUTER, Door.CLOCK, "chased", chased.reason, chased.effects)
    leaving = (case.owner,) if case.owner else ()
    following = next_in_line(replace(case, had=leaving), case.terms.approved, policy, now)
    opened = replace(case, state=State.OPEN, overdue=True, matter=replace(case.matter, acknowledged_at=None))
    opened, told = rounds.begin(opened, following, now, leaving)
    name = policy.name(case.owner) if case.owner else "nobody"
    why = because or f"no answer came in time from {name}"
    said = Reply(case.id, Says.GIVEN_BACK, case.terms.approved, facts={"why": why})
    reason = (
        f"{because or 'no answer in time'}: open again, {policy.name(following) if following else 'nobody'} is next"
    )
    return enter(opened, now, ROUTER, Door.CLOCK, "chased", reason, (RootUpdate(case.id), said, *told))
