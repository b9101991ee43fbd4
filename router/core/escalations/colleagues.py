"""Colleagues: their own words are never escalated. They may answer a case, or be said by who may not answer it.

Whether they do answer it only a person can tell: "could you share logs?" is by the same people, in the same place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from router.core import chasing
from router.core.cases import Decision, enter
from router.core.deadlines import Duration, Unit, due
from router.core.effects import Confides, Reply, RootUpdate, Says, Tell
from router.core.escalations.matter import Arrived, Esc, Escalation, Offered, holds, offers, waits
from router.core.escalations.table import State
from router.core.people import PersonId
from router.core.policy import Policy
from router.core.signals import Signal

CONFIRM_WITHIN = Duration(1, Unit.DAYS)
KEPT_OFFERS = 20  # the latest: an edit of one of these asks nobody again
_UNANSWERED = frozenset({State.OPEN, State.ACKNOWLEDGED})


def answerable(cases: Iterable[Esc], signal: Signal, policy: Policy) -> Sequence[Esc]:
    """Those cases that wait for an answer, and that whoever said this may answer."""
    return [case for case in cases if case.state in _UNANSWERED and _approved(case, signal, policy) is not None]


def speak(case: Esc, event: Arrived, where: str, policy: Policy, now: datetime) -> Decision[Escalation] | None:
    """Say what follows from a colleague's words in the thread of a case; None when they are only counted."""
    signal = event.signal
    if case.state not in _UNANSWERED or not policy.is_colleague(signal) or not _may_answer(case, event):
        return None
    person = _approved(case, signal, policy)
    if person is not None:
        return _offer(case, event, person, where, policy, now)
    return _tell(case, event, where, policy, now)


def _approved(case: Esc, signal: Signal, policy: Policy) -> PersonId | None:
    person = policy.colleague(signal.source, signal.author)
    return person.id if person and person.id in case.terms.approved else None


def _may_answer(case: Esc, event: Arrived) -> bool:
    """Whether it is said here for the first time, after what opened the case; only what opens a thread has a title.

    What was missed comes late. An edit of what opened the case makes it no younger than the case is.
    """
    signal = event.signal
    known = event.own or holds(case, signal.identity) or offers(case, signal.identity)
    before = signal.at < min(case.matter.opened_at, case.matter.signals[0].at)
    return not (known or before or signal.title or signal.labelled)


def _offer(
    case: Esc, event: Arrived, person: PersonId, where: str, policy: Policy, now: datetime
) -> Decision[Escalation]:
    """Ask whether that answers it. While the question waits nobody is chased, and more words ask nobody again."""
    asked_already = waits(case)
    pulse = case.pulse if asked_already else case.pulse + 1
    offer = Offered(event.signal.identity, event.signal.url, person, pulse)
    matter = replace(case.matter, offers=(*case.matter.offers, offer)[-KEPT_OFFERS:])
    offered = replace(case, pulse=pulse, matter=matter)
    if asked_already:
        return enter(offered, now, event.by, event.door, "counted", where, (RootUpdate(case.id),))
    offered = replace(offered, deadline=due(now, CONFIRM_WITHIN))
    asked = _asked(case, policy, now)
    facts = {"asked": "owner" if asked == (case.owner,) else "backstop"}
    question = Reply(case.id, Says.CONFIRM_ANSWER, asked, facts=facts, pulse=pulse)
    names = ", ".join(map(policy.name, asked)) or "nobody"
    reason = f"{where}: said by {policy.name(person)}; {names} asked whether it answers it"
    return enter(offered, now, event.by, event.door, "offered", reason, (RootUpdate(case.id), question))


def withdraw(case: Esc, identity: str, now: datetime) -> Esc:
    """Take back an offer that was deleted at its source, or with "" all; nobody waits for what is gone."""
    left = tuple(one for one in case.matter.offers if identity not in {"", one.identity})
    kept = replace(case, matter=replace(case.matter, offers=left))
    if not waits(case) or waits(kept) or case.deadline is None:
        return kept
    within = case.terms.answer_within if case.state == State.ACKNOWLEDGED else case.terms.acknowledge_within
    return replace(kept, deadline=min(case.deadline, due(now, within)), pulse=case.pulse + 1)


def _tell(case: Esc, event: Arrived, where: str, policy: Policy, now: datetime) -> Decision[Escalation] | None:
    """Tell in private, once for each colleague, that somebody answers who is not approved."""
    signal = event.signal
    account = f"{signal.source}:{signal.author or ''}".lower()
    if account in case.matter.told_of:
        return None
    told = replace(case, matter=replace(case.matter, told_of=(*case.matter.told_of, account)))
    known = policy.colleague(signal.source, signal.author)
    facts = {"by": known.name if known else signal.author or "", "url": signal.url}
    tells = (Tell(case.id, Confides.NOT_APPROVED, one, facts) for one in _asked(case, policy, now))
    reason = f"{where}: by a colleague who is not approved, which was told in private"
    return enter(told, now, event.by, event.door, "counted", reason, (RootUpdate(case.id), *tells))


def _asked(case: Esc, policy: Policy, now: datetime) -> tuple[PersonId, ...]:
    return (case.owner,) if case.owner and chasing.is_present(case, policy, now) else case.terms.backstop
