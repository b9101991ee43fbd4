"""Commands come in, by whatever door: the doors only build requests, the rules are behind them."""

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.core import escalations
from router.core.cases import CaseId, Decision, Outcome
from router.core.commands import Argument, Malformed, Parsed, Row, parse, usage
from router.core.effects import DirectMessage, Effect, Reaction, Reply, Says
from router.core.errors import Impossible, KeySeen, StaleCase
from router.core.escalations import Arrived, Commanded, Esc, Escalation, Given, Resolution, Word
from router.core.kinds import table
from router.core.people import Actor, Door
from router.core.signals import Signal
from router.core.topics import Routing, TopicId, Verdict
from router.core.units import Key, Unit, unit_of
from router.service import queries
from router.service.desk import Desk, case_for, topic_called, until_settled
from router.service.directory import Directory
from router.service.raising import raise_matter
from router.service.receiving import topic_keys

REMEMBERED = timedelta(days=7)  # how long a request's key is kept: much longer than it could be sent again
DONE_ALREADY = "this was done already"
_URL = re.compile(r"https?://[^\s<>\"`\\]{3,2000}")


@dataclass(frozen=True, slots=True)
class Request:
    """What every door builds. `key` is the reply's post id, or the press's or slash command's client trigger id.

    `case` is the one whose thread or button it was; a case named in the text goes before it. `direct` when it was said
    to the bot alone, and is to be answered there.
    """

    key: str
    actor_id: str
    door: Door
    case: CaseId | None
    text: str
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door says to the person: safe Markdown, and how it ended; `plain` is the same before it was rendered."""

    outcome: Outcome
    text: str
    plain: str = ""


class Commands:
    """Carries out what people ask. Raises ChatUnavailable, ChatRefused or StoreUnavailable, and nothing else."""

    def __init__(self, desk: Desk, directory: Directory) -> None:
        self._desk = desk
        self._directory = directory

    def command(self, request: Request) -> Answer:
        """Carry out a command; its answer is for the person alone."""
        parsed = parse(request.text, table())
        if isinstance(parsed, Malformed):
            return self._answer(request, Outcome.REFUSED, self._said(parsed.problem))
        by = self._directory.actor(request.actor_id)
        try:
            return self._carry_out(request, parsed, by)
        except Impossible as refused:
            return self._answer(request, Outcome.REFUSED, self._said(str(refused)))
        except KeySeen:
            return Answer(Outcome.REFUSED, self._said(DONE_ALREADY))

    # ------------------------------------------------------------------------------------------- carrying out

    def _carry_out(self, request: Request, parsed: Parsed, by: Actor) -> Answer:
        row = table()[parsed.word]
        if by.guest and not row.prefix:
            raise Impossible(f"guests may not {row.word}")
        if row.word == "raise":
            return self._raise(request, parsed.rest, by)
        if row.word in queries.QUERIES:
            return self._query(request, parsed, by)
        return self._on_case(request, parsed, row, by)

    def _raise(self, request: Request, report: str, by: Actor) -> Answer:
        key = Key(f"request/{request.key}", self._until())
        try:
            done = raise_matter(self._desk, report, by, request.door, key)
        except KeySeen:  # it was raised, and perhaps not answered yet
            return self._answer(request, Outcome.REFUSED, self._said(DONE_ALREADY))
        return self._answer(request, Outcome.DONE, self._said(done))

    def _query(self, request: Request, parsed: Parsed, by: Actor) -> Answer:
        case_id = parsed.case or request.case
        template, facts = queries.QUERIES[parsed.word](self._desk, by, case_id, parsed.rest)
        return self._answer(request, Outcome.UNCHANGED, self._desk.renderer.answer(template, facts), private=True)

    def _on_case(self, request: Request, parsed: Parsed, row: Row, by: Actor) -> Answer:
        case_id = parsed.case or request.case
        if case_id is None:
            raise Impossible(f"which case? Say {usage(row).replace('[ID]', 'ESC-1')}")
        given = self._given(parsed, row)

        def attempt() -> Answer:
            case = case_for(self._desk, case_id, by.person)
            decisions = self._decide(case, Word(row.word), by, request.door, given)
            decision = decisions[0]
            answer = Answer(decision.outcome, self._said(_told(decision)), _told(decision))
            asked = Key(f"request/{request.key}", self._until())
            effects = self._door_effects(request, answer, case.id)
            unit = unit_of(decisions, effects=effects, keys=(asked, *topic_keys(case, decision.case)))
            try:
                self._desk.store.commit(unit)
            except KeySeen as seen:
                if seen.key == asked.name:
                    raise
                raise StaleCase(seen.key) from seen
            return answer

        answer = until_settled(attempt)
        self._desk.wake()
        return answer

    def _decide(self, case: Esc, word: Word, by: Actor, door: Door, given: Given) -> list[Decision[Escalation]]:
        """One decision, and a second one where the thread has a case of the named topic already."""
        policy, now = self._desk.rules()
        if word is Word.TOPIC and given.topic is not None:
            given = replace(given, merge=self._other(case, given.topic))
        decision = escalations.decide(case, Commanded(word, by, door, given), policy, now)
        if given.merge is None or decision.case.matter.duplicate_of != given.merge.id or not decision.entries:
            return [decision]
        verdict = replace(case.matter.verdict, label=given.topic, decision=Routing.ESCALATE)
        arrived = Arrived(_again(case), verdict, by, door)
        return [decision, escalations.follow(given.merge, decision.case, arrived, policy, now)]

    def _other(self, case: Esc, topic: TopicId) -> Esc | None:
        """The thread's other case that answers for a topic."""
        others = [one for one in self._desk.store.in_thread(case.matter.thread) if one.id != case.id]
        verdict = Verdict(topic, Routing.ESCALATE, 1.0, ())
        other = escalations.recipient([one for one in others if topic in one.matter.topics], verdict)
        return None if topic in case.matter.topics else other

    # ------------------------------------------------------------------------------------------- arguments

    def _given(self, parsed: Parsed, row: Row) -> Given:
        match row.argument:
            case Argument.USER:
                user = self._directory.named(parsed.rest)
                if user is None:
                    raise Impossible(f"there is nobody called {parsed.rest[:64]}")
                return Given(user=user)
            case Argument.TOPIC:
                none = parsed.rest.lower() == "none"
                return Given(topic=None if none else topic_called(self._desk.policy, parsed.rest, "none"))
            case Argument.URL:
                if not _URL.fullmatch(parsed.rest):
                    raise Impossible("give the address of the public answer, beginning with https://")
                return Given(url=parsed.rest)
            case Argument.REASON:
                return _reason(parsed.rest)
            case _:
                return Given(text=parsed.rest[:4000])

    # ------------------------------------------------------------------------------------------- answering

    def _said(self, text: str) -> str:
        return self._desk.renderer.answer("said", {"text": text})

    def _answer(self, request: Request, outcome: Outcome, text: str, *, private: bool = False) -> Answer:
        """Answer; a thread has no answer of its own, so there it is written down as an effect, once."""
        answer = Answer(outcome, text)
        effects = self._door_effects(request, answer, request.case, private=private)
        if effects:
            key = Key(f"request/{request.key}/answer", self._until())
            with contextlib.suppress(KeySeen):
                self._desk.store.commit(Unit(effects=effects, keys=(key,)))
            self._desk.wake()
        return answer

    def _door_effects(
        self, request: Request, answer: Answer, case: CaseId | None, *, private: bool = False
    ) -> tuple[Effect, ...]:
        """In a thread: a reaction for what was done, a short reply for what was so already, else a direct message."""
        key = f"answer/{request.key}"
        if request.door is not Door.THREAD:
            return ()
        if request.direct:
            return (DirectMessage(request.actor_id, answer.text, key=key),)
        if answer.outcome is Outcome.DONE:
            return (Reaction(request.key, "white_check_mark", key=key),)
        if answer.outcome is Outcome.UNCHANGED and not private and case is not None:
            return (Reply(case, Says.ANSWER, facts={"text": answer.plain}, key=key),)
        return (DirectMessage(request.actor_id, answer.text, key=key),)

    def _until(self) -> datetime:
        return self._desk.real.now() + REMEMBERED


def _told(decision: Decision[Escalation]) -> str:
    """What the actor hears: a refusal or remark as it is, else what is true now."""
    if decision.outcome is not Outcome.DONE:
        return decision.reason
    case = decision.case
    return f"{case.id} is {case.state} now: {decision.reason}"


def _reason(rest: str) -> Given:
    """Read "not-sensitive", "not sensitive", "duplicate of the other one"."""
    words = rest.split()
    for count in range(min(3, len(words)), 0, -1):
        said = "-".join(words[:count]).lower()
        if said in set(Resolution) - {Resolution.ANSWERED}:
            return Given(resolution=Resolution(said), text=" ".join(words[count:])[:1000])
    raise Impossible("the reason must be not-sensitive, no-answer-due or duplicate")


def _again(case: Esc) -> Signal:
    """The first signal of a case, as one that goes to another case of its thread."""
    first = case.matter.signals[0]
    instance, object_id = first.identity.removeprefix(f"{case.matter.source}:").split(":", 1)
    return Signal(
        case.matter.source,
        instance,
        first.kind,
        object_id,
        case.matter.thread,
        first.url,
        first.title,
        case.matter.title,
        first.text,
        first.author,
        first.at,
    )
