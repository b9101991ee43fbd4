"""Where threads went that have cases: what was said before a thread moved may come after that was told."""

from router.core.signals import Moved
from router.core.units import Register
from router.ports import Store

MOVED = "moved"
KEPT_MOVES = 500  # the latest: every write of the store carries them


def present(store: Store, thread: str) -> str:
    """Give the name that a thread has now; where its names lead round in a ring, the last of them."""
    names = [thread]
    while (told := store.register(MOVED, names[-1])) and (name := told.partition(" ")[2]) not in names:
        names.append(name)
    return names[-1]


def remembered(store: Store, moved: Moved) -> list[Register]:
    """Make the registers that keep where a thread went. A name that is taken again leads nowhere else any more."""
    known = store.registers(MOVED)
    excess = sorted(known, key=lambda thread: known[thread])[: max(0, len(known) + 1 - KEPT_MOVES)]
    dropped = [name for name in dict.fromkeys((*excess, moved.to)) if name in known]
    return [
        *(Register(MOVED, name, None) for name in dropped),
        Register(MOVED, moved.thread, f"{moved.at.isoformat()} {moved.to}"),
    ]
