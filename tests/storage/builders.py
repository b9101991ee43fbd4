"""Small values for tests of stores: a case, the unit that opens it, the unit that moves it."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from router.core.cases import Audience, Case, CaseId, Entry
from router.core.deadlines import Do, Duration, Step
from router.core.deadlines import Unit as Length
from router.core.effects import Channel, Effect, Reply, RootPost, Says
from router.core.escalations import KIND, Esc, Escalation, Heard, State
from router.core.people import Door, PersonId
from router.core.policy import Terms
from router.core.topics import Routing, TopicId, Verdict
from router.core.units import Key, Unit

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LEASE = timedelta(seconds=30)
ADA, BEN = PersonId("ada"), PersonId("ben")


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what happens in the background."""
    give_up = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < give_up, "it did not happen within ten seconds"
        time.sleep(0.005)


def later(**parts: float) -> datetime:
    """Give a moment after NOW."""
    return NOW + timedelta(**parts)


def a_case(case_id: str = "ESC-1", *, thread: str = "github:acme/app#1", text: str = "Is it true?", **changes) -> Esc:
    """Make an open escalation of version 1."""
    case = Case(
        id=CaseId(case_id),
        kind=KIND,
        state=State.OPEN,
        version=1,
        owner=ADA,
        deadline=later(minutes=30),
        terms=_terms(),
        audience=Audience.COMPANY,
        matter=_matter(thread, text),
        entries=1,
        had=(ADA,),
    )
    return replace(case, **changes)


def an_entry(seq: int = 1, event: str = "opened", at: datetime = NOW) -> Entry:
    """Make a line of a timeline."""
    return Entry(seq, at, "github", Door.HOOK, event, "it names a price in its title")


def opening(case: Esc, *keys: Key | str, effects: tuple[Effect, ...] | None = None) -> Unit:
    """Make the unit that opens a case: an entry, the root post and a reply unless told otherwise, and keys."""
    taken = tuple(Key(one) if isinstance(one, str) else one for one in keys)
    return Unit((case,), ((case.id, an_entry()),), two_effects(case) if effects is None else effects, taken)


def two_effects(case: Esc) -> tuple[Effect, ...]:
    """Make the effects of an opening."""
    stem = f"{case.id}/1"
    return (
        RootPost(case.id, Channel.ESCALATIONS, f"{stem}/0"),
        Reply(case.id, Says.NEW_OWNER, (ADA,), (), {"why": "first of the list"}, 1, f"{stem}/1"),
    )


def moved(case: Esc, **changes) -> Esc:
    """Make the next version of a case."""
    return replace(case, version=case.version + 1, entries=case.entries + 1, **changes)


def move(case: Esc, *keys: str, effects: tuple[Effect, ...] = ()) -> Unit:
    """Make the unit that stores a moved case with its newest entry."""
    entry = an_entry(case.entries, "note", later(minutes=case.entries))
    return Unit((case,), ((case.id, entry),), effects, tuple(Key(one) for one in keys))


def closed(case: Esc) -> Esc:
    """Make the version of a case in which it is closed."""
    return moved(case, state=State.CLOSED, deadline=None)


def _terms() -> Terms:
    half_an_hour, hours = Duration(30, Length.MINUTES), Duration(4, Length.HOURS)
    chase = (Step(Do.REMIND_OWNER, half_an_hour), Step(Do.HAND_OVER), Step(Do.NOTIFY_BACKSTOP, hours))
    people = (ADA, BEN)
    return Terms("Pricing", people, (), (BEN,), (BEN,), half_an_hour, hours, hours, chase, chase)


def _matter(thread: str, text: str) -> Escalation:
    url = "https://github.com/acme/app/issues/1"
    topic = TopicId("pricing")
    verdict = Verdict(topic, Routing.ESCALATE, 0.97, ("price", "licence"))
    heard = Heard("github:github.com:1", "issue", url, "somebody", "A question", text, NOW)
    return Escalation("github", thread, url, "A question", NOW, topic, (topic,), (), verdict, (heard,))
