"""Clocks: the real one, and the demo's, by which the rules' time passes faster."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's time, in UTC."""

    def now(self) -> datetime:
        """Give the present moment."""
        return datetime.now(UTC)


class FastClock:
    """Starts now, and runs `speed` times as fast as the real one."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._start = datetime.now(UTC)
        self._zero = time.monotonic()

    def now(self) -> datetime:
        """Give the present moment of a faster time."""
        return self._start + timedelta(seconds=(time.monotonic() - self._zero) * self._speed)
