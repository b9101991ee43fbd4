"""Where threads went that have cases: what was said before a thread moved may come after that was told."""

from collections.abc import Iterable

from router.core.signals import Moved
from router.core.units import Register
from router.ports import Store

MOVED = "moved"
KEPT_MOVES = 500  # the latest: every write of the store carries them


def present(store: Store, fresh: Iterable[Register], thread: str) -> str:
    """Give the name that a thread has now; where its names lead round in a ring, the last of them.

    `fresh` are registers that are not written yet.
    """
    newer = {one.key: one.value for one in fresh if one.name == MOVED}
    names, name = list[str](), thread
    while name and name not in names:
        names.append(name)
        told = newer.get(name, store.register(MOVED, name)) or ""
        name = told.partition(" ")[2]
    return names[-1]


def remembered(store: Store, moved: Moved) -> list[Register]:
    """Make the registers that keep where a thread went. A name that is taken again leads nowhere else any more."""
    known = store.registers(MOVED)
    excess = sorted(known, key=lambda thread: known[thread])[: max(0, len(known) + 1 - KEPT_MOVES)]
    return [
        *(Register(MOVED, name, None) for name in (*excess, moved.to)),
        Register(MOVED, moved.thread, f"{moved.at.isoformat()} {moved.to}"),
    ]
