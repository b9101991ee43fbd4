"""The rate limit, when it is switched on: one bucket for the one address that calls, counting every route."""

import threading
from collections.abc import Callable

from router.sandbox.settings import Settings


class RateLimit:
    """A bucket that holds `MaxBurst` + 1 requests and fills by `PerSec`."""

    def __init__(self, settings: Settings, clock: Callable[[], int]) -> None:
        self._settings = settings
        self._now = clock
        self._lock = threading.Lock()
        self._spent = 0.0
        self._at = 0

    def take(self) -> tuple[bool, dict[str, str]]:
        """Return whether a request may pass and the headers that say so; none while the limit is off."""
        if not self._settings.rate_limit("Enable"):
            return True, {}
        burst, per_second = self._settings.rate_limit("MaxBurst") + 1, self._settings.rate_limit("PerSec")
        with self._lock:
            now = self._now()
            self._spent = max(0.0, self._spent - (now - self._at) / 1000 * per_second)
            self._at = now
            passes = self._spent + 1 <= burst
            self._spent += 1 if passes else 0
            left, full_in = int(burst - self._spent), round(self._spent / per_second)
        headers = {
            "X-RateLimit-Limit": str(burst),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(full_in),
        }
        return passes, headers | ({} if passes else {"Retry-After": str(max(1, round(1 / per_second)))})
