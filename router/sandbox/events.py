"""What happens on the server, told to whoever listens: the events of Mattermost's WebSocket.

An event is `{"event", "data", "broadcast", "seq"}`; most nested objects in `data` are JSON strings, as on the wire.
Who may hear it is settled by `announcements` when it is published. A publisher never waits: a listener that lets more
than its queue wait is cut off, as the real server cuts a slow client off, and has to read the state anew.
"""

import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from router.sandbox.records import Json

QUEUE_SIZE = 256  # events that may wait for one listener
_NOWHERE: Json = {
    "omit_users": None,
    "user_id": "",
    "channel_id": "",
    "team_id": "",
    "connection_id": "",
    "omit_connection_id": "",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One event as one listener gets it, not numbered yet."""

    name: str
    data: Json
    broadcast: Json = field(default_factory=dict)

    def json(self, seq: int) -> Json:
        """Return the event as it is sent, `seq` being its number among the listener's events."""
        return {"event": self.name, "data": self.data, "broadcast": _NOWHERE | self.broadcast, "seq": seq}


class Subscription:
    """The events of one person's client, oldest first. A context manager that ends the listening."""

    def __init__(self, user_id: str, forget: Callable[["Subscription"], None]) -> None:
        self.user_id = user_id
        self._forget = forget
        self._waiting: deque[Event] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._seq = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether no event comes any more: closed here, by the server's end, or because too many waited."""
        return self._closed

    def next(self, timeout: float) -> Json | None:
        """Return the next event with its number, counted from 1; None after `timeout` seconds or at the end."""
        event = self.take(timeout)
        if event is None:
            return None
        self._seq += 1
        return event.json(self._seq)

    def take(self, timeout: float, stopped: Callable[[], bool] = lambda: False) -> Event | None:
        """Return the next event without a number; None after `timeout` seconds, at the end or when `stopped`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed or stopped(), timeout)
            return self._waiting.popleft() if self._waiting and not stopped() else None

    def wake(self) -> None:
        """Let whoever waits look whether to stop."""
        with self._changed:
            self._changed.notify_all()

    def put(self, event: Event) -> None:
        """Add an event; one too many closes the subscription."""
        with self._changed:
            if self._closed:
                return
            if len(self._waiting) >= QUEUE_SIZE:
                self._end()
            else:
                self._waiting.append(event)
                self._changed.notify_all()

    def close(self) -> None:
        """End the listening and wake whoever waits."""
        with self._changed:
            self._end()
        self._forget(self)

    def _end(self) -> None:
        self._closed = True
        self._waiting.clear()
        self._changed.notify_all()


class Hub:
    """Everybody who listens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: list[Subscription] = []

    def subscribe(self, user_id: str) -> Subscription:
        """Return a subscription to all that `user_id` may hear from now on."""
        subscription = Subscription(user_id, self._forget)
        with self._lock:
            self._subscriptions.append(subscription)
        return subscription

    def _forget(self, subscription: Subscription) -> None:
        with self._lock:
            self._subscriptions = [one for one in self._subscriptions if one is not subscription]

    def publish(
        self, name: str, readers: Collection[str], data: Callable[[str], Json], broadcast: Json | None = None
    ) -> None:
        """Tell the listening ones of `readers`; `data` gives what each of them gets, asked for once a person."""
        with self._lock:
            listening = [one for one in self._subscriptions if one.user_id in readers and not one.closed]
        events: dict[str, Event] = {}
        for subscription in listening:
            user_id = subscription.user_id
            if user_id not in events:
                events[user_id] = Event(name, data(user_id), broadcast or {})
            subscription.put(events[user_id])

    def close(self) -> None:
        """End every subscription."""
        with self._lock:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.close()
