"""The report on what sources bring, for people and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from router.cli.plain import moment
from router.cli.report.columns import columns
from router.service.listening import LATELY_DAYS, Brought
from router.views import rfc3339

_PERIODS = ("", "", f"last {LATELY_DAYS} days", "", "")
_WEBHOOKS = "mattermost"  # has many secrets, one of each webhook: none of them is an old one
_HEADER = ("SOURCE", "LAST DELIVERY", "DELIVERIES", "2ND SECRET", "SILENT")


def document(found: Sequence[Brought]) -> dict[str, Any]:
    """Make the JSON document."""
    return {"days": LATELY_DAYS, "sources": [_source(one) for one in found]}


def _source(one: Brought) -> dict[str, Any]:
    return {
        "source": one.source,
        "last_delivery": rfc3339(one.last),
        "deliveries": sum(one.by_secret.values()),
        "by_secret": {str(secret): count for secret, count in one.by_secret.items()},
        "second_secret_last_used": one.second_used.isoformat() if one.second_used else None,
        "silent": one.silent,
    }


def told(found: Sequence[Brought]) -> Iterator[str]:
    """Lay it out for people, line by line."""
    if not found:
        yield "no source has brought anything yet; what comes is written down within a minute"
        return
    yield from columns((_PERIODS, _HEADER), [_row(one) for one in found])
    used = [(one.source, one.second_used) for one in found if one.second_used and one.source != _WEBHOOKS]
    if used:
        yield ""
    for source, day in used:
        yield f"{source} has last signed with its second secret on {day}"


def _row(one: Brought) -> Sequence[str]:
    count, second = sum(one.by_secret.values()), one.by_secret.get(2, 0)
    return one.source, moment(one.last), f"{count:,}", f"{second:,}", "silent" if one.silent else ""
