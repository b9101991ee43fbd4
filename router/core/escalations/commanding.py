"""Commands: what a person tells an escalation to do."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from router.core.cases import Decision, enter, forbidden, may_see, refused, unchanged, unseen
from router.core.cases import heir as next_in_line
from router.core.deadlines import due
from router.core.effects import Reply, RootUpdate, Says
from router.core.escalations import rights, rounds
from router.core.escalations.matter import Commanded, Esc, Escalation
from router.core.escalations.table import ROW, Resolution, State, Word
from router.core.people import Actor, Door
from router.core.policy import Policy


def command(case: Esc, event: Commanded, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Check the right, then the state, then do it; a refusal says who may, or what is possible instead."""
    against = hindrance(case, event, policy, now)
    if against is not None:
        return against
    done = _carry_out(case, event, policy, now)
    if not done.entries:
        return done
    return replace(done, case=replace(done.case, overdue=False))


def hindrance(case: Esc, event: Commanded, policy: Policy, now: datetime) -> Decision[Escalation] | None:
    """Refuse what no argument could make possible; None when nothing stands in the way."""
    row = ROW[event.word]
    if not may_see(case.audience, case, event.by.person):
        return forbidden(case, now, event.by, event.door, event.word, unseen(case.audience, case.id))
    if not rights.may(row.who, case, event.by, policy):
        return forbidden(case, now, event.by, event.door, event.word, rights.who_may(row, case, policy))
    if event.word is Word.CLAIM and case.state == State.ACKNOWLEDGED:
        return _claimed_already(case, event.by, policy)
    if row.states and case.state not in row.states:
        return refused(case, rights.possible_instead(case, event.word))
    return None


def _carry_out(  # noqa: C901  (one branch per command)
    case: Esc, event: Commanded, policy: Policy, now: datetime
) -> Decision[Escalation]:
    match event.word:
        case Word.CLAIM:
            return _claim(case, event, now)
        case Word.ASSIGN:
            return _assign(case, event, policy, now)
        case Word.RELEASE:
            return _release(case, event, policy, now)
        case Word.TOPIC:
            return _retopic(case, event, policy, now)
        case Word.NOTE:
            return _note(case, event, now)
        case Word.LOOP_IN:
            return _loop_in(case, event, now)
        case Word.DISMISS:
            return _dismiss(case, event, now)
        case Word.ANSWERED:
            return _answered(case, event, now)
        case Word.CLOSE:
            closed = rounds.closed(case, Resolution.ANSWERED, now)
            return enter(closed, now, event.by, event.door, event.word, "answered and closed", (RootUpdate(case.id),))
        case Word.REOPEN:
            why = "the answer did not settle it" if case.matter.answer_url else "it needs an answer after all"
            return rounds.reopen(case, event.by, event.door, why, policy, now)
        case _:  # pragma: no cover
            assert_never(event.word)


def _claim(case: Esc, event: Commanded, now: datetime) -> Decision[Escalation]:
    owner = event.by.person
    taken = replace(
        case,
        state=State.ACKNOWLEDGED,
        owner=owner,
        deadline=due(now, case.terms.answer_within),
        step=0,
        had=(*case.had, owner) if owner and owner not in case.had else case.had,
        pulse=case.pulse + 1,
        matter=replace(case.matter, acknowledged_at=now),
    )
    reason = f"{event.by.called} answers it"
    return enter(taken, now, event.by, event.door, Word.CLAIM, reason, (RootUpdate(case.id),))


def _claimed_already(case: Esc, by: Actor, policy: Policy) -> Decision[Escalation]:
    if case.owner == by.person:
        return unchanged(case, f"{case.id} is yours already")
    owner = policy.name(case.owner) if case.owner else "somebody"
    return refused(case, f"{case.id} is claimed by {owner} already")


def _assign(case: Esc, event: Commanded, policy: Policy, now: datetime) -> Decision[Escalation]:
    to = event.given.user
    if to is None or to.person not in case.terms.approved:
        named = to.called if to else "nobody"
        approved = rights.approved(case, policy)
        return refused(case, f"{named} is not approved for {case.terms.title}; approved: {approved}")
    if to.person == event.by.person:
        return command(case, replace(event, word=Word.CLAIM), policy, now)
    if not policy.present(to.person, now):
        return refused(case, f"{to.called} is away")
    given, _ = rounds.begin(replace(case, state=State.OPEN), to.person, now)
    given = replace(given, matter=replace(case.matter, acknowledged_at=None))
    effects = (RootUpdate(case.id), _new_owner(given))
    return enter(given, now, event.by, event.door, Word.ASSIGN, f"{to.called} is asked to answer it", effects)


def _release(case: Esc, event: Commanded, policy: Policy, now: datetime) -> Decision[Escalation]:
    leaving = (case.owner,) if case.owner else ()
    following = next_in_line(replace(case, had=leaving), case.terms.approved, policy, now)
    opened = replace(case, state=State.OPEN, matter=replace(case.matter, acknowledged_at=None))
    given, told = rounds.begin(opened, following, now, leaving)
    reason = f"{event.by.called} gives it back; {policy.name(following) if following else 'nobody'} is next"
    effects = (RootUpdate(case.id), *((_new_owner(given),) if following else ()), *told)
    return enter(given, now, event.by, event.door, Word.RELEASE, reason, effects)


def _note(case: Esc, event: Commanded, now: datetime) -> Decision[Escalation]:
    said = () if event.door is Door.THREAD else (Reply(case.id, Says.NOTE, facts=_by(event, text=event.given.text)),)
    return enter(case, now, event.by, event.door, Word.NOTE, event.given.text, said)


def _loop_in(case: Esc, event: Commanded, now: datetime) -> Decision[Escalation]:
    who = event.given.user
    if who is None:
        return refused(case, "there is nobody of that name")
    if who.username in case.matter.followers or who.person in case.terms.loop_in:
        return unchanged(case, f"{who.called} is looped in already")
    followers = (*case.matter.followers, who.username)
    followed = replace(case, matter=replace(case.matter, followers=followers))
    said = Reply(case.id, Says.LOOPED_IN, usernames=(who.username,), facts=_by(event))
    effects = (said, RootUpdate(case.id))
    return enter(followed, now, event.by, event.door, Word.LOOP_IN, f"{who.called} is looped in", effects)


def _dismiss(case: Esc, event: Commanded, now: datetime) -> Decision[Escalation]:
    resolution = event.given.resolution or Resolution.NO_ANSWER_DUE
    reason = f"{resolution}: {event.given.text}" if event.given.text else str(resolution)
    closed = rounds.closed(case, resolution, now)
    return enter(closed, now, event.by, event.door, Word.DISMISS, reason, (RootUpdate(case.id),))


def _answered(case: Esc, event: Commanded, now: datetime) -> Decision[Escalation]:
    claimed = case.state == State.ACKNOWLEDGED and case.owner is not None
    answered = replace(
        case,
        state=State.ANSWERED,
        owner=case.owner if claimed else event.by.person,
        deadline=due(now, case.terms.close_after),
        step=0,
        pulse=case.pulse + 1,
        matter=replace(
            case.matter,
            answered_at=now,
            answer_url=event.given.url,
            own_answers=(*case.matter.own_answers, event.given.url),
            offers=(),
            acknowledged_at=case.matter.acknowledged_at or now,
        ),
    )
    return enter(answered, now, event.by, event.door, Word.ANSWERED, event.given.url, (RootUpdate(case.id),))


def _retopic(case: Esc, event: Commanded, policy: Policy, now: datetime) -> Decision[Escalation]:
    topic = event.given.topic
    if topic is None:
        closed = rounds.closed(case, Resolution.NOT_SENSITIVE, now)
        return enter(closed, now, event.by, event.door, Word.TOPIC, "not sensitive", (RootUpdate(case.id),))
    if topic == case.matter.topic:
        return unchanged(case, f"{case.id} is about {case.terms.title} already")
    if event.given.merge is not None:
        return _merged(case, event, event.given.merge, now)
    return rounds.take_topic(case, topic, event.by, event.door, policy, now)


def _merged(case: Esc, event: Commanded, other: Esc, now: datetime) -> Decision[Escalation]:
    """The thread has a case of that topic: this one closes; its signal goes to the other (see `follow`)."""
    closed = rounds.closed(case, Resolution.DUPLICATE, now)
    closed = replace(closed, matter=replace(closed.matter, duplicate_of=other.id))
    reason = f"{other.terms.title}: the same thread has {other.id}"
    return enter(closed, now, event.by, event.door, Word.TOPIC, reason, (RootUpdate(case.id),))


def _new_owner(case: Esc) -> Reply:
    return Reply(case.id, Says.NEW_OWNER, (case.owner,) if case.owner else (), facts={"state": case.state})


def _by(event: Commanded, **facts: str) -> dict[str, str]:
    return {"by": event.by.called, **facts}
