"""What every part of the service shares: its ports, the policy in force, and the loop of read, decide, commit."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from router.core.cases import CaseId, may_see, unseen
from router.core.errors import CaseNotFound, Impossible, StaleCase, StoreUnavailable
from router.core.escalations import Esc
from router.core.people import Absence, Gone, PersonId
from router.core.policy import Policy
from router.core.topics import TopicId
from router.core.units import Register
from router.ports import Classifier, Clock, Renderer, Source, Store
from router.service.shadow import Shadow
from router.service.tally import VERDICTS, Tally

T = TypeVar("T")
GONE = "gone"
PROOFS = "proofs"
ATTEMPTS = 50  # rounds of two claims at once need two; a storm on one thread a few more
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts that receiving, commanding and ticking work with.

    `clock` is the rules' clock (a demo runs it faster), `real` the one of proofs, keys and retries;
    `wake` tells the delivery that there is something to do.
    `version_key` keys the digest by which one wording of an object is told from another. `verdicts` counts them.
    `proofs` counts deliveries by source and by which of its secrets they were signed with.
    `shadow` judges what `classifier` has judged, for a report alone.
    """

    store: Store
    policy: Policy
    classifier: Classifier
    renderer: Renderer
    sources: Mapping[str, Source]
    clock: Clock
    real: Clock
    version_key: bytes
    wake: Callable[[], None]
    verdicts: Tally = field(default_factory=lambda: Tally(VERDICTS))
    proofs: Tally = field(default_factory=lambda: Tally(PROOFS))
    shadow: Shadow | None = None

    def rules(self) -> tuple[Policy, datetime]:
        """The policy with who is away and whose account is gone, and the rules' time."""
        away = {PersonId(one): datetime.fromisoformat(until) for one, until in self.store.registers("away").items()}
        return replace(self.policy, away=away, gone=self._gone()), self.clock.now()

    def _gone(self) -> dict[PersonId, Absence]:
        kept = ((PersonId(one), told) for one, told in self.store.registers(GONE).items())
        return {person: _absence(told) for person, told in kept if person in self.policy.people}


def register_of(person: PersonId, absence: Absence | None) -> Register:
    """Write down that somebody's account is gone, or, with None, that it is as the policy file says."""
    return Register(GONE, person, f"{absence.why.name} {absence.username}" if absence else None)


def _absence(told: str) -> Absence:
    why, _, username = told.partition(" ")
    return Absence(Gone[why], username)


def case_called(desk: Desk, case_id: CaseId) -> Esc:
    """Read a case. Raises Impossible."""
    try:
        case: Esc = desk.store.get(case_id)
    except CaseNotFound:
        raise Impossible(f"there is no {case_id}") from None
    return case


def case_for(desk: Desk, case_id: CaseId, viewer: PersonId | None) -> Esc:
    """Read a case for somebody; not one that is not for their eyes. Raises Impossible."""
    case = case_called(desk, case_id)
    if not may_see(case.audience, case, viewer):
        raise Impossible(unseen(case.audience, case_id))
    return case


def topic_called(policy: Policy, words: str, *also: str) -> TopicId:
    """Find a topic by its id or title; `also` are other words that would do. Raises Impossible."""
    topic = policy.topic_called(words)
    if topic is None:
        raise Impossible(f"there is no topic {words.strip()[:60]}; there are: {', '.join((*policy.topics, *also))}")
    return topic


def until_settled(attempt: Callable[[], T]) -> T:
    """Read, decide and commit again until nobody else was faster. Raises StoreUnavailable when that never ends."""
    for _ in range(ATTEMPTS):
        try:
            return attempt()
        except StaleCase:
            continue
    raise StoreUnavailable("too many at once on the same case; try again")
