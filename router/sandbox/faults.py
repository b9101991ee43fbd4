"""Switchable faults: what a server or the network in front of it does wrong, on demand.

A held request is observable (`wait_until_held`) and waits for `release`, so a test can act in between on a condition.
"""

import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum

from router.sandbox.records import Json, new_id


class Kind(StrEnum):
    """What goes wrong."""

    ERROR = "error"  # the given status and error id, nothing carried out
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After and the plain text `limit exceeded`
    REFUSED = "refused"  # the connection is closed without an answer, nothing carried out
    HANG_BEFORE = "hang_before"  # held, then carried out
    HANG_STORING = "hang_storing"  # a post's creation is held in flight: its pending id taken, nothing stored
    HANG_AFTER = "hang_after"  # carried out, the answer held


@dataclass(eq=False)
class Fault:
    """One fault; `method` empty is any, `path` a regular expression searched in the request's path.

    `times` is how many requests it hits (None: until cleared), `hold_seconds` the longest a request is held.
    """

    kind: str = Kind.ERROR
    method: str = ""
    path: str = ""
    times: int | None = None
    status: int = 500
    error_id: str = "app.sandbox.fault.app_error"
    retry_after: int = 1
    hold_seconds: float = 60.0
    id: str = field(default_factory=new_id)
    hits: int = field(default=0, init=False)
    held: int = field(default=0, init=False)
    _released: bool = field(default=False, init=False)
    _changed: threading.Condition = field(default_factory=threading.Condition, init=False, repr=False)

    def __post_init__(self) -> None:
        self.kind = Kind(self.kind)
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Whether this fault is to hit the request."""
        if self.times is not None and self.hits >= self.times:
            return False
        return self.method.upper() in ("", method) and re.search(self.path, path) is not None

    def hold(self) -> None:
        """Keep the calling request until `release`, or for `hold_seconds`."""
        with self._changed:
            self.held += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._released, self.hold_seconds)
            self.held -= 1
            self._changed.notify_all()

    def wait_until_held(self, timeout: float, count: int = 1) -> bool:
        """Wait until `count` requests are held at once; False when that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.held >= count, timeout)

    def wait_until_let_go(self, timeout: float) -> bool:
        """Wait until no request is held; False when that takes longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.held == 0, timeout)

    def release(self) -> None:
        """Let the held requests go, and hold none any more."""
        with self._changed:
            self._released = True
            self._changed.notify_all()

    def json(self) -> Json:
        """Return the fault as `GET /sandbox/faults` shows it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "times": self.times,
            "hits": self.hits,
            "held": self.held,
        }


class Faults:
    """The faults that are switched on; the first that matches a request hits it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """Return the faults switched on, used up ones included."""
        with self._lock:
            return list(self._faults)

    def get(self, fault_id: str) -> Fault | None:
        """Return one fault by id."""
        return next((fault for fault in self.all() if fault.id == fault_id), None)

    def clear(self) -> None:
        """Switch every fault off and let the held requests go."""
        with self._lock:
            faults, self._faults = self._faults, []
        for fault in faults:
            fault.release()

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the fault that hits this request, if any, and count the hit."""
        with self._lock:
            fault = next((fault for fault in self._faults if fault.matches(method, path)), None)
            if fault is not None:
                fault.hits += 1
            return fault
