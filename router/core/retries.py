"""When an effect is tried again, and how, so that nothing is said twice.

Mattermost remembers a `pending_post_id` for 30 seconds, in memory. Within 25 s of the first try whose outcome is not
known the same id may be sent again; later, or after a restart, the post must be looked for first, and not before 60 s
from the last try, when whatever was under way has ended.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from router.core.effects import Reply, Says
from router.core.units import AnyCase, PendingEffect, Retry

REPEATABLE = timedelta(seconds=25)
SETTLED = timedelta(seconds=60)  # also the lease of an effect: one that died with its process is looked for, not sent
SOON = timedelta(seconds=2)
LONGEST = timedelta(minutes=5)
LOOK_BACK = timedelta(minutes=5)


class Move(StrEnum):
    """What to do with an effect that is due."""

    SEND = "send"
    WAIT = "wait"
    LOOK = "look for it, then send"


def next_move(pending: PendingEffect, worker: str, now: datetime) -> Move:
    """Send (again), look first, or wait: what a process that died sent last may still be under way."""
    if pending.unclear_since is None:
        return Move.SEND
    if pending.worker == worker and now - pending.unclear_since < REPEATABLE:
        return Move.SEND
    if pending.worker != worker and pending.last_try is not None and now - pending.last_try < SETTLED:
        return Move.WAIT
    return Move.LOOK


def failed(
    pending: PendingEffect,
    began: datetime,
    now: datetime,
    why: str,
    *,
    unclear: bool,
    retry_after: timedelta | None = None,
) -> Retry:
    """Say when to try again after a try that began and failed at these times."""
    wait = max(retry_after or timedelta(), SOON if unclear else min(LONGEST, SOON / 2 * 2 ** min(pending.tries, 10)))
    since = pending.unclear_since or (began if unclear else None)
    if since is not None and now + wait - since >= REPEATABLE:
        wait = max(wait, SETTLED)
    return Retry(now + wait, why, unclear=unclear)


def overtaken(reply: Reply, case: AnyCase) -> bool:
    """Whether a later event made a reminder pointless. What was said by people, or joined, never is."""
    if reply.pulse is not None:
        return reply.pulse < case.pulse
    match reply.says:
        case Says.NEW_OWNER:
            return reply.people != ((case.owner,) if case.owner else ()) or reply.facts.get("state") != case.state
        case Says.NOBODY_LEFT:
            return case.owner is not None or case.deadline is None
        case _:
            return False
