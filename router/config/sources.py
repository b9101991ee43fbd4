"""`[sources]`: who answers for a source's signals, and what else the file says of one."""

import re
from collections.abc import Mapping

from router.config.formats import channel, repository, text
from router.config.nodes import Node, Reader, Section, is_table, listed, quoted
from router.config.people import Directory
from router.core.policy import SourceTerms

GENERIC = "generic/"
_SOURCE = re.compile(rf"[a-z0-9][a-z0-9._-]*|{GENERIC}[a-z0-9][a-z0-9_-]{{0,63}}")
_FIELDS = ("id", "thread", "title", "body", "author", "url")
_PATH = re.compile(r"(?!\$\.)[^.\s\[\]]+(\.[^.\s\[\]]+)*")  # of names alone: no $ for the whole, no [0]


def read_sources(node: Node | None, directory: Directory) -> dict[str, SourceTerms]:
    """Read every source; `default`, with its manager, must be there."""
    if node is None or not is_table(node, "Begin it with a line [sources.default]."):
        return {}
    if "default" not in dict(node.entries()):
        remedy = 'Add a table [sources.default] with a line such as manager = "Head of Community".'
        node.report.fault((*node.place, "default"), "missing", remedy)
    return {name: _source(name, source, directory) for name, source in node.entries()}


def _source(name: str, node: Node, directory: Directory) -> SourceTerms:
    if not _SOURCE.fullmatch(name):
        remedy = 'Write small letters, as in [sources.github] or [sources."generic/shop"].'
        node.fault(f"{quoted(name)} is no source", remedy)
    own = _OWN.get(name, {"fields": _fields} if name.startswith(GENERIC) else {})
    elsewhere = {key: f"[sources.{quoted(GENERIC + key)}]" for key, _ in node.entries() if name == "generic"}
    section = Section(node, "Begin it with a line such as [sources.default].", ("manager", *own), elsewhere)
    found = {key: section.read(key, reader, None) for key, reader in own.items()}
    manages = section.read if own and any(key != "manager" for key, _ in node.entries()) else section.need
    given = {key: value for key, value in found.items() if value is not None}
    return SourceTerms(manager=manages("manager", directory.manned, ""), **given)  # type: ignore[arg-type]


# Keys that only some sources have, and how they are read.
_OWN: Mapping[str, Mapping[str, Reader[object]]] = {
    "mattermost": {"channels": listed(channel)},
    "github": {"repositories": listed(repository)},
}


def _fields(node: Node) -> dict[str, str] | None:
    """Read where a sender has what: paths of names with dots between, such as `data.post.id`."""
    section = Section(node, 'Write it as { id = "data.id", body = "data.text" }.', _FIELDS)
    return {key: section.read(key, _path, "") for key, _ in node.entries() if key in _FIELDS}


def _path(node: Node) -> str | None:
    found = text(node)
    if found is None or _PATH.fullmatch(found):
        return found
    node.fault(f"{quoted(found)} is no path", 'Write names with dots between, such as "data.post.id".')
    return None
