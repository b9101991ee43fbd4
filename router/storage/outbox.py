"""The outbox: who may try which effect when, and what a try comes to. Runs inside `Tables.attempt`."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from router.core.cases import CaseId
from router.core.effects import DirectMessage, Effect, RootPost, Withdraw, lane
from router.core.errors import KeySeen
from router.core.quoting import TITLE, Erasure, Quote, Words, in_excess, quoted, without_words
from router.core.units import Done, GivenUp, Outcome, PendingEffect, PostRef, Retry, Said
from router.storage.rows import CaseRow, EffectRow, Lease
from router.storage.tables import INSTALLATION, Tables


def queue(tables: Tables, effect: Effect, made_at: datetime) -> None:
    """Put an effect into the outbox under the installation's name; the same key twice is a duplicate."""
    key = f"{tables.facts[INSTALLATION]}/{effect.key}"
    if key in tables.outbox:
        raise KeySeen(effect.key)
    if isinstance(effect, DirectMessage) and _is_overtaken(tables, effect):
        effect = without_words(effect)
    tables.outbox.put(key, EffectRow(tables.next_place(), PendingEffect(key, effect, made_at)))


def _is_overtaken(tables: Tables, message: DirectMessage) -> bool:
    """Whether something was erased of a case after a message quoted it."""
    found = ((tables.cases.get(CaseId(case)), known) for case, known in message.cases.items())
    return any(filed.row().erased > known for filed, known in found if filed)


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
        case Done(root, said):
            tables.outbox.drop(key)
            if root is not None:
                _new_root(tables, root, replaces=not isinstance(row.pending.effect, RootPost))
            if said is not None:
                _remember(tables, said, withdrawn=row.withdrawn)
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


def _new_root(tables: Tables, root: PostRef, *, replaces: bool) -> None:
    """Make a root post the present one of its case; the old ones stay known.

    One that it `replaces` was not brought up to date: what was erased of the case may still stand there.
    """
    filed = tables.cases.get(root.case)
    if filed is None:
        return
    row = filed.row()
    if replaces and row.roots and row.erased:
        _withdraw(tables, row.roots[-1].post_id, row.roots[-1].channel_id)
    tables.store_case(replace(row, roots=(*(one for one in row.roots if one != root), root)))
    tables.posts.put(root.post_id, root)


def erase(tables: Tables, erasure: Erasure) -> None:
    """Take words out of what waits, and withdraw the posts that hold them; former roots show the title."""
    case_id = CaseId(erasure.case)
    filed = tables.cases.get(case_id)
    if filed is None:
        return
    for key, waiting in list(tables.outbox.items()):
        if any(map(erasure.covers, quoted(waiting.pending.effect))):
            pending = replace(waiting.pending, effect=without_words(waiting.pending.effect))
            tried = waiting.withdrawn or pending.tries > 0
            tables.outbox.put(key, replace(waiting, pending=pending, withdrawn=tried))
    row = filed.row()
    for quote in row.quotes:
        if erasure.covers(quote.words):
            _withdraw(tables, quote.post_id, quote.channel_id)
    if erasure.covers(Words(case_id, TITLE)):
        for root in row.roots[:-1]:
            _withdraw(tables, root.post_id, root.channel_id)
    quotes = tuple(one for one in row.quotes if not erasure.covers(one.words))
    tables.store_case(replace(row, quotes=quotes, erased=len(row.entries)))
    tables.erased.put(case_id, row.place)


def _remember(tables: Tables, said: Said, *, withdrawn: bool) -> None:
    """Know from now on where words stand; those that were erased while the post was made are withdrawn at once."""
    if withdrawn:
        _withdraw(tables, said.post_id, said.channel_id)
        return
    for words in said.words:
        filed = tables.cases.get(CaseId(words.case))
        if filed is not None:
            row = filed.row()
            _keep_quotes(tables, replace(row, quotes=(*row.quotes, Quote(words, said.post_id, said.channel_id))))


def _keep_quotes(tables: Tables, row: CaseRow) -> None:
    excess = in_excess(row.quotes)
    for quote in excess:
        _withdraw(tables, quote.post_id, quote.channel_id)
    row = replace(row, quotes=tuple(one for one in row.quotes if one not in excess))
    tables.index_objects(row.case.id, row.objects)
    tables.store_case(row)


def _withdraw(tables: Tables, post_id: str, channel_id: str) -> None:
    """Have a post withdrawn, unless that waits already."""
    with suppress(KeySeen):
        queue(tables, Withdraw(post_id, channel_id, f"withdraw/{post_id}"), tables.told)
