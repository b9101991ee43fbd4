"""Who is who: people of the policy file, and whoever acts on a case."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

PersonId = NewType("PersonId", str)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the policy file names. `accounts` holds public account names, lower case, by source."""

    id: PersonId
    name: str
    mattermost: str
    accounts: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Gone(StrEnum):
    """Why somebody is not to be reached by the username that the policy file has; the values are what people read."""

    RENAMED = "renamed"
    DEACTIVATED = "deactivated"
    DELETED = "deleted"
    NO_ACCOUNT = "no account of that name"


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody whose account is gone, or goes by another name: that is `username`, "" for whoever is not there."""

    why: Gone
    username: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever caused an event. `person` is set for people of the policy file, by their pinned user id."""

    username: str
    name: str = ""
    user_id: str = ""
    person: PersonId | None = None
    guest: bool = False

    @property
    def called(self) -> str:
        """The full name, or the username of somebody without one."""
        return self.name or self.username


ROUTER = Actor("router", "the router")


class Door(StrEnum):
    """The way by which an event came in; a column of the timeline."""

    HOOK = "hook"
    SLASH = "slash"
    BUTTON = "button"
    THREAD = "thread"
    DIALOG = "dialog"
    API = "api"
    CLI = "cli"
    CLOCK = "clock"
