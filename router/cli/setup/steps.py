"""Plans as values: steps, each with what, why and whether it is done; what is in the way; what people must see to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Do(StrEnum):
    """What a step does; the value is its word in the receipt."""

    MAKE_TEAM = "team"
    MAKE_CHANNEL = "channel"
    RESTORE_CHANNEL = "restore-channel"
    MAKE_BOT = "bot"
    ENABLE_BOT = "enable-bot"
    MAKE_TOKEN = "token"  # noqa: S105  (a word, not one)
    JOIN_TEAM = "team-member"
    JOIN_CHANNEL = "channel-member"
    PUT_COMMAND = "command"
    PUT_HOOK = "hook"
    WRITE_SETTINGS = "settings"

    REMOVE_HOOK = "remove-hook"
    REMOVE_COMMAND = "remove-command"
    REVOKE_TOKENS = "revoke-tokens"
    LEAVE_CHANNEL = "leave-channel"
    LEAVE_TEAM = "leave-team"
    DISABLE_BOT = "disable-bot"
    ARCHIVE_CHANNEL = "archive-channel"
    STRIP_SETTINGS = "strip-settings"
    DISCARD_RECEIPT = "discard-receipt"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `place` is the team, channel or file, `names` the people or settings it is about."""

    do: Do
    what: str
    why: str
    place: str = ""
    names: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order. While something is in the way nothing is done; notes are for people to see to."""

    steps: tuple[Step, ...]
    in_the_way: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def to_do(self) -> tuple[Step, ...]:
        """What is not done yet."""
        return tuple(step for step in self.steps if not step.done)


def key_of(do: Do, team: str, place: str = "", name: str = "") -> str:
    """Name a thing in the receipt."""
    return " ".join(part for part in (do.value, team, place, name) if part)


def at(usernames: Sequence[str]) -> str:
    """Write usernames as people do."""
    return ", ".join(f"@{name}" for name in usernames)
