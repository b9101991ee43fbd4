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
    present = is_present(case, policy, now)
    index = _able(case.terms.chase, case, present=present, following=following)
    step = case.terms.chase[index]
    if not present and following is not None and step.do is not Do.HAND_OVER:
        step, index = Step(Do.HAND_OVER, step.every), index - 1
    if step.do is Do.HAND_OVER and following is not None:
        case = replace(case, owner=following, had=(*case.had, following))
        present = True
    moved = _advance(case, index, len(case.terms.chase), step.every or case.terms.acknowledge_within, now)
    effects, reason = _say(moved, step.do, policy, present=present, following=following)
    if not present:
        moved, told = nobody_left(moved)
        reason = f"nobody is left: {reason if effects else 'told the backstop'}"
        effects = effects if step.do is Do.NOTIFY_BACKSTOP else (*effects, *told)
    return Chased(moved, (RootUpdate(case.id), *effects), reason)


def is_present(case: Case[M], policy: Policy, now: datetime) -> bool:
    """Whether the case has an owner who may be expected to act now."""
    return case.owner is not None and policy.present(case.owner, now)


def next_answer_step(case: Case[M], policy: Policy, now: datetime) -> Do:
    """Tell which step of `answer_chase` is due; an owner who is away gives the case back, whatever the steps."""
    if not is_present(case, policy, now):
        return Do.REOPEN
    return case.terms.answer_chase[_able(case.terms.answer_chase, case, present=True, following=None)].do


def chase_answer(case: Case[M], policy: Policy, now: datetime) -> Chased[M]:
    """Take the next step of `answer_chase` with an owner who is present; `reopen` is the kind's own business."""
    steps = case.terms.answer_chase
    index = _able(steps, case, present=True, following=None)
    moved = _advance(case, index, len(steps), steps[index].every or case.terms.answer_within, now)
    effects, reason = _say(moved, steps[index].do, policy, present=True, following=None)
    return Chased(moved, (RootUpdate(case.id), *effects), reason)


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


def _say(
    case: Case[M], do: Do, policy: Policy, *, present: bool, following: PersonId | None
) -> tuple[tuple[Effect, ...], str]:
    """What a step says, and the reason that is entered; a step that can do nothing waits."""
    owner = (case.owner,) if case.owner else ()
    name = policy.name(case.owner) if case.owner else "nobody"
    everybody = tuple(dict.fromkeys((*case.terms.approved, *case.terms.loop_in)))
    match do:
        case Do.REMIND_OWNER if present:
            return (Reply(case.id, Says.REMIND_OWNER, owner, pulse=case.pulse),), f"reminded {name}"
        case Do.HAND_OVER if following is not None:
            told = Reply(case.id, Says.NEW_OWNER, owner, facts={"state": case.state})
            return (told,), f"handed over to {name}"
        case Do.NOTIFY_ALL if everybody:
            told = Reply(case.id, Says.NOTIFY_ALL, everybody, pulse=case.pulse)
            return (told,), "told all approved responders and those to loop in"
        case Do.NOTIFY_BACKSTOP if case.terms.backstop:
            told = Reply(case.id, Says.NOTIFY_BACKSTOP, case.terms.backstop, pulse=case.pulse)
            return (told,), "told the backstop"
        case _:
            return (), "nothing to be done but to wait"
