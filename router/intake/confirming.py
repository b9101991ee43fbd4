"""What a delivery tells unsigned is asked back: that something was deleted, or is there again.

Some sources sign a body, but not what became of it. Where one can be asked, what it says is not so is left out; what it
can't say is believed, since a text that its author has deleted must not stay for want of an answer.

Everybody who sends waits for one of a few threads, so a source that is slow to fail is not asked again for a while.
"""

import logging
from collections.abc import Callable, Sequence
from time import monotonic

from router.core.errors import SourceError
from router.core.signals import Deleted, Incoming, Signal
from router.intake.api import Api
from router.intake.source import Setup, Source, configured

PATIENCE = 3.0  # seconds: others wait meanwhile, X's challenge among them
SLOW, REST = 1.0, 60.0  # seconds to fail, and how long it is left alone then
log = logging.getLogger(__name__)


class Confirming:
    """Asks the sources that sign no events, those for which there is a token."""

    def __init__(self, setup: Setup, token_of: Callable[[Source], str]) -> None:
        self._setup = setup
        found = ((one, token_of(one)) for one in configured(setup).values() if one.confirms)
        self._asked = {one.name: (one, token) for one, token in found if token}
        self._rests_until: dict[str, float] = {}

    def confirmed(self, incoming: Sequence[Incoming]) -> list[Incoming]:
        """Leave out what is not so."""
        return [one for one in incoming if self._is_so(one)]

    def _is_so(self, one: Incoming) -> bool:
        source, token = self._asked.get(one.source, (None, ""))
        if source is None or source.confirms is None or not _is_doubtful(one):
            return True
        began = monotonic()
        if began < self._rests_until.get(one.source, began):
            log.warning("%s: a deletion or recovery is believed unasked: it did not answer just now", one.source)
            return True
        try:
            with Api(token, PATIENCE) as api:
                is_so = source.confirms(api, self._setup, one)
        except SourceError as error:
            log.warning("%s: a deletion or recovery is believed unasked: %s", one.source, error)
            now = monotonic()
            if now - began > SLOW:
                self._rests_until[one.source] = now + REST
            return True
        if not is_so:
            log.warning("%s: a deletion or recovery is none, says the source, and was left out", one.source)
        return is_so


def _is_doubtful(one: Incoming) -> bool:
    return isinstance(one, Deleted) or (isinstance(one, Signal) and one.recovered)
