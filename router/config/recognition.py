"""`[classifier]`: what mistakes cost, from when on people are told, and which models judge."""

from collections.abc import Callable
from pathlib import Path

from router.config.formats import cost, share, words
from router.config.nodes import Node, Section, quoted
from router.core.recognition import Recognition

_KEYS = ("miss_cost", "false_alarm_cost", "escalate_from", "triage_from", "model", "shadow", "shadow_policy")
_REMEDY = "Correct the path; it begins at the folder of this file."


def read_recognition(node: Node) -> Recognition:
    """Read the table; every key may be left out."""
    section = Section(node, "Begin it with a line [classifier] of its own.", _KEYS)
    usual = Recognition()
    folder = Path(node.report.file).parent
    watched = _file(folder, lambda given, problem: given.warn(f"{problem}, so no shadow runs", _REMEDY))
    found = Recognition(
        miss_cost=section.read("miss_cost", cost, usual.miss_cost),
        false_alarm_cost=section.read("false_alarm_cost", cost, usual.false_alarm_cost),
        given_escalate_from=section.read("escalate_from", share, None),
        given_triage_from=section.read("triage_from", share, None),
        model=section.read("model", _file(folder, lambda given, problem: given.fault(problem, _REMEDY)), ""),
        shadow=section.read("shadow", watched, ""),
        shadow_policy=section.read("shadow_policy", watched, ""),
    )
    if found.triage_from >= found.escalate_from:
        low, high = f"{found.triage_from:.3g}", f"{found.escalate_from:.3g}"
        remedy = "Lower triage_from or raise miss_cost; raise escalate_from or false_alarm_cost."
        (section.at("triage_from") or node).fault(f"triage from {low} on is not below escalate from {high} on", remedy)
    return found


def _file(folder: Path, missing: Callable[[Node, str], None]) -> Callable[[Node], str | None]:
    """Make the reader of a file's path that begins at the folder."""

    def read(node: Node) -> str | None:
        found = words(node)
        if found is None:
            return None
        if _is_file(folder / found):
            return str(folder / found)
        missing(node, f"there is no file {quoted(found)}")
        return None

    return read


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # such as a name that is too long
        return False
