"""What a monitor wants to know of the desk, as numbers; nothing of a case that not everybody may see."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from router.core.cases import may_see
from router.service.desk import Desk
from router.service.listening import Listening, by_secret
from router.service.replaying import Replaying
from router.service.verdicts import Said, Verdicts, said, triage_rate, verdicts

_FRESH = timedelta(minutes=5)
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; a counter rises from the start of the router on. Samples are values with their labels."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]
    counter: bool = False


class Metrics:
    """Measures the desk; `failed` counts proofs by door and reason.

    What takes every case to be read is read anew after five minutes at the earliest.
    """

    def __init__(
        self, desk: Desk, listening: Listening, replaying: Replaying, failed: Mapping[tuple[str, str], int]
    ) -> None:
        self._desk = desk
        self._listening = listening
        self._replaying = replaying
        self._failed = failed
        self._lock = Lock()
        self._lately: tuple[datetime, Verdicts] | None = None

    def measure(self) -> list[Metric]:
        """Give every metric that has a value. Raises StoreError."""
        return [*self._counted(), *_lasting(self._verdicts()), self._cases(), *self._sources()]

    def _counted(self) -> Iterator[Metric]:
        given = tuple((_labels(said(word)), count) for word, count in sorted(self._desk.verdicts.total.items()))
        yield Metric("verdicts", "Verdicts, by likeliest topic and decision.", given, counter=True)
        if self._desk.shadow:
            seen = tuple(({"result": word}, count) for word, count in sorted(self._desk.shadow.total.items()))
            text = "Signals by what the watched model or policy did: the same, failed, skipped, or active > watched."
            yield Metric("shadow", text, seen, counter=True)

    def _cases(self) -> Metric:
        live = Counter(case.state for case in self._desk.store.live() if may_see(case.audience, case, None))
        return Metric(
            "cases", "Live cases, by state.", tuple(({"state": state}, live[state]) for state in sorted(live))
        )

    def _sources(self) -> Iterator[Metric]:
        proofs = sorted(by_secret(self._desk.proofs.total).items())
        counted = tuple(({"source": source, "secret": str(secret)}, count) for (source, secret), count in proofs)
        yield Metric("deliveries", "Proved deliveries, by which of the secrets, counted from 1.", counted, counter=True)
        failed = sorted(dict(self._failed).items())
        refused = tuple(({"door": door, "reason": reason}, count) for (door, reason), count in failed)
        yield Metric("failed_proofs", "Callers that were refused, by door and reason.", refused, counter=True)
        paces = sorted(self._listening.paces.items())
        last = tuple(({"source": source}, pace.last.timestamp()) for source, pace in paces)
        yield Metric("source_last_delivery_timestamp_seconds", "When a source last brought something.", last)
        silent = tuple(({"source": source}, int(pace.silent)) for source, pace in paces)
        results = sorted(self._replaying.total.items())
        replayed = tuple(({"source": source, "result": result}, count) for (source, result), count in results)
        yield Metric("replayed", "Missed deliveries that were asked for, by result.", replayed, counter=True)
        known = sorted(self._replaying.known_until.items())
        until = tuple(({"source": source}, at.timestamp()) for source, at in known)
        yield Metric("source_known_until_timestamp_seconds", "Until when nothing is missed of a source.", until)
        yield Metric("source_silent", "1 for a source that is silent for longer than it ever was.", silent)

    def _verdicts(self) -> Verdicts:
        now = self._desk.clock.now()
        with self._lock:
            if self._lately is None or now - self._lately[0] >= _FRESH:
                self._lately = now, verdicts(self._desk.store, now.date())
            return self._lately[1]


def _lasting(lately: Verdicts) -> Iterator[Metric]:
    if lately.now:
        rate = triage_rate(lately.now)
        yield Metric("triage_ratio", "Share of triage in the verdicts of the last 7 days.", (({}, rate),))
    if lately.drift:
        text = "Distance of the verdicts of the last 7 days from those of the 30 days before, from 0 to 1."
        yield Metric("drift_distance", text, (({}, lately.drift.distance),))
    decided = tuple(
        ({**_labels(Said(one.label, one.decision)), "decided": one.decided or _NONE}, count)
        for one, count in sorted(lately.people.items(), key=str)
    )
    yield Metric("decided_cases", "Cases decided by people in the last 30 days: as what, and what they are.", decided)
    overturned = sum(count for one, count in lately.people.items() if one.overturned)
    yield Metric("overturned_cases", "Escalations that people overturned in the last 30 days.", (({}, overturned),))


def _labels(one: Said) -> dict[str, str]:
    return {"topic": one.label or _NONE, "decision": one.decision}
