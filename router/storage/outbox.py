"""The outbox: who may try which effect when, and what a try comes to. Runs inside `Tables.attempt`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from router.core.effects import lane
from router.core.units import Done, GivenUp, Outcome, PendingEffect, PostRef, Retry
from router.storage.rows import EffectRow, Lease
from router.storage.tables import Tables


def take(tables: Tables, now: datetime, limit: int, lease: timedelta, worker: str) -> list[PendingEffect]:
    """Lease what is due, oldest first, of each lane only the earliest; give the values from before this try."""
    tables.hear(now)
    due = [row for row in _heads(tables) if row.ready(now)][:limit]
    for row in due:
        tables.outbox.put(row.pending.key, _tried(row, now, now + lease, worker))
    return [row.pending for row in due]


def settle(tables: Tables, key: str, outcome: Outcome) -> None:
    """End a lease. What is not there was settled before."""
    row = tables.outbox.get(key)
    if row is None:
        return
    match outcome:
        case Done(root):
            tables.outbox.drop(key)
            if root is not None:
                _new_root(tables, root)
        case Retry():
            _again(tables, row, outcome)
        case GivenUp(why):
            tables.outbox.drop(key)
            tables.given_up.put(key, why)


def next_effect(tables: Tables) -> datetime | None:
    """When the first of the effects that are next in their lanes may be tried."""
    return min((row.ready_at for row in _heads(tables)), default=None)


def _heads(tables: Tables) -> Iterator[EffectRow]:
    """The earliest effect of each lane, oldest first; the others wait for it, whatever it waits for."""
    seen: set[str] = set()
    for row in sorted((row for _, row in tables.outbox.items()), key=lambda row: row.place):
        name = lane(row.pending.effect)
        if name not in seen:
            seen.add(name)
            yield row


def _tried(row: EffectRow, now: datetime, until: datetime, worker: str) -> EffectRow:
    pending = row.pending
    tried = replace(
        pending,
        tries=pending.tries + 1,
        last_try=now,
        worker=worker,
        unclear_since=pending.unclear_since or now,
    )
    return replace(row, pending=tried, lease=Lease(until, first_unclear=pending.unclear_since is None))


def _again(tables: Tables, row: EffectRow, outcome: Retry) -> None:
    if row.lease is None:
        return
    pending = row.pending
    if row.lease.first_unclear and not outcome.unclear:
        pending = replace(pending, unclear_since=None)
    tables.outbox.put(pending.key, replace(row, pending=pending, not_before=outcome.at, lease=None))


def _new_root(tables: Tables, root: PostRef) -> None:
    """Make a root post the present one of its case; the old ones stay known."""
    filed = tables.cases.get(root.case)
    if filed is None:
        return
    row = filed.row()
    tables.store_case(replace(row, roots=(*(one for one in row.roots if one != root), root)))
    tables.posts.put(root.post_id, root)
