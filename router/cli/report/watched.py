"""The report on what a shadow would have said otherwise, for people and as JSON."""

from collections.abc import Iterator
from typing import Any

from router.cli.plain import moment, plain
from router.cli.report.columns import columns
from router.cli.report.judged import in_words, ranked, verdict
from router.service.shadow import Compared
from router.views import rfc3339

_SHOWN = 20  # signals for people; `--json` has all that are kept


def document(found: Compared) -> dict[str, Any]:
    """Make the JSON document."""
    return {
        "since": found.since.isoformat() if found.since else None,
        "judged": found.judged,
        "different": found.different,
        "failed": found.failed,
        "skipped": found.skipped,
        "pairs": [
            {"active": verdict(active), "shadow": verdict(shadow), "count": count}
            for (active, shadow), count in ranked(found.pairs)
        ],
        "latest": [
            {"at": rfc3339(one.at), "url": one.url, "active": verdict(one.active), "shadow": verdict(one.shadow)}
            for one in found.latest
        ],
    }


def told(found: Compared) -> Iterator[str]:
    """Lay it out for people, line by line."""
    if found.since is None:
        yield "nothing was watched yet: name a shadow or a shadow_policy in [classifier] of the policy file"
        return
    share = found.different / max(1, found.judged)
    yield f"judged by both since {found.since}: {found.judged:,}, differently {found.different:,} ({share:.1%})"
    if found.failed or found.skipped:
        yield f"not judged by the shadow: failed {found.failed:,}, too many at once {found.skipped:,}"
    if not found.pairs:
        return
    rows = [
        (f"{in_words(active)} -> {in_words(shadow)}", f"{count:,}") for (active, shadow), count in ranked(found.pairs)
    ]
    yield from ("", *columns([("ACTIVE -> SHADOW", "SIGNALS")], rows), "", "the latest:")
    for one in found.latest[:_SHOWN]:
        yield f"  {moment(one.at)}  {in_words(one.active)} -> {in_words(one.shadow)}  {plain(one.url)}"
