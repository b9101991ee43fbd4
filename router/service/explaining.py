"""What would happen to a signal whose thread has no case yet, by the rules that are in force, and nothing is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.core.cases import CaseId
from router.core.effects import Channel, RootPost
from router.core.escalations import Arrived, Commanded, DeadlinePassed, Esc, Word, addressed, decide, open_case
from router.core.people import Actor, Door, Person, PersonId
from router.core.policy import Policy
from router.core.signals import Signal
from router.core.topics import Routing, TopicId, Verdict
from router.ports import Classifier
from router.service.receiving import NOT_OURS, Result, foregone

UNNUMBERED = CaseId("ESC-?")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the clock brings to a case that nobody touches; the last of them comes again after `again`, if at all."""

    at: datetime
    reason: str
    again: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of a signal. `colleague` is who says it; `case` is None unless somebody is told.

    `mentioned` are those whom the root post mentions, `vacant` the roles among those named for the topic that nobody
    holds, `away` the people among them who are away. `unclaimed` is what follows if nobody acts, `unanswered` if the
    owner claims it at once, and then does nothing.
    """

    signal: Signal
    verdict: Verdict
    colleague: Person | None = None
    case: Esc | None = None
    channel: str = ""
    mentioned: tuple[PersonId, ...] = ()
    vacant: tuple[str, ...] = ()
    away: tuple[PersonId, ...] = ()
    unclaimed: tuple[Foreseen, ...] = ()
    unanswered: tuple[Foreseen, ...] = ()

    @property
    def result(self) -> Result:
        """What a hook would answer."""
        if self.case is None:
            return Result.IGNORED if self.verdict is NOT_OURS else Result.NOT_SENSITIVE
        return Result.ESCALATED if self.topic else Result.TRIAGE

    @property
    def topic(self) -> TopicId | None:
        """The topic that it is escalated to."""
        return self.case.matter.topic if self.case else None


def explain(signal: Signal, classifier: Classifier, policy: Policy, now: datetime) -> Explanation:
    """Say what would become of a signal."""
    colleague = policy.colleague(signal.source, signal.author)
    known = foregone(policy, signal)
    if known is NOT_OURS:
        return Explanation(signal, NOT_OURS, colleague)
    verdict = known or classifier.classify(signal.title, signal.body, source=signal.source, kind=signal.kind)
    if verdict.decision is Routing.NONE:
        return Explanation(signal, verdict)
    decision = open_case(
        UNNUMBERED, Arrived(signal, verdict, Actor(signal.source, signal.source), Door.HOOK), policy, now
    )
    case = decision.case
    named = _named(case, policy)
    channels = {Channel.ESCALATIONS: policy.escalations_channel, Channel.TRIAGE: policy.triage_channel}
    return Explanation(
        signal,
        verdict,
        case=case,
        channel=next(channels[one.channel] for one in decision.effects if isinstance(one, RootPost)),
        mentioned=addressed(case)[0],
        vacant=tuple(one for one in named if not policy.holders([one])),
        away=tuple(one for one in policy.holders(named) if not policy.present(one, now)),
        unclaimed=tuple(_foreseen(case, policy)),
        unanswered=tuple(_foreseen(_claimed(case, policy, now), policy)) if case.matter.topic and case.owner else (),
    )


def _named(case: Esc, policy: Policy) -> tuple[str, ...]:
    """The roles and people that the policy file names for this case, in order."""
    matter = case.matter
    if matter.topic is None:
        return (policy.manager_of(matter.source),)
    topic = policy.topics[matter.topic]
    return tuple(dict.fromkeys((*topic.approved, *topic.loop_in)))


def _claimed(case: Esc, policy: Policy, now: datetime) -> Esc:
    owner = case.owner or PersonId("")
    by = Actor(policy.username(owner), policy.name(owner), person=owner)
    return decide(case, Commanded(Word.CLAIM, by, Door.SLASH), policy, now).case


def _foreseen(case: Esc, policy: Policy) -> Iterator[Foreseen]:
    """Take the steps that the clock would, until one only repeats or the case is another's turn."""
    state, last = case.state, None
    while case.state == state and case.deadline:
        at = case.deadline
        decision = decide(case, DeadlinePassed(), policy, at)
        step = Foreseen(at, decision.reason, decision.case.deadline - at if decision.case.deadline else None)
        alike = last is not None and (last.reason, last.again, case.step) == (
            step.reason,
            step.again,
            decision.case.step,
        )
        if alike and case.owner == decision.case.owner:
            break
        if last is not None:
            yield Foreseen(last.at, last.reason)
        case, last = decision.case, step
    if last is not None:
        yield last if case.state == state else Foreseen(last.at, last.reason)
