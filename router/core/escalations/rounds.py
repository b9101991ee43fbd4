"""Rounds: a case is given to somebody, given to the next, closed, or opened again."""

from dataclasses import replace
from datetime import datetime

from router.core import chasing
from router.core.cases import Decision, enter, first_present
from router.core.deadlines import due
from router.core.effects import Channel, Effect, Reply, RootPost, RootUpdate, Says, Tell
from router.core.escalations import confidential
from router.core.escalations.matter import Esc, Escalation, addressed
from router.core.escalations.table import Resolution, State, Word
from router.core.people import Actor, Door, PersonId
from router.core.policy import Policy
from router.core.topics import TopicId


def expected(case: Esc, policy: Policy, now: datetime) -> PersonId | None:
    """Who is expected to act when a round begins: in triage the manager, else the first approved responder."""
    people = case.terms.managers if case.state == State.TRIAGE else case.terms.approved
    return first_present(people, policy, now)


def begin(
    case: Esc, owner: PersonId | None, now: datetime, had: tuple[PersonId, ...] = ()
) -> tuple[Esc, tuple[Effect, ...]]:
    """Start the chase anew with an owner; with nobody left, tell the backstop and stay at the last step."""
    deadline = due(now, case.terms.acknowledge_within)
    begun = replace(
        case, owner=owner, deadline=deadline, step=0, had=(*had, owner) if owner else had, pulse=case.pulse + 1
    )
    if owner is not None:
        return begun, ()
    return chasing.nobody_left(begun)


def closed(case: Esc, resolution: Resolution, now: datetime) -> Esc:
    """Close the case; it has no deadline any more."""
    matter = replace(case.matter, closed_at=now, resolution=resolution, offers=())
    return replace(case, state=State.CLOSED, deadline=None, step=0, pulse=case.pulse + 1, matter=matter)


def reopen(
    case: Esc, by: Actor, door: Door, why: str, policy: Policy, now: datetime, tells: tuple[Tell, ...] = ()
) -> Decision[Escalation]:
    """Open an answered or closed case again, with its last owner if present; one without a topic is for triage."""
    state = State.OPEN if case.matter.topic else State.TRIAGE
    matter = replace(
        case.matter,
        acknowledged_at=None,
        answered_at=None,
        answer_url=None,
        closed_at=None,
        resolution=None,
        duplicate_of=None,
    )
    reopened = replace(case, state=state, overdue=False, matter=matter)
    keeps = state == State.OPEN and case.owner is not None and policy.present(case.owner, now)
    reopened, told = begin(reopened, case.owner if keeps else expected(reopened, policy, now), now)
    said = Reply(case.id, Says.REOPENED, (reopened.owner,) if reopened.owner else (), facts={"by": by.called})
    return enter(reopened, now, by, door, Word.REOPEN, why, (RootUpdate(case.id), said, *tells, *told))


def take_topic(case: Esc, topic: TopicId, by: Actor, door: Door, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Give the case a topic: its terms, its owner, its people told."""
    terms = confidential.limited(policy.terms(topic, case.matter.source), case.audience)
    topics = case.matter.topics if topic in case.matter.topics else (*case.matter.topics, topic)
    matter = replace(case.matter, topic=topic, topics=topics, acknowledged_at=None, offers=())
    chosen = replace(case, state=State.OPEN, overdue=False, terms=terms, matter=matter)
    chosen, told = begin(chosen, expected(chosen, policy, now), now)
    tells = confidential.tells(chosen, case.matter.signals[0].identity, addressed(case)[0])
    effects = (*_to_escalations(case, policy), _told_of_topic(chosen), *tells, *told)
    return enter(chosen, now, by, door, Word.TOPIC, f"{terms.title}, said {by.called}", effects)


def _to_escalations(case: Esc, policy: Policy) -> tuple[Effect, ...]:
    """A triage case whose channel is another one gets a new root where escalations are posted."""
    if case.state == State.TRIAGE and policy.triage_channel != policy.escalations_channel:
        return (RootUpdate(case.id, moved=True), RootPost(case.id, Channel.ESCALATIONS))
    return (RootUpdate(case.id),)


def _told_of_topic(case: Esc) -> Reply:
    people = tuple(dict.fromkeys((*case.terms.approved, *case.terms.loop_in)))
    return Reply(case.id, Says.NEW_TOPIC, people, facts={"topic": case.terms.title})
