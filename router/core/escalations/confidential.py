"""Confidential cases: what was said where not everybody may read it, is told to those who must act, and to them alone.

The root post names topic, owner and deadline; what was said, by whom and where goes out by direct messages.
"""

from dataclasses import replace

from router.core.cases import Audience
from router.core.effects import Confides, Tell
from router.core.escalations.matter import Esc, addressed
from router.core.people import PersonId
from router.core.policy import Terms
from router.core.quoting import Erasure


def limited(terms: Terms, audience: Audience) -> Terms:
    """Leave out of a snapshot who is only looped in, where not everybody may know."""
    return terms if audience is Audience.COMPANY else replace(terms, loop_in=())


def hidden(case: Esc) -> Esc:
    """Make a case confidential from now on."""
    return replace(case, audience=Audience.RESPONDERS, terms=limited(case.terms, Audience.RESPONDERS))


def withdrawn(before: Esc, after: Esc) -> tuple[Erasure, ...]:
    """Say what must go: whatever was posted of a case that everybody could see until now."""
    return (Erasure(after.id, None),) if before.audience is Audience.COMPANY is not after.audience else ()


def tells(case: Esc, identity: str, told: tuple[PersonId, ...] = ()) -> tuple[Tell, ...]:
    """Tell what was said to those who must act, but for whom it was told before; to nobody while all may read it."""
    if case.audience is Audience.COMPANY:
        return ()
    people = addressed(case)[0] or case.terms.backstop
    return tuple(Tell(case.id, Confides.CONFIDENTIAL, one, {"signal": identity}) for one in people if one not in told)
