"""Questions that change nothing: help, list, show, who. Each gives a template's name and its facts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from router.core import escalations
from router.core.cases import CaseId, may_see
from router.core.commands import usage
from router.core.errors import Impossible
from router.core.escalations import Esc
from router.core.kinds import table
from router.core.people import Actor, PersonId
from router.core.policy import Policy
from router.service.desk import Desk, case_for, topic_called

LISTED = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template is given, and the cases whose titles it shows, each with the length of its timeline."""

    template: str
    given: Mapping[str, object]
    cases: Mapping[str, int] = field(default_factory=dict)


def _help(desk: Desk, by: Actor, case_id: CaseId | None, rest: str) -> Facts:  # noqa: ARG001
    rows = [{"usage": usage(row), "help": row.help, "who": row.who.value} for row in table().values()]
    return Facts("help", {"rows": rows, "policy_url": desk.policy.policy_url})


def _list(desk: Desk, by: Actor, case_id: CaseId | None, rest: str) -> Facts:  # noqa: ARG001
    wanted = rest.lower()
    cases = [case for case in desk.store.live() if may_see(case.audience, case, by.person)]
    cases = [case for case in cases if _wanted(case, wanted, by, desk.policy)]
    cases.sort(key=lambda case: (case.deadline is None, case.deadline))
    shown = cases[:LISTED]
    rows = [_row(case, desk.policy) for case in shown]
    given = {"cases": rows, "wanted": rest[:40], "more": max(0, len(cases) - LISTED)}
    return Facts("list", given, _quoted(shown))


def _wanted(case: Esc, wanted: str, by: Actor, policy: Policy) -> bool:
    match wanted:
        case "":
            return True
        case "mine":
            return by.person is not None and case.owner == by.person
        case "open":
            return case.state == escalations.State.OPEN
        case "overdue":
            return case.overdue
    topic = policy.topic_called(wanted)
    if topic is None:
        raise Impossible(f"list what? mine, open, overdue, or a topic: {', '.join(policy.topics)}")
    return case.matter.topic == topic


def _show(desk: Desk, by: Actor, case_id: CaseId | None, rest: str) -> Facts:  # noqa: ARG001
    if case_id is None:
        raise Impossible("which case? Say show ESC-1")
    case = case_for(desk, case_id, by.person)
    given = {
        "case": _row(case, desk.policy),
        "responders": _names(case.terms.approved, desk.policy),
        "url": case.matter.url,
        "timeline": desk.store.timeline(case_id)[-30:],
    }
    return Facts("show", given, _quoted([case]))


def _who(desk: Desk, by: Actor, case_id: CaseId | None, rest: str) -> Facts:  # noqa: ARG001
    known = desk.policy.topics[topic_called(desk.policy, rest)]
    vacant = [role for role in known.approved if not desk.policy.holders([role])]
    given = {
        "title": known.title,
        "responders": _names(desk.policy.holders(known.approved), desk.policy),
        "looped_in": _names(desk.policy.holders(known.loop_in), desk.policy) if known.loop_in else "",
        "vacant": ", ".join(vacant),
        "become": escalations.become(desk.policy),
    }
    return Facts("who", given)


def _row(case: Esc, policy: Policy) -> dict[str, object]:
    return {
        "id": case.id,
        "state": case.state,
        "topic": case.terms.title if case.matter.topic else "topic not decided",
        "title": case.matter.title,
        "owner": policy.name(case.owner) if case.owner else "nobody",
        "deadline": case.deadline,
        "overdue": case.overdue,
    }


def _quoted(cases: Iterable[Esc]) -> Mapping[str, int]:
    return {case.id: case.entries for case in cases}


def _names(people: tuple[PersonId, ...], policy: Policy) -> str:
    return ", ".join(policy.name(one) for one in people) or "nobody yet"


QUERIES: Mapping[str, Callable[[Desk, Actor, CaseId | None, str], Facts]] = {
    "help": _help,
    "list": _list,
    "show": _show,
    "who": _who,
}
