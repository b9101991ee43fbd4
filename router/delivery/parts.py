"""What the delivery works with."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from router.core.effects import Resolve
from router.ports import Chat, Clock, Renderer, Store
from router.service.conditions import Conditions
from router.service.lookout import Lookout
from router.service.places import Places
from router.service.roster import Roster


class Bell:
    """Wakes the delivery; rung by whoever commits, heard by whoever waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.rung = False

    def ring(self) -> None:
        """Say that there is something to do."""
        with self.changed:
            self.rung = True
            self.changed.notify_all()


@dataclass(frozen=True, slots=True)
class Parts:
    """What the delivery works with. `pending_id` makes Mattermost's guard against doubles from key and channel."""

    store: Store
    chat: Chat
    renderer: Renderer
    lookout: Lookout
    places: Places
    roster: Roster
    conditions: Conditions
    clock: Clock
    pending_id: Callable[[str, str], str]
    resolve: Callable[[Resolve], None]
    worker: str
    bell: Bell
