"""The clock's hand: APScheduler calls one job every second. It owns no state; what is due, the store knows."""

from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler


class Ticker:
    """Calls `tick` every second, one call at a time; after a long one the missed calls are one."""

    def __init__(self, tick: Callable[[], object]) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            tick, "interval", seconds=1, id="tick", coalesce=True, max_instances=1, misfire_grace_time=None
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the tick under way, and end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
