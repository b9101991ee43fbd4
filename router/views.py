"""Cases as JSON, the same for the command line and the API: names, order and meaning of every key."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from router.core.cases import Entry
from router.core.escalations import Esc, Heard, State
from router.core.people import PersonId
from router.core.policy import Policy
from router.core.topics import Verdict
from router.core.units import PostRef

NONE = "none"  # the label of what is not sensitive; no topic can have this id
DIGITS = 4


def escalation_json(case: Esc, policy: Policy, root: PostRef | None) -> dict[str, Any]:
    """Make what lists hold of an escalation; people are their usernames, times RFC 3339 in UTC."""
    matter = case.matter
    return {
        "id": case.id,
        "state": case.state,
        "topic": matter.topic,
        "candidates": list(matter.candidates) if case.state == State.TRIAGE else [],
        "owner": policy.username(case.owner) if case.owner else None,
        "responders": _usernames(case.terms.approved, policy),
        "looped_in": list(dict.fromkeys([*_usernames(case.terms.loop_in, policy), *matter.followers])),
        "source": matter.source,
        "thread": matter.thread,
        "url": matter.url,
        "title": matter.title,
        "opened_at": rfc3339(matter.opened_at),
        "deadline": rfc3339(case.deadline),
        "overdue": case.overdue,
        "acknowledged_at": rfc3339(matter.acknowledged_at),
        "answered_at": rfc3339(matter.answered_at),
        "answer_url": matter.answer_url,
        "closed_at": rfc3339(matter.closed_at),
        "resolution": matter.resolution,
        "post_id": root.post_id if root else None,
    }


def shown_json(case: Esc, policy: Policy, root: PostRef | None, timeline: Sequence[Entry]) -> dict[str, Any]:
    """Make all that is told of one escalation: verdict, signals and timeline, too."""
    return {
        **escalation_json(case, policy, root),
        "verdict": verdict_json(case.matter.verdict),
        "signals": [_signal(one) for one in case.matter.signals],
        "timeline": [_entry(one) for one in timeline],
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Make what a classifier thinks of a signal."""
    return {
        "label": verdict.label or NONE,
        "decision": verdict.decision,
        "confidence": round(verdict.confidence, DIGITS),
        "evidence": list(verdict.evidence),
    }


def rfc3339(at: datetime | None) -> str | None:
    """Write a time with milliseconds, so that all have one length and sort as text."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z" if at else None


def _usernames(people: Iterable[PersonId], policy: Policy) -> list[str]:
    return [policy.username(one) for one in people]


def _signal(heard: Heard) -> dict[str, Any]:
    return {
        "identity": heard.identity,
        "kind": heard.kind,
        "url": heard.url,
        "author": heard.author,
        "title": heard.title,
        "text": heard.text,
        "at": rfc3339(heard.at),
        "erased": heard.erased,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "door": entry.door,
        "event": entry.event,
        "reason": entry.reason,
    }
