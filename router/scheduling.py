"""The clock's hand: APScheduler calls what is done from time to time. It owns no state; what is due, others know."""

from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler


class Ticker:
    """Calls each job after so many seconds, again and again, one call of it at a time; missed calls are one."""

    def __init__(self, *jobs: tuple[Callable[[], object], float]) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        for job, seconds in jobs:
            self._scheduler.add_job(
                job, "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None
            )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """Finish the tick under way, and end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
