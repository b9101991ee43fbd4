"""Transfers: a thread is another one now, and its cases follow it."""

from dataclasses import replace
from datetime import datetime

from router.core.cases import Audience, Decision, enter, unchanged
from router.core.effects import Reply, RootUpdate, Says
from router.core.escalations import confidential
from router.core.escalations.matter import Esc, Escalation, Transferred, live


def transfer(case: Esc, event: Transferred, now: datetime) -> Decision[Escalation]:
    """Follow a thread to where it is now; where not everybody may read it, the case is confidential from then on."""
    moved = event.moved
    if case.matter.thread == moved.to:
        return unchanged(case, f"it is {moved.to} already")
    first, *others = case.matter.signals
    signals = (replace(first, url=moved.url), *others)
    followed = replace(case, matter=replace(case.matter, thread=moved.to, url=moved.url, signals=signals))
    hides = moved.confidential and case.audience is Audience.COMPANY
    if hides:
        followed = confidential.hidden(followed)
    said = (Reply(case.id, Says.TRANSFERRED),) if live(case) else ()
    tells = confidential.tells(followed, first.identity) if hides and live(case) else ()
    effects = (RootUpdate(case.id, erases=hides), *said, *tells)
    return enter(followed, now, event.by, event.door, "transferred", f"{case.matter.thread} is {moved.to} now", effects)
