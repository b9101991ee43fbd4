"""Rights: who may give which command, and what a refusal says."""

from typing import assert_never

from router.core.commands import Row, Who
from router.core.escalations.matter import Esc
from router.core.escalations.table import ROWS, State, Word
from router.core.people import Actor, PersonId
from router.core.policy import Policy


def may(who: Who, case: Esc, by: Actor, policy: Policy) -> bool:
    """Whether this actor is one of those."""
    person = by.person
    approved = person is not None and person in case.terms.approved
    manager = person is not None and person in case.terms.managers
    handed = case.state == State.TRIAGE and person is not None and person == case.owner
    match who:
        case Who.ANYONE:
            return not by.guest
        case Who.APPROVED:
            return approved
        case Who.OWNER:
            return person is not None and person == case.owner
        case Who.ASSIGNER:
            return approved or person in case.terms.backstop
        case Who.DECIDER:
            return approved or manager or handed or person in _approved_for_candidates(case, policy)
        case Who.DISMISSER:
            return approved or handed or (manager and case.state == State.TRIAGE)
        case _:  # pragma: no cover
            assert_never(who)


def _approved_for_candidates(case: Esc, policy: Policy) -> tuple[PersonId, ...]:
    topics = (policy.topics[one] for one in case.matter.candidates if one in policy.topics)
    return policy.holders(name for topic in topics for name in topic.approved)


def who_may(row: Row, case: Esc, policy: Policy) -> str:
    """Refuse in words that help: who may, and whom to ask to become one."""
    if row.who is Who.ANYONE:
        return f"guests may not {row.word}"
    if row.who is Who.OWNER:
        owner = policy.name(case.owner) if case.owner else "nobody"
        return f"only the owner may {row.word} {case.id}: {owner}"
    people = case.terms.approved
    if row.who is Who.ASSIGNER:
        people = (*people, *case.terms.backstop)
    if row.who is Who.DECIDER or case.state == State.TRIAGE:
        people = (*case.terms.managers, *people, *_approved_for_candidates(case, policy))
    names = ", ".join(policy.name(one) for one in dict.fromkeys(people)) or "nobody yet"
    do = "answer" if row.word == Word.ANSWERED else row.word
    return f"only approved responders may {do} {case.id}: {names}. {become(policy)}"


def become(policy: Policy) -> str:
    """Say whom to ask to become an approved responder."""
    contacts = policy.holders([policy.policy_contact])
    name = f"{policy.name(contacts[0])} (@{policy.username(contacts[0])})" if contacts else policy.policy_contact
    policy_url = f" ({policy.policy_url})" if policy.policy_url else ""
    return f"To become an approved responder, ask {name}{policy_url}"


def approved(case: Esc, policy: Policy) -> str:
    """Name the approved responders."""
    return ", ".join(policy.name(one) for one in case.terms.approved) or "nobody"


def possible_instead(case: Esc, word: Word) -> str:
    """Name what can be done in the state the case is in."""
    if word is Word.CLOSE and case.state != State.CLOSED:
        return f"{case.id} is {case.state}: answer or dismiss it first"
    possible = ", ".join(row.word for row in ROWS if not row.states or case.state in row.states)
    return f"{case.id} is {case.state}; possible now: {possible}"
