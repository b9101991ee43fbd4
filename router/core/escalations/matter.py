"""What an escalation is beyond the kernel, and what can happen to one."""

from dataclasses import dataclass
from datetime import datetime

from router.core.cases import Case, CaseId
from router.core.escalations.table import Resolution, State, Word
from router.core.people import Actor, Door, PersonId
from router.core.signals import Moved, Signal, excerpt, identity
from router.core.topics import TopicId, Verdict

KIND = "escalation"
ERASED = "(deleted at its source)"  # in the place of a title


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal as a case keeps it: `text` is an excerpt. `identity` is the object at its source, `alias` another or "".

    `ceased` when it was edited, and does not read as sensitive any more; `erased` when it was deleted there: then
    neither author nor text is kept.
    """

    identity: str
    kind: str
    url: str
    author: str | None
    title: str
    text: str
    at: datetime
    ceased: bool = False
    erased: bool = False
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """What an approved responder said in public, and perhaps is the answer.

    `identity` is the object at its source. `pulse` is that of the case when its owner was asked: a later one means that
    nobody waits for a reply to that any more.
    """

    identity: str
    url: str
    by: PersonId
    pulse: int


@dataclass(frozen=True, slots=True)
class Escalation:
    """What an escalation is beyond the kernel.

    `topics` holds every topic it has answered for, `own_answers` the address of every answer it was ever given.
    `offers` are what perhaps answers it, the newest last; `told_of` the accounts of colleagues whose words were told
    in private.
    """

    source: str
    thread: str
    url: str
    title: str
    opened_at: datetime
    topic: TopicId | None
    topics: tuple[TopicId, ...]
    candidates: tuple[TopicId, ...]
    verdict: Verdict
    signals: tuple[Heard, ...]
    followers: tuple[str, ...] = ()
    counted: int = 0
    acknowledged_at: datetime | None = None
    answered_at: datetime | None = None
    answer_url: str | None = None
    own_answers: tuple[str, ...] = ()
    closed_at: datetime | None = None
    resolution: Resolution | None = None
    duplicate_of: CaseId | None = None
    offers: tuple[Offered, ...] = ()
    told_of: tuple[str, ...] = ()

    @property
    def offered(self) -> Offered | None:
        """What perhaps answers it: a person has to say so."""
        return self.offers[-1] if self.offers else None


Esc = Case[Escalation]


@dataclass(frozen=True, slots=True)
class Given:
    """A command's arguments, resolved. `merge` is the thread's other case of the topic that was named."""

    user: Actor | None = None
    topic: TopicId | None = None
    text: str = ""
    url: str = ""
    resolution: Resolution | None = None
    merge: Esc | None = None


@dataclass(frozen=True, slots=True)
class Commanded:
    """Somebody gave a command."""

    word: Word
    by: Actor
    door: Door
    given: Given = Given()


@dataclass(frozen=True, slots=True)
class Arrived:
    """A signal of the case's thread came in. `by` is the source, or the person who raised it.

    `own` when it is what the case was answered by.
    """

    signal: Signal
    verdict: Verdict
    by: Actor
    door: Door
    own: bool = False


@dataclass(frozen=True, slots=True)
class Transferred:
    """The case's thread is another one now. `by` is the source."""

    moved: Moved
    by: Actor
    door: Door


@dataclass(frozen=True, slots=True)
class Erased:
    """Something was deleted at its source: one object, or, where `identity` is "", the thread. `by` is the source."""

    identity: str
    by: Actor
    door: Door


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The case's deadline is now or past."""


@dataclass(frozen=True, slots=True)
class OwnerGone:
    """The owner's account is gone, or goes by another name; `why` is for the timeline."""

    why: str


Event = Commanded | Arrived | Transferred | Erased | DeadlinePassed | OwnerGone


def hear(signal: Signal) -> Heard:
    """Take of a signal what a case keeps."""
    text = excerpt(signal.body)
    alias = identity(signal.source, signal.instance, signal.alias) if signal.alias else ""
    return Heard(signal.identity, signal.kind, signal.url, signal.author, signal.title, text, signal.at, alias=alias)


def live(case: Esc) -> bool:
    """Any state but closed."""
    return case.state != State.CLOSED


def holds(case: Esc, identity: str) -> bool:
    """Whether that object of a source is among what the case heard."""
    return any(one.identity == identity for one in case.matter.signals)


def offers(case: Esc, identity: str) -> bool:
    """Whether that object of a source is perhaps its answer."""
    return any(one.identity == identity for one in case.matter.offers)


def waits(case: Esc) -> bool:
    """Whether somebody was asked to confirm an answer, and nothing has moved since."""
    return case.matter.offered is not None and case.matter.offered.pulse == case.pulse


def addressed(case: Esc) -> tuple[tuple[PersonId, ...], tuple[str, ...]]:
    """Whom the root post mentions: people, and usernames of followers; in triage the manager alone."""
    if case.matter.topic is None:
        return case.terms.managers, ()
    return tuple(dict.fromkeys((*case.terms.approved, *case.terms.loop_in))), case.matter.followers
