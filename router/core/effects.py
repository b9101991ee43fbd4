"""What is to be done outside, as values: written down with the decision, carried out by the delivery later.

An effect holds no text of a signal: what it says is rendered from the case when it is sent. Its key is stable, so that
what was begun before a restart can be recognised after it.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from router.core.people import PersonId


class Channel(StrEnum):
    """The channels of the policy file."""

    ESCALATIONS = "escalations"
    TRIAGE = "triage"


class Says(StrEnum):
    """What a reply in a case's thread says; each has a template of that name."""

    JOINED = "joined"
    NOTE = "note"
    LOOPED_IN = "looped-in"
    NEW_OWNER = "new-owner"
    NEW_TOPIC = "new-topic"
    REOPENED = "reopened"
    REMIND_OWNER = "remind-owner"
    NOTIFY_ALL = "notify-all"
    NOTIFY_BACKSTOP = "notify-backstop"
    NOBODY_LEFT = "nobody-left"
    GIVEN_BACK = "given-back"
    ANSWER = "answer"
    ERASED = "erased"
    TRANSFERRED = "transferred"
    CONFIRM_ANSWER = "confirm-answer"
    CEASED = "ceased"


class Confides(StrEnum):
    """What a message to one person says; each has a template of that name."""

    CONFIDENTIAL = "confidential"
    NOT_APPROVED = "not-approved"


class Announces(StrEnum):
    """What a notice says; each has a template of that name."""

    PEOPLE_GONE = "people-gone"
    SOURCE_SILENT = "source-silent"


@dataclass(frozen=True, slots=True)
class RootPost:
    """Open the case's thread in a channel."""

    case: str
    channel: Channel
    key: str = ""


@dataclass(frozen=True, slots=True)
class RootUpdate:
    """Bring the root post up to date; `moved` when the case's root is about to be in another channel.

    `erases` when what it showed must not stay: a post whose text can't be changed any more is replaced by a new one.
    """

    case: str
    moved: bool = False
    erases: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """Say something in the case's thread, mentioning `people` (and `usernames` of those the policy does not name).

    `pulse` is that of the case for what a later move makes pointless, None for what is always said.
    """

    case: str
    says: Says
    people: tuple[PersonId, ...] = ()
    usernames: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    pulse: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Say something of a case to one person alone, by a direct message."""

    case: str
    confides: Confides
    person: PersonId
    facts: dict[str, str] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Say in the escalations channel what belongs to no case, mentioning somebody present who can mend it."""

    announces: Announces
    facts: dict[str, str] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class DirectMessage:
    """Tell one person something; `text` is Markdown that is safe already.

    It quotes the titles of `cases`, each with how long its timeline was when that was read.
    """

    user_id: str
    text: str
    key: str = ""
    cases: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reaction:
    """Acknowledge a post with an emoji."""

    post_id: str
    emoji: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Resolve:
    """Find out what a post that may be a command or a signal is worth, by reading it.

    `order`: those with the same one are resolved one after the other, as they were said. `direct` when it is said to
    have been sent to the bot alone. `thread` is the key of the signal's thread for a post that was there before: when
    it can't be read any more, it is deleted.
    """

    post_id: str
    order: str = ""
    direct: bool = False
    thread: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the text out of a post of ours, as what it quotes was deleted at its source, or is confidential now."""

    post_id: str
    channel_id: str
    key: str = ""


Effect = RootPost | RootUpdate | Reply | Tell | Notice | DirectMessage | Reaction | Resolve | Withdraw


def lane(effect: Effect) -> str:
    """Effects of one lane are delivered in order: those of a case, replies of a thread, else each by itself."""
    match effect:
        case RootPost() | RootUpdate() | Reply() | Tell():
            return effect.case
        case Resolve() if effect.order:
            return effect.order
        case Notice() | DirectMessage() | Reaction() | Resolve() | Withdraw():
            return effect.key
        case _:  # pragma: no cover
            assert_never(effect)


def numbered(stem: str, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """Give each effect its key: the stem and its place."""
    return tuple(replace(effect, key=f"{stem}/{place}") for place, effect in enumerate(effects))
