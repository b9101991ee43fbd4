"""Hearing: listens to Mattermost all the time, connects again whenever that ends, and then reads what was missed.

The outgoing webhook tells of public channels alone, and nobody repeats what it could not deliver.
"""

import logging
import random
import threading
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.core.errors import ChatError, ChatUnavailable, StoreError
from router.ports import AccountChanged, Clock, Events, Happening, Missed, PostDeleted, Posted
from router.service.catching_up import CatchingUp
from router.service.roster import Roster

SHORTEST, LONGEST = 1.0, 30.0  # seconds between two tries to connect
PASSING = timedelta(minutes=1)  # a Mattermost that is restarted is back by then
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deaf:
    """Why nothing is heard; `lasting` once that is no passing matter any more."""

    why: str
    lasting: bool


class Hearing:
    """A thread that hears what people say, from `start` to `stop`."""

    def __init__(self, events: Events, catching_up: CatchingUp, roster: Roster, clock: Clock) -> None:
        self._events = events
        self._catching_up = catching_up
        self._roster = roster
        self._clock = clock
        self._stopping = threading.Event()
        self._why = "not yet connected"
        self._since: datetime | None = clock.now()
        self._told = False
        self._tries = 0
        self._asked_for = timedelta()
        self._thread = threading.Thread(target=self._run, name="hearing", daemon=True)

    @property
    def deaf(self) -> Deaf | None:
        """Why nothing is heard just now; None while all is."""
        since = self._since
        return None if since is None else Deaf(self._why, self._clock.now() - since > PASSING)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End what listens, and write down how far was heard."""
        self._stopping.set()
        self._events.close()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (ChatError, StoreError) as error:
                self._lost(error)
            except Exception as error:  # what is wrong with one post must not end the hearing
                log.exception("what was heard could not be taken in")
                self._lost(error)
            self._stopping.wait(self._pause())
        try:
            self._catching_up.write()
        except StoreError as error:
            log.warning("how far was heard is not written down, more is read again: %s", error)

    def _listen(self) -> None:
        with closing(self._events.listen()) as happenings:
            for happening in happenings:
                self._take_in(happening)
                self._found()

    def _take_in(self, happening: Happening) -> None:
        match happening:
            case Posted() | PostDeleted():
                self._catching_up.hear(happening)
            case Missed():
                self._catching_up.catch_up()
            case AccountChanged():
                self._roster.look_again([happening.user_id])

    def _pause(self) -> float:
        longest = min(LONGEST, SHORTEST * 2 ** min(self._tries, 10))
        pause = random.uniform(longest / 2, longest)  # noqa: S311  (so that not all come back to a server at once)
        return max(pause, self._asked_for.total_seconds())

    def _found(self) -> None:
        if self._since is not None:
            log.info("Mattermost is heard")
        self._since, self._told, self._tries = None, False, 0

    def _lost(self, error: Exception) -> None:
        """Note a loss; the log tells of it once, however many tries it takes to be back."""
        self._why = error.told if isinstance(error, ChatError) else str(error)
        self._since = self._since or self._clock.now()
        self._tries += 1
        self._asked_for = (error.retry_after if isinstance(error, ChatUnavailable) else None) or timedelta()
        if not self._told and not self._stopping.is_set():
            log.warning("Mattermost is not heard, and tried again: %s", error)
            self._told = True
