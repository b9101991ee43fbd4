"""`[classifier]`: what mistakes cost, from when on people are told, and which models judge."""

from collections.abc import Callable
from pathlib import Path

from router.config.formats import cost, share, words
from router.config.nodes import Node, Section
from router.core.recognition import Recognition

_KEYS = ("miss_cost", "false_alarm_cost", "escalate_from", "triage_from", "model", "shadow", "shadow_policy")


def read_recognition(node: Node) -> Recognition:
    """Read the table; every key may be left out."""
    section = Section(node, "Begin it with a line [classifier] of its own.", _KEYS)
    usual = Recognition()
    path = _beside(Path(node.report.file).parent)
    found = Recognition(
        miss_cost=section.read("miss_cost", cost, usual.miss_cost),
        false_alarm_cost=section.read("false_alarm_cost", cost, usual.false_alarm_cost),
        given_escalate_from=section.read("escalate_from", share, None),
        given_triage_from=section.read("triage_from", share, None),
        model=section.read("model", path, ""),
        shadow=section.read("shadow", path, ""),
        shadow_policy=section.read("shadow_policy", path, ""),
    )
    if found.triage_from >= found.escalate_from:
        low, high = f"{found.triage_from:.3g}", f"{found.escalate_from:.3g}"
        remedy = "Lower triage_from or raise miss_cost; raise escalate_from or false_alarm_cost."
        (section.at("triage_from") or node).fault(f"triage from {low} on is not below escalate from {high} on", remedy)
    return found


def _beside(folder: Path) -> Callable[[Node], str | None]:
    """Make the reader of a path that is relative to the policy file."""

    def read(node: Node) -> str | None:
        found = words(node)
        return None if found is None else str(folder / found)

    return read
