"""Commands come in, by whatever door: the doors only build requests, the rules are behind them."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from router.core import escalations
from router.core.cases import Audience, CaseId, Decision, Outcome, unchanged
from router.core.commands import Argument, Malformed, Parsed, Row, is_address, parse, usage
from router.core.effects import DirectMessage, Effect, Reaction, Reply, Says
from router.core.errors import Impossible, KeySeen, StaleCase
from router.core.escalations import Arrived, Commanded, Esc, Escalation, Given, Resolution, Word
from router.core.kinds import table
from router.core.people import Actor, Door
from router.core.quoting import Erasure
from router.core.signals import Signal
from router.core.topics import Routing, TopicId, Verdict
from router.core.units import Key, Unit, unit_of
from router.service import queries
from router.service.desk import Desk, case_called, case_for, topic_called, until_settled
from router.service.directory import Directory
from router.service.raising import raise_matter
from router.service.receiving import topic_keys

REMEMBERED = timedelta(days=7)  # how long a request's key is kept: much longer than it could be sent again
DONE_ALREADY = "this was done already"


@dataclass(frozen=True, slots=True)
class Request:
    """What every door builds. `key` is the reply's post id, or the press's or slash command's client trigger id.

    `case` is the one whose thread, button or form it was; a case named in the text goes before it. `direct` when it was
    said to the bot alone, and is to be answered there. `channel_id` is where the person looks while sending in a form,
    which has no answer of its own once it is done.
    """

    key: str
    actor_id: str
    door: Door
    case: CaseId | None
    text: str
    direct: bool = False
    channel_id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the door says to the person: safe Markdown, and how it ended; `plain` is the same before it was rendered.

    `cases` are those whose titles it quotes, each with the length of its timeline then.
    """

    outcome: Outcome
    text: str
    plain: str = ""
    cases: Mapping[str, int] = field(default_factory=dict)


class Commands:
    """Carries out what people ask. Raises ChatUnavailable, ChatRefused or StoreUnavailable, and nothing else.

    `thread_of` gives the thread of a link to a post of Mattermost.
    """

    def __init__(self, desk: Desk, directory: Directory, thread_of: Callable[[str], str | None]) -> None:
        self._desk = desk
        self._directory = directory
        self._thread_of = thread_of

    def command(self, request: Request) -> Answer:
        """Carry out a command; its answer is for the person alone."""
        parsed = parse(request.text, table())
        if isinstance(parsed, Malformed):
            return self._answered(request, self._said(Outcome.REFUSED, parsed.problem))
        return self._guarded(request, lambda by: self._carry_out(request, parsed, by))

    def hindrance(self, request: Request, asked: Parsed) -> Answer | None:
        """What refuses a command whatever its argument: said before anybody fills in a form for it."""
        answer = self._guarded(request, lambda by: self._begin(request, asked, by))
        return answer if answer.outcome is Outcome.REFUSED else None

    def _guarded(self, request: Request, act: Callable[[Actor], Answer]) -> Answer:
        try:
            return act(self._directory.actor(request.actor_id))
        except Impossible as refused:
            return self._answered(request, self._said(Outcome.REFUSED, str(refused)))
        except KeySeen:
            return self._said(Outcome.REFUSED, DONE_ALREADY)

    # ------------------------------------------------------------------------------------------- carrying out

    def _carry_out(self, request: Request, parsed: Parsed, by: Actor) -> Answer:
        row = _row(parsed, by)
        if row.word == "raise":
            return self._raise(request, parsed.rest, by)
        if row.word in queries.QUERIES:
            return self._query(request, parsed, by)
        return self._on_case(request, parsed, row, by)

    def _raise(self, request: Request, report: str, by: Actor) -> Answer:
        key = Key(f"request/{request.key}", self._until())
        try:
            done = raise_matter(self._desk, self._thread_of, report, by, request.door, key)
        except KeySeen:  # it was raised, and perhaps not answered yet
            return self._answered(request, self._said(Outcome.REFUSED, DONE_ALREADY))
        return self._answered(request, self._said(Outcome.DONE, done))

    def _begin(self, request: Request, asked: Parsed, by: Actor) -> Answer:
        row = _row(asked, by)
        if not row.prefix:
            if asked.case is not None:
                case_for(self._desk, asked.case, by.person)
            return self._said(Outcome.UNCHANGED, "")

        def decide(case: Esc) -> list[Decision[Escalation]]:
            policy, now = self._desk.rules()
            policy, event = policy.acted_by(by.person), Commanded(Word(row.word), by, request.door)
            return [escalations.hindrance(case, event, policy, now) or unchanged(case, "")]

        return self._settled(request, _case_id(request, asked, row), decide)

    def _query(self, request: Request, parsed: Parsed, by: Actor) -> Answer:
        case_id = parsed.case or request.case
        facts = queries.QUERIES[parsed.word](self._desk, by, case_id, parsed.rest)
        text = self._desk.renderer.answer(facts.template, facts.given)
        answer = Answer(Outcome.UNCHANGED, text, cases=facts.cases)
        return self._answered(request, answer)

    def _on_case(self, request: Request, parsed: Parsed, row: Row, by: Actor) -> Answer:
        case_id, given = _case_id(request, parsed, row), self._given(parsed, row)
        return self._settled(request, case_id, lambda case: self._decide(case, Word(row.word), by, request.door, given))

    def _settled(
        self, request: Request, case_id: CaseId, decide: Callable[[Esc], list[Decision[Escalation]]]
    ) -> Answer:
        """Decide and commit until nobody else was faster. A request acts once; a refused form may be mended."""
        gone: set[str] = set()  # topics of cases that have left the thread since, which hinder nobody

        def attempt() -> Answer:
            case = case_called(self._desk, case_id)
            decisions = decide(case)
            answer = self._said(decisions[0].outcome, _told(decisions[0]))
            asked = Key(f"request/{request.key}", self._until())
            once = () if request.door is Door.DIALOG and answer.outcome is Outcome.REFUSED else (asked,)
            effects = self._door_effects(request, answer, case.id)
            topics = (key for key in topic_keys(case, decisions[0].case) if key.name not in gone)
            unit = unit_of(decisions, effects=effects, keys=(*once, *topics), erasures=self._withdrawn(decisions))
            if not unit.entries and not unit.effects:
                return answer
            try:
                self._desk.store.commit(unit)
            except KeySeen as seen:
                if seen.key == asked.name:
                    raise
                gone.add(seen.key)
                raise StaleCase(seen.key) from seen
            return answer

        answer = until_settled(attempt)
        self._desk.wake()
        return answer

    def _withdrawn(self, decisions: Iterable[Decision[Escalation]]) -> tuple[Erasure, ...]:
        """What must go, since a case took over from a duplicate that not everybody may see."""
        pairs = ((self._desk.store.get(one.case.id), one.case) for one in decisions)
        return tuple(erasure for before, after in pairs for erasure in escalations.withdrawn(before, after))

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
                if not is_address(parsed.rest):
                    raise Impossible("give the address of the public answer, beginning with https://")
                return Given(url=parsed.rest)
            case Argument.REASON:
                return _reason(parsed.rest)
            case _:
                return Given(text=parsed.rest[:4000])

    # ------------------------------------------------------------------------------------------- answering

    def _said(self, outcome: Outcome, plain: str) -> Answer:
        return Answer(outcome, self._desk.renderer.answer("said", {"text": plain}), plain)

    def _answered(self, request: Request, answer: Answer) -> Answer:
        """Answer what changed no case; where the door has no answer of its own it is an effect, written down once."""
        effects = self._door_effects(request, answer, None)
        if effects:
            key = Key(f"request/{request.key}/answer", self._until())
            with contextlib.suppress(KeySeen):
                self._desk.store.commit(Unit(effects=effects, keys=(key,)))
            self._desk.wake()
        return answer

    def _door_effects(self, request: Request, answer: Answer, case: CaseId | None) -> tuple[Effect, ...]:
        """What tells the person, where the door has no answer; slash commands and presses have one."""
        match request.door:
            case Door.THREAD:
                return _in_thread(request, answer, case)
            case Door.DIALOG if answer.outcome is Outcome.DONE and not self._in_view(case, request.channel_id):
                return (DirectMessage(request.actor_id, answer.text, key=f"answer/{request.key}"),)
            case _:
                return ()

    def _in_view(self, case: CaseId | None, channel_id: str) -> bool:
        """Whether the person looks at the channel in which the case's root post shows what was done."""
        root = self._desk.store.root_of(case) if case else None
        return root is not None and root.channel_id == channel_id

    def _until(self) -> datetime:
        return self._desk.real.now() + REMEMBERED


def _told(decision: Decision[Escalation]) -> str:
    """What the actor hears: a refusal or remark as it is, else what is true now."""
    if decision.outcome is not Outcome.DONE:
        return decision.reason
    case = decision.case
    changes_state = table()[decision.entries[0].event].to
    return f"{case.id} is {case.state} now: {decision.reason}" if changes_state else f"{case.id}: {decision.reason}"


def _in_thread(request: Request, answer: Answer, case: CaseId | None) -> tuple[Effect, ...]:
    """Give a reaction to what was done, a short reply to what was so already; all else is told to the person alone."""
    key = f"answer/{request.key}"
    if answer.outcome is Outcome.DONE and not request.direct:
        return (Reaction(request.key, "white_check_mark", key=key),)
    if answer.outcome is Outcome.UNCHANGED and case is not None and not request.direct:
        return (Reply(case, Says.ANSWER, facts={"text": answer.plain}, key=key),)
    return (DirectMessage(request.actor_id, answer.text, key, dict(answer.cases)),)


def typed(word: str, case: CaseId | None, rest: str) -> str:
    """Write a command as it would be typed; one whose argument is a report names no case."""
    row = table().get(word)
    named = case if row is None or row.argument is not Argument.REPORT else None
    return " ".join(part for part in (word, named, rest) if part)


def _row(parsed: Parsed, by: Actor) -> Row:
    row = table()[parsed.word]
    if by.guest and not row.prefix:
        raise Impossible(f"guests may not {row.word}")
    return row


def _case_id(request: Request, parsed: Parsed, row: Row) -> CaseId:
    case_id = parsed.case or request.case
    if case_id is None:
        raise Impossible(f"which case? Say {usage(row).replace('[ID]', 'ESC-1')}")
    return case_id


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
    first, source = case.matter.signals[0], case.matter.source
    instance, object_id = first.identity.removeprefix(f"{source}:").split(":", 1)
    return Signal(
        source=source,
        instance=instance,
        kind=first.kind,
        object_id=object_id,
        thread=case.matter.thread,
        url=first.url,
        title=first.title,
        headline=case.matter.title,
        body=first.text,
        author=first.author,
        at=first.at,
        confidential=case.audience is not Audience.COMPANY,
        alias=first.alias.removeprefix(f"{source}:{instance}:"),
    )
