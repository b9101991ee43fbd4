"""Chasing: what is done each time a deadline passes, whatever kind of case it is.

One step is done per deadline, however many were missed. A step that can do nothing falls through at once; the last
one repeats, and if it can do nothing it only waits. An owner who is away is replaced, or the backstop is told.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from router.core.cases import Case, heir
from router.core.deadlines import Do, Duration, Step, due
from router.core.effects import Effect, Reply, RootUpdate, Says
from router.core.people import PersonId
from router.core.policy import Policy

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Chased(Generic[M]):
    """The case after a step, what to say, and why."""

    case: Case[M]
    effects: tuple[Effect, ...]
    reason: str


def nobody_left(case: Case[M]) -> tuple[Case[M], tuple[Effect, ...]]:
    """Leave a case without an owner: its backstop is told, its chase stands at the last step."""
    left = replace(case, owner=None, step=len(case.terms.chase) - 1)
    return left, (Reply(case.id, Says.NOBODY_LEFT, case.terms.backstop),)


def chase(case: Case[M], heirs: tuple[PersonId, ...], policy: Policy, now: datetime) -> Chased[M]:
    """Take the next step of `chase`. `heirs` are those a hand-over may go to."""
    following = heir(case, heirs, policy, now)
    present = case.owner is not None and policy.present(case.owner, now)
    index = _able(case.terms.chase, case, present=present, following=following)
    step = case.terms.chase[index]
    if not present and following is not None and step.do is not Do.HAND_OVER:
        step, index = Step(Do.HAND_OVER, step.every), index - 1
    if step.do is Do.HAND_OVER and following is not None:
        case, present = replace(case, owner=following, had=(*case.had, following)), True
    moved = _advance(case, index, len(case.terms.chase), step.every or case.terms.acknowledge_within, now)
    effects = _say(moved, step.do, present=present)
    if not present:
        moved, told = nobody_left(moved)
        effects = effects if step.do is Do.NOTIFY_BACKSTOP else (*effects, *told)
    return Chased(moved, (RootUpdate(case.id), *effects), _reason(step.do, moved, policy))


def next_answer_step(case: Case[M], policy: Policy, now: datetime) -> Do:
    """Tell which step of `answer_chase` is due."""
    present = case.owner is not None and policy.present(case.owner, now)
    return case.terms.answer_chase[_able(case.terms.answer_chase, case, present=present, following=None)].do


def chase_answer(case: Case[M], policy: Policy, now: datetime) -> Chased[M]:
    """Take the next step of `answer_chase`, `reopen` apart, which is the kind's own business."""
    present = case.owner is not None and policy.present(case.owner, now)
    steps = case.terms.answer_chase
    index = _able(steps, case, present=present, following=None)
    moved = _advance(case, index, len(steps), steps[index].every or case.terms.answer_within, now)
    effects = _say(moved, steps[index].do, present=present)
    if not present and steps[index].do is not Do.NOTIFY_BACKSTOP:
        effects = (*effects, Reply(case.id, Says.NOBODY_LEFT, case.terms.backstop))
    return Chased(moved, (RootUpdate(case.id), *effects), _reason(steps[index].do, moved, policy))


def _able(steps: tuple[Step, ...], case: Case[M], *, present: bool, following: PersonId | None) -> int:
    """Index of the first step, from the case's own on, that can do something; else the last."""
    can = {
        Do.REMIND_OWNER: present,
        Do.HAND_OVER: following is not None,
        Do.NOTIFY_ALL: bool(case.terms.approved or case.terms.loop_in),
        Do.NOTIFY_BACKSTOP: bool(case.terms.backstop),
        Do.REOPEN: True,
    }
    start = min(case.step, len(steps) - 1)
    return next((index for index in range(start, len(steps)) if can[steps[index].do]), len(steps) - 1)


def _advance(case: Case[M], index: int, steps: int, every: Duration, now: datetime) -> Case[M]:
    step = max(case.step, min(index + 1, steps - 1))
    return replace(case, step=step, deadline=due(now, every), overdue=True, pulse=case.pulse + 1)


def _say(case: Case[M], do: Do, *, present: bool) -> tuple[Effect, ...]:
    owner = (case.owner,) if case.owner else ()
    everybody = tuple(dict.fromkeys((*case.terms.approved, *case.terms.loop_in)))
    match do:
        case Do.REMIND_OWNER:
            return (Reply(case.id, Says.REMIND_OWNER, owner, pulse=case.pulse),) if present else ()
        case Do.HAND_OVER:
            return (Reply(case.id, Says.NEW_OWNER, owner),) if present else ()
        case Do.NOTIFY_ALL:
            return (Reply(case.id, Says.NOTIFY_ALL, everybody, pulse=case.pulse),) if everybody else ()
        case Do.NOTIFY_BACKSTOP:
            return (Reply(case.id, Says.NOTIFY_BACKSTOP, case.terms.backstop, pulse=case.pulse),)
        case Do.REOPEN:
            return ()


def _reason(do: Do, case: Case[M], policy: Policy) -> str:
    owner = policy.name(case.owner) if case.owner else "nobody"
    match do:
        case Do.REMIND_OWNER:
            return f"reminded {owner}"
        case Do.HAND_OVER:
            return f"handed over to {owner}"
        case Do.NOTIFY_ALL:
            return "told all approved responders and those to loop in"
        case Do.NOTIFY_BACKSTOP:
            return "told the backstop"
        case Do.REOPEN:
            return "opened again"
