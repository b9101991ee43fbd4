"""`[classifier]`: what mistakes cost, from when on people are told, and which models judge."""

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from router.config import addresses
from router.config.formats import cost, seconds, share, text, words
from router.config.nodes import Node, Section, quoted
from router.core.recognition import Recognition, SecondOpinion

_KEYS = (
    "miss_cost",
    "false_alarm_cost",
    "escalate_from",
    "triage_from",
    "model",
    "shadow",
    "shadow_policy",
    "second_opinion",
)
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
        second_opinion=section.read("second_opinion", _second_opinion, None),
    )
    if found.triage_from >= found.escalate_from:
        low, high = f"{found.triage_from:.3g}", f"{found.escalate_from:.3g}"
        remedy = "Lower triage_from or raise miss_cost; raise escalate_from or false_alarm_cost."
        (section.at("triage_from") or node).fault(f"triage from {low} on is not below escalate from {high} on", remedy)
    return found


def _second_opinion(node: Node) -> SecondOpinion | None:
    setting = "the setting SECOND_OPINION_API_KEY"
    remedy, keys = "Begin it with a line [classifier.second_opinion] of its own.", ("url", "model", "timeout")
    section = Section(node, remedy, keys, elsewhere={"key": setting, "api_key": setting})
    url: str = section.need("url", _base, "")
    model: str = section.need("model", words, "")
    found = SecondOpinion(url, model)
    timeout = section.read("timeout", seconds, found.timeout)
    return replace(found, timeout=timeout) if url and model else None


def _base(node: Node) -> str | None:
    """Read the address of an API, below which its paths are."""
    found = text(node)
    if found is None:
        return None
    try:
        address = addresses.base(found)
    except addresses.Wrong as wrong:
        node.fault(wrong.problem, f"{wrong.remedy}.")
        return None
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts.hostname or ""):
        node.warn("signals and the key go there unencrypted", "Write an address that begins with https://.")
    return address


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
