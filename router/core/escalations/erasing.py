"""Erasure: what was deleted at its source is forgotten here, too. That it was said, where and when stays on record."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from router.core.cases import Decision, enter, unchanged
from router.core.effects import Reply, RootUpdate, Says
from router.core.escalations import colleagues
from router.core.escalations.matter import ERASED, Erased, Esc, Escalation, Heard, live
from router.core.quoting import TITLE, Erasure


def erase(case: Esc, event: Erased, now: datetime) -> Decision[Escalation]:
    """Forget an object's words, or those of the whole case; state, owner and deadline are people's to change."""
    left = colleagues.withdraw(case, event.identity, now)
    matter = left.matter
    known = [one for one in matter.signals if event.identity in {"", one.identity}]
    if known and left == case and all(one.erased for one in known):
        return unchanged(case, "erased already")
    signals = tuple(_forgotten(one) if one in known else one for one in matter.signals)
    evidence = tuple(one for one in matter.verdict.evidence if _stands(one, signals))
    verdict = replace(matter.verdict, evidence=evidence)
    title = ERASED if signals[0].erased else matter.title
    forgotten = replace(left, matter=replace(matter, signals=signals, verdict=verdict, title=title))
    first = title == ERASED != matter.title
    said = (Reply(case.id, Says.ERASED),) if first and live(case) else ()
    reason = "what opened it was deleted at its source" if first else "something was deleted at its source"
    effects = (RootUpdate(case.id, erases=True), *said)
    return enter(forgotten, now, event.by, event.door, "erased", reason, effects)


def erasure(case: Esc, event: Erased) -> Erasure:
    """Say which words of a case are to be found nowhere any more."""
    if not event.identity:
        return Erasure(case.id, None)
    opened = case.matter.signals[0].identity == event.identity
    return Erasure(case.id, (event.identity, TITLE) if opened else (event.identity,))


def _forgotten(heard: Heard) -> Heard:
    return replace(heard, author=None, title="", text="", ceased=False, erased=True)


def _stands(evidence: str, signals: Iterable[Heard]) -> bool:
    """Whether what decided is to be read in what is left; it is dropped where that is not sure."""
    words = _flat(evidence)
    return any(words in _flat(f"{one.title}\n{one.text}") for one in signals)


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
