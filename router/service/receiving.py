"""Signals come in: each is classified, finds its case or opens one, and all of one body are one commit."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import count
from typing import assert_never

from router.core import escalations
from router.core.cases import Audience, CaseId, Decision
from router.core.errors import BadInput, KeySeen, StaleCase
from router.core.escalations import Arrived, Erased, Esc, Escalation, Heard, Transferred
from router.core.people import Actor, Door
from router.core.policy import Policy
from router.core.quoting import Erasure
from router.core.signals import RAISED, Deleted, Incoming, Moved, Signal, excerpt, same_address
from router.core.topics import Routing, Verdict
from router.core.units import Key, Register, Unit, unit_of
from router.service import deletions, moves
from router.service.desk import Desk, until_settled
from router.service.verdicts import word_of


class Result(StrEnum):
    """What became of a signal; of several, a hook answers the first of this order."""

    ESCALATED = "escalated"
    JOINED = "joined"
    REOPENED = "reopened"
    TRIAGE = "triage"
    NOT_SENSITIVE = "not_sensitive"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    IGNORED = "ignored"


LONGEST_TEXT = 1_000_000  # characters: several times what any sender lets people write
YEARS = range(1970, 3000)  # others leave the calendar when they are written in another time zone
AT_ONCE = timedelta(hours=1)  # longer than anything is under way here
log = logging.getLogger(__name__)
_ORDER = {result: place for place, result in enumerate(Result)}
_RESULTS = {
    "joined": Result.JOINED,
    "counted": Result.JOINED,
    "offered": Result.JOINED,
    "ceased": Result.JOINED,
    "reopen": Result.REOPENED,
    "topic": Result.ESCALATED,
}


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a delivery."""

    result: Result
    case: CaseId | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A signal with its verdict, and who brought it by which door."""

    signal: Signal
    verdict: Verdict
    by: Actor
    door: Door


Brought = Judged | Moved | Deleted
NOT_OURS = Verdict(None, Routing.NONE, 1.0, ())


def receive(desk: Desk, incoming: Sequence[Incoming]) -> Received:
    """Take in what one delivery tells. What is returned is on disk. Raises BadInput, StoreUnavailable."""
    told = [one for one in incoming if isinstance(one, Signal | Moved | Deleted)]
    if any(isinstance(one, Signal) and sum(map(len, _texts(one))) > LONGEST_TEXT for one in told):
        raise BadInput("$", f"a text of more than {LONGEST_TEXT} characters")
    if any(one.at.year not in YEARS for one in told):
        raise BadInput("$", "a time that was never, or is far away")
    return take_in(desk, [_brought(desk, one) for one in told])


def _texts(signal: Signal) -> tuple[str, ...]:
    """Whatever a stranger may have written, and not only what was said."""
    return signal.title or signal.headline, signal.body, signal.author or "", *signal.labels


def _brought(desk: Desk, one: Signal | Moved | Deleted) -> Brought:
    return Judged(one, judge(desk, one), _source(one), Door.HOOK) if isinstance(one, Signal) else one


def _source(one: Incoming) -> Actor:
    return Actor(one.source, one.source)


def judge(desk: Desk, signal: Signal) -> Verdict:
    """Take the verdict that is known; else classify."""
    known = foregone(desk.policy, signal)
    if known:
        return known
    verdict = desk.classifier.classify(signal.title, signal.body, source=signal.source, kind=signal.kind)
    return counted(desk, signal, verdict)


def counted(desk: Desk, signal: Signal, verdict: Verdict) -> Verdict:
    """Count what the classifier made of a signal, and let the shadow judge it, too."""
    desk.verdicts.count(word_of(verdict), desk.clock.now().date())
    if desk.shadow:
        desk.shadow.note(signal, verdict)
    return verdict


def foregone(policy: Policy, signal: Signal) -> Verdict | None:
    """Give the verdict where none has to be found: on what has a topic, says nothing new, or is a colleague's own."""
    known = _known_topic(policy, signal)
    if known:
        return known
    if signal.topic:  # that topic is none of the policy file's
        return Verdict(None, Routing.TRIAGE, 1.0, (signal.kind.replace("_", " "),))
    return NOT_OURS if signal.labelled or policy.is_colleague(signal) else None


def _known_topic(policy: Policy, signal: Signal) -> Verdict | None:
    if signal.topic in policy.topics:
        return Verdict(signal.topic, Routing.ESCALATE, 1.0, (signal.kind.replace("_", " "),))
    labelled = policy.topic_labelled(signal.labels)
    return Verdict(labelled[0], Routing.ESCALATE, 1.0, (f"labelled {labelled[1]}",)) if labelled else None


def take_in(desk: Desk, brought: Sequence[Brought], keys: tuple[Key, ...] = ()) -> Received:
    """Find or open the case of each signal, in one commit. A signal that is stored already is a duplicate.

    What moved takes its cases along first. What was deleted is erased.
    """
    seen: set[str] = set()

    def attempt() -> Received:
        draft = _Draft(desk, seen)
        received = [draft.take(one) for one in brought]
        unit = draft.unit(keys)
        if unit.keys or unit.cases or unit.registers:
            try:
                desk.store.commit(unit)
            except KeySeen as taken:
                if taken.key in {key.name for key in keys}:
                    raise
                seen.add(taken.key)
                raise StaleCase(taken.key) from taken
            desk.wake()
            log.info("%s", ", ".join(" ".join(filter(None, (one.result, one.case))) for one in received))
        return min(received, key=lambda one: _ORDER[one.result], default=Received(Result.IGNORED))

    return until_settled(attempt)


class _Draft:
    """The decisions of one commit: each sees what the earlier ones made of the thread.

    `seen` are keys that were found taken: of wordings that are stored, and of cases that have left their thread since.
    `regarded` are cases on which something hangs although nothing of them changes: they are written all the same, so
    that of something said and its deletion at the same moment one is stale, and looks again.
    """

    def __init__(self, desk: Desk, seen: set[str]) -> None:
        self.desk = desk
        self.seen = seen
        self.decisions: list[Decision[Escalation]] = []
        self.regarded: list[Esc] = []
        self.keys: list[Key] = []
        self.moved_to: set[str] = set()
        self.erasures = list[Erasure]()
        self.registers: list[Register] = []

    @property
    def taken(self) -> set[str]:
        """Names of keys that are taken, here or in the store."""
        return self.seen.union(key.name for key in self.keys)

    def take(self, brought: Brought) -> Received:
        match brought:
            case Judged():
                return self.add(brought)
            case Moved():
                return self.move(brought)
            case Deleted():
                return self.erase(brought)
            case _:  # pragma: no cover
                assert_never(brought)

    def add(self, judged: Judged) -> Received:
        signal, verdict = self._placed(judged.signal), judged.verdict
        cases = self._thread(signal.thread)
        if verdict.decision is Routing.NONE and (not cases or signal.labelled):
            return _forgotten(verdict)
        key = f"signal/{signal.identity}/{signal.version(self.desk.version_key)}"
        stored = key in self.taken
        erased = _erased(signal, cases)
        known = self._known(signal, cases, erased, stored=stored)
        if known:
            return known
        if any(self._answers(case, signal) for case in cases):
            verdict = NOT_OURS
        if deletions.overtook(self.desk.store, signal):
            return Received(Result.ERASED)
        concerned = escalations.concerned(cases, signal, verdict, self.desk.policy)
        if erased and verdict.decision is not Routing.NONE:
            concerned = [erased]
        if not concerned and verdict.decision is Routing.NONE:
            return _forgotten(verdict)
        event = Arrived(signal, verdict, judged.by, judged.door)
        *_, decision = [self._decide(case, cases, event) for case in concerned or (None,)]
        if not stored:
            self.keys.append(Key(key))
        self.regarded += [case for case in cases if not concerned or _heard(signal.identity, case)]
        if not any(_heard(signal.identity, case) for case in cases):
            thread, *objects = deletions.names_of(signal)
            self._meet(*objects, *(() if cases else (thread,)))
        return Received(_result(decision), decision.case.id)

    def _placed(self, signal: Signal) -> Signal:
        """Take it for one of the thread as it is now: of its source's present name, and of what may be read there.

        That is not known of what was said under an earlier name, or is raised; then the thread's cases tell.
        """
        thread = moves.present(self.desk.store, self.registers, signal.thread)
        cases = self._thread(thread) if thread != signal.thread or signal.instance == RAISED else ()
        hidden = any(case.audience is not Audience.COMPANY for case in cases)
        if thread == signal.thread and not hidden:
            return signal
        return replace(signal, thread=thread, confidential=signal.confidential or hidden)

    def _answers(self, case: Esc, signal: Signal) -> bool:
        """Whether this is what the case was answered by: people give any of its addresses. A question is none."""
        source, question = self.desk.sources.get(signal.source), case.matter.signals[0].url
        same = source.same_place if source else same_address
        return not same(question, signal.url) and any(same(one, signal.url) for one in case.matter.own_answers)

    def _known(self, signal: Signal, cases: Sequence[Esc], erased: Esc | None, *, stored: bool) -> Received | None:
        """Answer for a signal that brings nothing new: it is stored, or was erased and is not said to be back."""
        if erased:
            return None if signal.recovered else Received(Result.ERASED, erased.id)
        repeated = (stored or signal.labelled) and not self._labelled_anew(signal, cases)
        if repeated or _is_outdated(signal, cases):
            return Received(Result.DUPLICATE, _case_of(signal, cases))
        renamed = _under_another_name(signal, cases) if signal.thread in self.moved_to else None
        return Received(Result.DUPLICATE, renamed) if renamed else None

    def _meet(self, *names: str) -> None:
        """Claim what something said and its own deletion both claim: of the two at once, one has to look again."""
        taken, until = self.taken, self.desk.real.now() + AT_ONCE
        self.keys.extend(Key(one, until) for one in (f"met/{name}" for name in names) if one not in taken)

    def _labelled_anew(self, signal: Signal, cases: Sequence[Esc]) -> bool:
        """Whether its labels name a topic that no case of the thread answers for: then its wording may be stored."""
        known = _known_topic(self.desk.policy, signal)
        return known is not None and all(known.label not in case.matter.topics for case in cases)

    def erase(self, deleted: Deleted) -> Received:
        """Forget an object wherever it is held, or all that was said in a thread."""
        cases = self._holding(deleted) if deleted.object_id else self._thread(deleted.thread)
        policy, now = self.desk.rules()
        self.registers += deletions.remembered(self.desk.store, deleted)
        self.regarded += cases
        for case in cases:
            heard = _heard(deleted.identity, case)
            event = Erased(heard.identity if heard else deleted.identity, _source(deleted), Door.HOOK)
            self.decisions.append(escalations.decide(case, event, policy, now))
            self.erasures.append(escalations.erasure(case, event))
        if not cases:
            self._meet(deletions.name_of(deleted))
        return Received(Result.ERASED, cases[-1].id) if cases else Received(Result.IGNORED)

    def move(self, moved: Moved) -> Received:
        """Let the cases of a thread follow it, and take its topics in the new thread where they are free."""
        self.moved_to.add(moved.to)
        there = len(self._thread(moved.to))
        policy, now = self.desk.rules()
        following = self._thread(moved.thread)
        self.registers += moves.remembered(self.desk.store, moved) if following else ()
        for place, case in enumerate(following, there):
            decision = escalations.decide(case, Transferred(moved, _source(moved), Door.HOOK), policy, now)
            self.decisions.append(decision)
            self.erasures += escalations.withdrawn(case, decision.case)
            self._claim(moved.to, place, (Key(f"topic/{moved.to}/{topic}") for topic in case.matter.topics))
        return Received(Result.JOINED, following[-1].id) if following else Received(Result.IGNORED)

    def _decide(self, case: Esc | None, cases: Sequence[Esc], event: Arrived) -> Decision[Escalation]:
        policy, now = self.desk.rules()
        policy = policy.acted_by(event.by.person)
        if case is not None:
            event = replace(event, own=self._answers(case, event.signal))
            decision = escalations.decide(case, event, policy, now)
            self.erasures += escalations.withdrawn(case, decision.case)
            self._claim(event.signal.thread, None, topic_keys(case, decision.case))
        else:
            case_id = self.desk.store.new_id(escalations.PREFIX)
            decision = escalations.open_case(case_id, event, policy, now)
            self._claim(event.signal.thread, len(cases), topic_keys(None, decision.case))
        self.decisions.append(decision)
        return decision

    def _claim(self, thread: str, place: int | None, topics: Iterable[Key]) -> None:
        """Claim topics in a thread, and the next place that is free; a case that left its thread gives none back."""
        taken = self.taken
        self.keys.extend(key for key in topics if key.name not in taken)
        if place is not None:
            names = (f"thread/{thread}/{number}" for number in count(place))
            self.keys.append(Key(next(name for name in names if name not in taken)))

    def _thread(self, thread: str) -> Sequence[Esc]:
        cases = {case.id: case for case in self.desk.store.in_thread(thread)}
        cases |= {one.case.id: one.case for one in self.decisions}
        return [case for case in cases.values() if case.matter.thread == thread]

    def _holding(self, deleted: Deleted) -> Sequence[Esc]:
        identity = deleted.identity
        cases = {case.id: case for case in self.desk.store.holding(identity)}
        for case in (one.case for one in self.decisions):
            if case.id in cases or _heard(identity, case) or escalations.offers(case, identity):
                cases[case.id] = case
        return list(cases.values())

    def unit(self, keys: tuple[Key, ...]) -> Unit:
        decided = unit_of(
            self.decisions,
            keys=(*self.keys, *keys),
            registers=tuple(self.registers),
            erasures=tuple(self.erasures),
        )
        changed = {case.id for case in decided.cases}
        others = {case.id: case for case in self.regarded if case.id not in changed}
        again = (replace(case, version=case.version + 1) for case in others.values())
        return replace(decided, cases=(*decided.cases, *again))


def _forgotten(verdict: Verdict) -> Received:
    return Received(Result.IGNORED if verdict is NOT_OURS else Result.NOT_SENSITIVE)


def _heard(identity: str, case: Esc) -> Heard | None:
    named = (one for one in case.matter.signals if identity and identity in {one.identity, one.alias})
    return next(named, None)


def _case_of(signal: Signal, cases: Sequence[Esc]) -> CaseId | None:
    holding = [case for case in cases if _heard(signal.identity, case)]
    return holding[-1].id if holding else None


def _erased(signal: Signal, cases: Sequence[Esc]) -> Esc | None:
    """Find the case in which the signal's object was erased."""
    heard = ((case, _heard(signal.identity, case)) for case in cases)
    return next((case for case, one in heard if one and one.erased), None)


def _is_outdated(signal: Signal, cases: Sequence[Esc]) -> bool:
    """Whether a later wording of it is known: deliveries overtake each other, and what was missed comes afterwards."""
    heard = (one for case in cases for one in case.matter.signals)
    return any(one.identity == signal.identity and one.at > signal.at for one in heard)


def _under_another_name(signal: Signal, cases: Sequence[Esc]) -> CaseId | None:
    """Find the case that holds what opened a thread, as it was called before the thread was moved."""
    said = signal.title, excerpt(signal.body)
    heard = ((case.id, one) for case in cases for one in case.matter.signals if one.identity != signal.identity)
    return next((case for case, one in heard if signal.title and (one.title, one.text) == said), None)


def _result(decision: Decision[Escalation]) -> Result:
    event = decision.entries[0].event
    if event != "opened":
        return _RESULTS[event]
    return Result.ESCALATED if decision.case.matter.topic else Result.TRIAGE


def topic_keys(before: Esc | None, after: Esc) -> tuple[Key, ...]:
    """A topic that a case answers for from now on is taken in its thread, for ever."""
    topic = after.matter.topic
    if topic is None or (before is not None and topic in before.matter.topics):
        return ()
    return (Key(f"topic/{after.matter.thread}/{topic}"),)
