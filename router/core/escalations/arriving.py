"""Signals: the first of a thread and topic opens a case, the others join it, reopen it or are counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from router.core.cases import Audience, Case, CaseId, Decision, enter
from router.core.effects import Channel, Effect, Reply, RootPost, RootUpdate, Says
from router.core.escalations import colleagues, confidential, rounds
from router.core.escalations.matter import KIND, Arrived, Esc, Escalation, Heard, hear, holds, live
from router.core.escalations.table import Resolution, State
from router.core.people import ROUTER
from router.core.policy import Policy
from router.core.signals import Signal
from router.core.topics import Routing, Verdict

KEPT_SIGNALS = 100  # the first and the latest of a case; the timeline keeps the links of all


def open_case(case_id: CaseId, cause: Arrived, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Open a case for the first signal of a thread and topic: an escalation, or one for triage."""
    signal, verdict = cause.signal, cause.verdict
    topic = verdict.label if verdict.decision is Routing.ESCALATE else None
    candidates = tuple(one for one in verdict.candidates if one in policy.topics)
    audience = Audience.RESPONDERS if signal.confidential else Audience.COMPANY
    terms = policy.terms(topic, signal.source) if topic else policy.triage_terms(candidates, signal.source)
    state = State.OPEN if topic else State.TRIAGE
    matter = Escalation(
        signal.source,
        signal.thread,
        signal.url,
        signal.headline,
        now,
        topic,
        (topic,) if topic else (),
        candidates,
        verdict,
        (hear(signal),),
    )
    blank = Case(case_id, KIND, state, 0, None, None, confidential.limited(terms, audience), audience, matter)
    case, told = rounds.begin(blank, rounds.expected(blank, policy, now), now)
    channel = Channel.ESCALATIONS if topic else Channel.TRIAGE
    reason = f"{terms.title}: {_why(verdict)}" if topic else f"uncertain: {_why(verdict)}"
    effects = (RootPost(case_id, channel), *confidential.tells(case, signal.identity), *told)
    return enter(case, now, cause.by, cause.door, "opened", reason, effects)


def _why(verdict: Verdict) -> str:
    """Say how sure, never in the signal's own words: a timeline is not edited when a text must be forgotten."""
    return verdict.sure if verdict.evidence else "a person said so"


def arrive(case: Esc, event: Arrived, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Take in a signal of the case's thread: count it, join it, take its topic, or open the case again."""
    if event.signal.confidential and case.audience is Audience.COMPANY:
        decision = arrive(confidential.hidden(case), event, policy, now)
        return replace(decision, effects=tuple(map(_erasing, decision.effects)))
    verdict = event.verdict
    where = event.signal.url or f"raised by {event.by.called}"
    if verdict.decision is Routing.NONE:
        return _not_sensitive(case, event, where, policy, now)
    heard = _listen(case, event, hear(event.signal))
    tells = confidential.tells(heard, event.signal.identity)
    if verdict.decision is Routing.ESCALATE and verdict.label is not None:
        if case.state == State.TRIAGE:
            heard = replace(heard, matter=replace(heard.matter, verdict=verdict))
            return rounds.take_topic(heard, verdict.label, ROUTER, event.door, policy, now)
        answered = case.state == State.ANSWERED or case.matter.resolution is Resolution.ANSWERED
        back = event.signal.recovered and holds(case, event.signal.identity)
        if answered and not back:
            return rounds.reopen(heard, event.by, event.door, where, policy, now, tells)
    said = Reply(case.id, Says.JOINED, facts={"signal": event.signal.identity})
    return enter(heard, now, event.by, event.door, "joined", where, (RootUpdate(case.id), said, *tells))


def _erasing(effect: Effect) -> Effect:
    """Have a root post show nothing any more of what it showed."""
    return replace(effect, erases=True) if isinstance(effect, RootUpdate) else effect


def _not_sensitive(case: Esc, event: Arrived, where: str, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Count it, unless it is more than that: an edit of what is sensitive no more, or a colleague's words."""
    if _ceases(case, event, policy):
        return _ceased(case, event, where, now)
    counted = replace(case, matter=replace(case.matter, counted=case.matter.counted + 1))
    answered = colleagues.speak(counted, event, where, policy, now)
    return answered or enter(counted, now, event.by, event.door, "counted", where, (RootUpdate(case.id),))


def _ceases(case: Esc, event: Arrived, policy: Policy) -> bool:
    """Whether this is another wording of what the case holds; of colleagues and labels no text was judged."""
    judged = not event.signal.labelled and not policy.is_colleague(event.signal) and not event.own
    return judged and holds(case, event.signal.identity)


def _ceased(case: Esc, event: Arrived, where: str, now: datetime) -> Decision[Escalation]:
    """Keep what it says now, and say once that it does not read as sensitive any more; what follows, people decide."""
    identity = event.signal.identity
    known = any(one.ceased for one in case.matter.signals if one.identity == identity)
    edited = _listen(case, event, replace(hear(event.signal), ceased=True))
    said = () if known else (Reply(case.id, Says.CEASED, facts={"signal": identity}),)
    reason = f"{where}: edited, and not sensitive any more"
    return enter(edited, now, event.by, event.door, "ceased", reason, (RootUpdate(case.id), *said))


def concerned(cases: Sequence[Esc], signal: Signal, verdict: Verdict, policy: Policy) -> Sequence[Esc]:
    """Which cases of a thread a signal goes to; none when it goes to none of them.

    Mostly it is one. But an edit that takes away what was sensitive goes to all live ones that hold it, and what a
    colleague says to all that they may answer.
    """
    if verdict.decision is Routing.NONE:
        alive = [case for case in cases if live(case)]
        holding = [case for case in alive if holds(case, signal.identity)]
        return holding or colleagues.answerable(alive, signal, policy) or alive[-1:]
    one = recipient(cases, verdict)
    return [one] if one else []


def recipient(cases: Sequence[Esc], verdict: Verdict) -> Esc | None:
    """Which case of a thread a signal goes to; None when it goes to none of them.

    A case answers for every topic it has had. A sensitive signal of a new topic takes over a triage case; anything
    else goes to the latest live one.
    """
    alive = [case for case in cases if live(case)]
    if verdict.decision is not Routing.ESCALATE:
        return alive[-1] if alive else None
    same = [case for case in cases if verdict.label in case.matter.topics]
    settled = [case for case in same if case.matter.resolution is not Resolution.DUPLICATE]
    waiting = [case for case in alive if case.state == State.TRIAGE]
    for found in ([case for case in same if live(case)], settled, same, waiting):
        if found:
            return found[-1]
    return None


def _listen(case: Esc, event: Arrived, heard: Heard) -> Esc:
    """Keep what was heard, in the place of its earlier version if there is one; what is erased comes back no more.

    Only when it was recovered at its source does it, and with it what the case says of what opened it.
    """
    matter, signal, verdict = case.matter, event.signal, event.verdict
    kept = {one.identity: one for one in matter.signals}
    known = kept.get(heard.identity)
    if known and known.erased:
        if not signal.recovered:
            return case
        if known is matter.signals[0]:
            verdict = matter.verdict if verdict.decision is Routing.NONE else verdict
            matter = replace(matter, title=signal.headline, verdict=verdict)
    kept[heard.identity] = heard
    signals = list(kept.values())
    if len(signals) > KEPT_SIGNALS:
        signals.remove(next((one for one in signals[1:] if not one.erased), signals[1]))
    return replace(case, matter=replace(matter, signals=tuple(signals)))


def follow(case: Esc, duplicate: Esc, event: Arrived, policy: Policy, now: datetime) -> Decision[Escalation]:
    """Let a case take over from the duplicate that was closed for it: its signal, and the topics it answered for."""
    topics = tuple(dict.fromkeys((*case.matter.topics, *duplicate.matter.topics)))
    heard = {one.identity: one for one in (*case.matter.signals, duplicate.matter.signals[0])}
    matter = replace(case.matter, topics=topics, signals=tuple(heard.values()))
    return arrive(replace(case, matter=matter), event, policy, now)
