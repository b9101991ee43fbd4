"""Stores filled as the service fills them: signals taken in, root posts settled, cases answered and closed."""

import itertools
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.bodies import REPOSITORY, SENSITIVE
from benchmarks.sizes import tell
from router.classify import classifier_for
from router.clocks import SystemClock
from router.config import examine_policy_file
from router.core import escalations
from router.core.cases import CaseId
from router.core.effects import RootPost
from router.core.escalations import Commanded
from router.core.escalations.matter import Given
from router.core.escalations.table import Word
from router.core.people import Actor, Door
from router.core.policy import Policy
from router.core.signals import Signal
from router.core.units import Done, Outcome, PendingEffect, PostRef, unit_of
from router.intake.source import sources
from router.ports import Store
from router.rendering import TemplateRenderer
from router.resources import data_folder
from router.service.desk import Desk
from router.service.receiving import receive
from router.storage import open_store

AT_ONCE = 64  # waiting together they share the writes to disk
_LEASE = timedelta(minutes=5)


def seed(path: Path, *, open_cases: int, closed_cases: int) -> None:
    """Make a TinyDB store at `path`: history first, then what is open."""
    tell(f"  filling a store with {closed_cases:,} closed and {open_cases:,} open cases")
    policy, _ = examine_policy_file(data_folder() / "responders.toml").accepted()
    store = open_store(f"tinydb:///{path}")
    try:
        desk = _desk(store, policy)
        numbers = itertools.count(1)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for some in _portions(closed_cases):
                cases = _open(desk, pool, [next(numbers) for _ in range(some)])
                each(pool, partial(_close, desk), cases)
                _post(store, pool)
            for some in _portions(open_cases):
                _open(desk, pool, [next(numbers) for _ in range(some)])
                _post(store, pool)
    finally:
        store.close()


def _desk(store: Store, policy: Policy) -> Desk:
    clock = SystemClock()
    return Desk(
        store=store,
        policy=policy,
        classifier=classifier_for(list(policy.topics.values()), policy.recognition),
        renderer=TemplateRenderer(data_folder() / "templates"),
        sources=sources(),
        clock=clock,
        real=clock,
        version_key=secrets.token_bytes(32),
        wake=lambda: None,
    )


def _portions(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, AT_ONCE)
        count -= AT_ONCE


def each(pool: ThreadPoolExecutor, work: Callable[[Any], Any], on: Sequence[Any]) -> list[Any]:
    """Do the same with all of them, together."""
    return list(pool.map(work, on))


def _open(desk: Desk, pool: ThreadPoolExecutor, numbers: Sequence[int]) -> list[CaseId]:
    return [one.case for one in each(pool, lambda number: receive(desk, [signal(number)]), numbers)]


def signal(number: int) -> Signal:
    """Make a sensitive signal, the first of its thread."""
    title, body = SENSITIVE[number % len(SENSITIVE)]
    return Signal(
        source="github",
        instance="github.com",
        kind="issue",
        object_id=f"issue/{number}",
        thread=f"github:{REPOSITORY}#{number}",
        url=f"https://github.com/{REPOSITORY}/issues/{number}",
        title=title,
        headline=title,
        body=body,
        author="octo-reader",
        at=datetime.now(UTC),
    )


def _close(desk: Desk, case_id: CaseId) -> None:
    """Claim, answer and close, as its first responder does."""
    case = desk.store.get(case_id)
    person = desk.policy.people[case.terms.approved[0]]
    by = Actor(person.mattermost, person.name, "", person.id)
    answer = Given(url=f"{case.matter.url}#issuecomment-{case_id}")
    for word, given in ((Word.CLAIM, Given()), (Word.ANSWERED, answer), (Word.CLOSE, Given())):
        event = Commanded(word, by, Door.BUTTON, given)
        decision = escalations.decide(desk.store.get(case_id), event, desk.policy, desk.clock.now())
        desk.store.commit(unit_of([decision]))


def _post(store: Store, pool: ThreadPoolExecutor) -> None:
    """Empty the outbox, as if all had been posted."""
    while pending := store.take(datetime.now(UTC), AT_ONCE, _LEASE, "seeding"):
        each(pool, lambda one: store.settle(one.key, _outcome(one)), pending)


def _outcome(pending: PendingEffect) -> Outcome:
    if isinstance(pending.effect, RootPost):
        post_id = secrets.token_hex(13)
        return Done(PostRef(post_id, "c" * 26, CaseId(pending.effect.case)))
    return Done()
