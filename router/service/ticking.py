"""Time passes: every case whose deadline has come takes one step, and one that fails does not stop the others."""

import logging
from datetime import datetime, timedelta

from router.core.cases import CaseId
from router.core.errors import RouterError
from router.core.escalations import DeadlinePassed
from router.core.kinds import kinds
from router.core.units import Register, Unit, unit_of
from router.service.desk import Desk, until_settled

SWEEP_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


def tick(desk: Desk) -> int:
    """Do what is due now; answer how many cases took a step."""
    try:
        _sweep(desk)
        write_down(desk)
    except RouterError:
        log.exception("neither old keys forgotten nor verdicts counted; tried again at the next tick")
    _, now = desk.rules()
    taken = 0
    for case_id in desk.store.due(now):
        try:
            taken += until_settled(lambda case_id=case_id: _step(desk, case_id))  # type: ignore[misc]
        except RouterError:
            log.exception("%s: its step was not taken; tried again at the next tick", case_id)
    return taken


def write_down(desk: Desk) -> None:
    """Put what was counted in memory into the store. Raises StoreError."""
    desk.verdicts.write(desk.store, desk.clock.now().date())


def _sweep(desk: Desk) -> None:
    """Forget the keys whose time has passed, once in a while; when it was done last, the store knows."""
    now = desk.real.now()
    last = desk.store.register("swept", "keys")
    if last is None or datetime.fromisoformat(last) + SWEEP_EVERY <= now:
        desk.store.forget(now)
        desk.store.commit(Unit(registers=(Register("swept", "keys", now.isoformat()),)))


def _step(desk: Desk, case_id: CaseId) -> bool:
    case = desk.store.get(case_id)
    policy, now = desk.rules()
    if case.deadline is None or case.deadline > now:
        return False
    decision = kinds()[case.kind].decide(case, DeadlinePassed(), policy, now)
    desk.store.commit(unit_of([decision]))
    desk.wake()
    return True
