"""What was deleted at its source lately: deliveries overtake each other, so a text may come after its own deletion."""

from datetime import datetime, timedelta

from router.core.signals import Deleted, Signal, identity
from router.core.units import Register
from router.ports import Store

DELETED = "deleted"
OVERTAKES_BY = timedelta(days=7)  # how much later than its deletion something may still come
KEPT_DELETIONS = 2000  # the latest: every write of the store carries them


def name_of(deleted: Deleted) -> str:
    """Name what was deleted, an object or a thread: a sender may call both the same."""
    return f"object/{deleted.identity}" if deleted.object_id else f"thread/{deleted.thread}"


def names_of(signal: Signal) -> tuple[str, ...]:
    """Give every name under which it may be deleted, first the one that it shares with its thread."""
    ids = (signal.object_id, signal.alias) if signal.alias else (signal.object_id,)
    objects = (identity(signal.source, signal.instance, one) for one in ids)
    return (f"thread/{signal.thread}", *(f"object/{one}" for one in objects))


def overtook(store: Store, signal: Signal) -> bool:
    """Whether it was deleted since it was said, as far as that is known."""
    told = (store.register(DELETED, name) for name in names_of(signal))
    return not signal.recovered and any(at and signal.at < datetime.fromisoformat(at) for at in told)


def remembered(store: Store, deleted: Deleted) -> list[Register]:
    """Make the registers that keep what was deleted and when, and drop what is old or too much."""
    known = sorted((datetime.fromisoformat(at), name) for name, at in store.registers(DELETED).items())
    excess, since = len(known) + 1 - KEPT_DELETIONS, deleted.at - OVERTAKES_BY
    old = [name for place, (at, name) in enumerate(known) if place < excess or at < since]
    return [
        *(Register(DELETED, name, None) for name in old),
        Register(DELETED, name_of(deleted), deleted.at.isoformat()),
    ]
