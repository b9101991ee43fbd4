"""What is wrong with Mattermost at present, each condition told to the log when it begins and when it has ended."""

import logging
import threading
from datetime import datetime, timedelta

from router.core.errors import ChatError
from router.ports import Clock

SERVER = "server"  # the scope of what is wrong with all calls alike
AGAIN = timedelta(minutes=1)  # a condition that comes and goes is told to the log no more often
log = logging.getLogger(__name__)


class Conditions:
    """One line per scope: the server, a channel, an effect that could not be delivered. Safe for many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[str, str] = {}
        self._told: dict[str, datetime] = {}

    @property
    def worst(self) -> str | None:
        """The line to show first: that of the server, else the latest; None when all is well."""
        with self._lock:
            return self._lines.get(SERVER) or next(reversed(self._lines.values()), None)

    def begin(self, scope: str, error: ChatError) -> None:
        """Note what is wrong; the line for people goes to the log, with what happened, once."""
        with self._lock:
            known = error.told in self._lines.values()
            self._lines.pop(scope, None)
            self._lines[scope] = error.told
            now = self._clock.now()
            told = self._told.get(error.told)
            if known or (told is not None and now - told < AGAIN):
                return
            self._told = {line: at for line, at in self._told.items() if now - at < AGAIN} | {error.told: now}
        log.warning("Mattermost: %s (%s)", error.told, error)

    def end(self, *scopes: str) -> None:
        """Note that these are well."""
        with self._lock:
            ended = [self._lines.pop(scope) for scope in scopes if scope in self._lines]
            well = not self._lines
        if ended and well:
            log.info("Mattermost does again what it is asked")
