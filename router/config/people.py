"""The people and roles of the policy file, and who a name elsewhere in the file stands for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from router.config.formats import ACCOUNTS, holidays, text, time_zone, username, words, working_hours
from router.config.lines import Place
from router.config.nodes import Node, Once, Section, is_table, listed, near, quoted
from router.core.people import Person, PersonId

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_KEYS = ("name", "mattermost", *ACCOUNTS, "timezone", "working_hours", "holidays")
_SOURCES = {"forum": "discourse"}  # by the key of a person's accounts there, where it is another word


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody who may be named.

    `unclear` are roles whose holders could not be read: they may be named, and are not called vacant. `whole` is False
    when the tables of people or roles could not be read at all; then no name is called unknown. `used` notes where
    each vacant role is named.
    """

    people: dict[PersonId, Person] = field(default_factory=dict)
    roles: dict[str, tuple[PersonId, ...]] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)
    used: dict[str, list[Place]] = field(default_factory=dict)
    whole: bool = True

    def named(self, node: Node) -> str | None:
        """Read the name of a role or a person."""
        found = text(node)
        if found is None or not self.whole or found in self.people:
            return found
        if found in self.roles:
            if self.is_vacant(found):
                self.used.setdefault(found, []).append(node.place)
            return found
        remedy = (
            _meant(found, [*self.people, *self.roles], self)
            or "Name a role of [roles] or somebody of [people]; add them there first."
        )
        node.fault(f"{quoted(found)} is neither a role nor a person", remedy)
        return None

    def manned(self, node: Node) -> str | None:
        """Read the name of a role or a person behind whom there is somebody."""
        found = self.named(node)
        if found is None or not self.is_vacant(found):
            return found
        node.fault(f"nobody holds {quoted(found)}", "Enter somebody under [roles], or name another role or a person.")
        return None

    def is_vacant(self, name: str) -> bool:
        """Whether this is a role that certainly nobody holds."""
        return name not in self.unclear and self.roles.get(name) == ()

    def holders(self, names: Iterable[str]) -> set[str]:
        """Tell who is behind some names; an unclear role counts as somebody."""
        found: set[str] = set()
        for name in names:
            found.update([name] if name in self.unclear else self.roles.get(name, [name]))
        return found


def _meant(name: str, known: Iterable[str], directory: Directory) -> str:
    """Suggest a name: a near miss of a known one, or the id of somebody who was called by full name or username."""
    called = {one.name.lower(): one.id for one in directory.people.values()}
    called |= {one.mattermost.lower(): one.id for one in directory.people.values()}
    meant = near(name, known) or called.get(name.lower().removeprefix("@"))
    return f"Did you mean {quoted(meant)}?" if meant else ""


def read_directory(people: Node | None, roles: Node | None) -> Directory:
    """Read both tables; None stands for one that is missing."""
    directory = Directory(
        whole=people is not None and is_table(people, "Begin each person with a line such as [people.ian-tien].")
    )
    usernames = Once("somebody's username", "Usernames are one per person: correct one of the two.")
    accounts = {key: Once("an account of somebody", "Enter each account at one person only.") for key in ACCOUNTS}
    for key, node in people.entries() if people else ():
        directory.people[PersonId(key)] = _person(node, key, usernames, accounts)
    if roles is None:
        return directory
    if not is_table(roles, "Begin it with a line [roles] of its own."):
        return Directory(directory.people, whole=False)
    for key, node in roles.entries():
        _role(node, key, directory)
    return directory


def _person(node: Node, key: str, usernames: Once, accounts: dict[str, Once]) -> Person:
    if not _ID.fullmatch(key):
        remedy = "Write small letters, digits, - and _ (at most 64), as in [people.ian-tien]."
        node.fault(f"{quoted(key)} is no id for a person", remedy)
    section = Section(node, "Begin each person with a line such as [people.ian-tien].", _KEYS)
    section.read("timezone", time_zone, "")
    section.read("working_hours", working_hours, "")
    section.read("holidays", holidays, "")
    known = section.need("mattermost", username, "")
    given = section.at("mattermost")
    if given and isinstance(given.value, str):
        usernames.take(given, given.value)
    return Person(PersonId(key), section.need("name", words, ""), known, _accounts(section, accounts))


def _accounts(section: Section, once: dict[str, Once]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, reader in ACCOUNTS.items():
        names: tuple[str, ...] = section.read(key, listed(reader), ())
        node = section.at(key)
        for item in node.items() if node else ():
            if isinstance(item.value, str):
                once[key].take(item, item.value)
        if names:
            found[_SOURCES.get(key, key)] = tuple(name.lower() for name in names)
    return found


def _role(node: Node, key: str, directory: Directory) -> None:
    if not key.strip():
        node.fault("a role without a name", 'Give it one, as in "Head of Legal" = ["ian-tien"].')
    if key in directory.people:
        remedy = "Give the role another name, so that it is clear who is meant."
        node.fault(f"{quoted(key)} is the id of a person, too", remedy)

    def holder(item: Node) -> PersonId | None:
        found = text(item)
        if found is None or not directory.whole or found in directory.people:
            return None if found is None else PersonId(found)
        remedy = (
            _meant(found, directory.people, directory)
            or "Name people by their ids, such as ian-tien for [people.ian-tien]."
        )
        item.fault(f"{quoted(found)} is nobody of [people]", remedy)
        return None

    holders = listed(holder)(node)
    directory.roles[key] = holders or ()
    if holders is None or key in directory.people:
        directory.unclear.add(key)
