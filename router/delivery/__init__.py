"""Delivery: drains the outbox. Render, send, settle; back off for as long as it takes; never say a thing twice.

It is woken, it does not poll: whoever commits rings the bell, and between that it sleeps until the next retry is due.
"""

import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from router.core.effects import DirectMessage, Reaction, Resolve, Tell, lane
from router.core.errors import ChatError, ChatRefused, ChatUnavailable, Refusal, StoreError
from router.core.retries import SETTLED, Move, failed, next_move
from router.core.units import Done, GivenUp, Outcome, PendingEffect, Retry
from router.delivery.carrying import Carrying
from router.delivery.parts import Bell, Parts
from router.service.conditions import SERVER

__all__ = ["Bell", "Delivery", "Parts"]

AT_ONCE = 16
LAGGING = 2  # tries more to read what was just heard of: three seconds in all
BREATH = 0.5  # seconds before trying again when the store itself can't be read
INTRODUCTION = 5.0  # seconds between tries to be introduced
log = logging.getLogger(__name__)


class Delivery:
    """Carries effects out, several at once, those of one case in order."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._awake = parts.bell.changed
        self._stopping = False
        self._free = AT_ONCE
        self._introduced = False
        self._quiet_until: datetime | None = None
        self._carrying = Carrying(parts)
        self._thread = threading.Thread(target=self._run, name="delivery", daemon=True)

    # ------------------------------------------------------------------------------------------- life

    @property
    def trouble(self) -> str | None:
        """What keeps something from being delivered, with the remedy; None when all is well."""
        worst = self._parts.conditions.worst
        return worst if worst or self._introduced else "not yet introduced to Mattermost"

    @property
    def remarks(self) -> list[str]:
        """What people should know although everything is delivered."""
        return self._parts.lookout.remarks

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._parts.bell.ring()
        self._thread.start()

    def stop(self) -> None:
        """Finish what is under way, and end."""
        with self._awake:
            self._stopping = True
            self._awake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="deliver") as pool:
            while self._wait():
                try:
                    self._introduce()
                    for pending in self._take():
                        pool.submit(self._carry, pending)
                except StoreError:
                    log.exception("the outbox could not be read")
                    self._rest(BREATH)

    def _wait(self) -> bool:
        """Sleep until woken or until the next retry; False when it is time to end."""
        with self._awake:
            if not self._stopping and not self._parts.bell.rung:
                wait = self._until_next()
                if wait is None or wait > 0:
                    self._awake.wait(wait)
            self._parts.bell.rung = False
            return not self._stopping

    def _until_next(self) -> float | None:
        if self._free < AT_ONCE // 2:
            return None
        try:
            at = self._parts.store.next_effect()
        except StoreError:
            return BREATH
        at = max(at, self._quiet_until) if at is not None and self._quiet_until is not None else at
        waits = [] if at is None else [(at - self._parts.clock.now()).total_seconds()]
        return min([*waits, *([] if self._introduced else [INTRODUCTION])], default=None)

    def _rest(self, seconds: float) -> None:
        with self._awake:
            if not self._stopping:
                self._awake.wait(seconds)

    def _take(self) -> list[PendingEffect]:
        with self._awake:
            free = self._free
        if free < AT_ONCE // 2:
            return []  # each take is a write of its own: rather a few effects at once than one by one
        now = self._parts.clock.now()
        if self._quiet_until is not None and now < self._quiet_until:
            return []
        taken = list(self._parts.store.take(now, free, SETTLED, self._parts.worker))
        with self._awake:
            self._free -= len(taken)
        return taken

    def _carry(self, pending: PendingEffect) -> None:
        try:
            self._parts.store.settle(pending.key, self.deliver(pending))
        except Exception:  # one effect must not stop the others; its lease ends, and it is tried again
            log.exception("%s: could not be settled", pending.key)
        finally:
            with self._awake:
                self._free += 1
            self._parts.bell.ring()

    def _introduce(self) -> None:
        """Read once who we are there; while Mattermost does not answer, effects are tried and fail all the same."""
        self._introduced = self._introduced or self._parts.lookout.look()

    # ------------------------------------------------------------------------------------------- one effect

    def deliver(self, pending: PendingEffect) -> Outcome:
        """Try one effect, and say what became of it."""
        began = self._parts.clock.now()
        if next_move(pending, self._parts.worker, began) is Move.WAIT:
            return Retry((pending.last_try or began) + SETTLED, "its last try may be under way")
        try:
            outcome = self._carrying.carry_out(pending)
        except ChatUnavailable as error:
            self._parts.conditions.begin(SERVER, error)
            if error.retry_after is not None:
                self._quiet_until = self._parts.clock.now() + error.retry_after
            return self._failed(pending, began, str(error), unclear=error.unclear, retry_after=error.retry_after)
        except ChatRefused as error:
            return self._refused(pending, began, error)
        except StoreError as error:
            return self._failed(pending, began, str(error), unclear=True)
        self._parts.conditions.end(SERVER, lane(pending.effect))
        log.info("%s: delivered", pending.key)
        return outcome

    def _failed(
        self,
        pending: PendingEffect,
        began: datetime,
        why: str,
        *,
        unclear: bool,
        retry_after: timedelta | None = None,
    ) -> Outcome:
        log.info("%s: not delivered, to be tried again: %s", pending.key, why)
        return failed(pending, began, self._parts.clock.now(), why, unclear=unclear, retry_after=retry_after)

    def _refused(self, pending: PendingEffect, began: datetime, error: ChatRefused) -> Outcome:
        """Give up only what can never be valid; permissions, tokens and channels are mended by people."""
        if isinstance(pending.effect, Resolve) and error.refusal is Refusal.NOT_FOUND:
            return self._unread(pending, began, str(error))
        to_somebody = isinstance(pending.effect, Tell | DirectMessage | Reaction)
        if error.refusal is Refusal.INVALID or (to_somebody and error.refusal is Refusal.NOT_FOUND):
            log.error("%s: given up: %s", pending.key, error)
            self._parts.conditions.end(lane(pending.effect))
            return GivenUp(str(error))
        server = error.refusal is Refusal.CREDENTIALS
        self._parts.conditions.begin(SERVER if server else lane(pending.effect), error)
        if error.refusal in {Refusal.ARCHIVED, Refusal.NOT_FOUND}:
            with contextlib.suppress(ChatError, StoreError):  # the next try knows where the channel is now
                self._parts.places.look_again()
        return self._failed(pending, began, str(error), unclear=False)

    def _unread(self, pending: PendingEffect, began: datetime, why: str) -> Outcome:
        """What was said is not there: deleted, or, of a server with several databases, not there yet."""
        if pending.tries < LAGGING:
            return self._failed(pending, began, why, unclear=False)
        log.info("%s: it is deleted", pending.key)
        return Done()
