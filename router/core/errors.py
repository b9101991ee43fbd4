"""Every error that one part of the router raises for another to catch.

RouterError
├── BadInput            a body or an argument from outside is not what it should be; names the path
├── Impossible          a command can't be carried out as it was typed
├── ProofFailed         a signature, token or signed context is missing, wrong or worn out
├── PolicyFaulty        the policy file or the settings can't be used; carries every fault
├── StoreError
│   ├── CaseNotFound
│   ├── StaleCase       somebody else changed the case since it was read: read again, decide again
│   ├── KeySeen         a key of the unit is taken already; nothing of the unit was stored
│   ├── StoreLocked     another process holds the store
│   └── StoreUnavailable  nothing could be stored now; nothing half written
├── SourceError         a source can't be asked for what was missed; the message says what to do
└── ChatError
    ├── ChatUnavailable   try again later; `unclear` when the call may have been carried out
    └── ChatRefused       the server understood and said no
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class RouterError(Exception):
    """Whatever the router itself raises."""


class BadInput(RouterError):
    """`path` says where (`$.issue.title`), `problem` what is wrong there."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class Impossible(RouterError):
    """A command can't be carried out as it was typed; the message tells its author what would be right."""


class SourceError(RouterError):
    """A source can't be asked for what was missed; the message says why, and what to do about it."""


class ProofFault(StrEnum):
    """Why a proof did not hold; a label of the counter of failed proofs."""

    MISSING = "missing"
    WRONG = "wrong"
    EXPIRED = "expired"
    USED = "used before"
    NOT_READY = "not ready"


class ProofFailed(RouterError):
    """The caller is not who it should be. The message never holds what was sent."""

    def __init__(self, fault: ProofFault, what: str) -> None:
        super().__init__(f"{what}: {fault}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file that a person edits.

    `line` is that of the key, or of its table's header; 0 where the file has no such place.
    """

    file: str
    line: int
    path: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """`responders.toml:12: topics[3].chase: problem. Remedy.`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path}: {self.problem}. {self.remedy}"


class PolicyFaulty(RouterError):
    """All faults of a policy file or of the settings, in one go."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class StoreError(RouterError):
    """The store said no."""


class CaseNotFound(StoreError):
    """There is no case of that id."""


class StaleCase(StoreError):
    """The case has another version than the unit of work was decided on."""


class KeySeen(StoreError):
    """`key` is in the store already; the whole unit was refused."""

    def __init__(self, key: str) -> None:
        super().__init__(f"seen before: {key}")
        self.key = key


class StoreLocked(StoreError):
    """Another process has the store open for writing."""


class StoreUnavailable(StoreError):
    """Nothing can be stored now (disk full, database away)."""


class ChatError(RouterError):
    """Mattermost did not do what was asked. The message is for the log: it names call, status and error id.

    `remedy` is the line for people: what is wrong, and what to do about it; "" where there is nothing to be done.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy

    @property
    def told(self) -> str:
        """The remedy, or the message where there is none."""
        return self.remedy or str(self)


class ChatUnavailable(ChatError):
    """It may work later.

    `unclear`: the call may have been carried out all the same (timed out, answered 5xx).
    `retry_after`: how long the server asked to be left alone.
    """

    def __init__(self, message: str, *, unclear: bool, retry_after: timedelta | None = None, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.unclear = unclear
        self.retry_after = retry_after


class Refusal(StrEnum):
    """What a refusal of Mattermost means to us, whatever its wording."""

    CREDENTIALS = "token refused"
    FORBIDDEN = "not allowed"
    NOT_FOUND = "not found"
    ROOT_GONE = "the thread's root is gone"
    ARCHIVED = "channel archived"
    TOO_LATE = "the text may not be edited any more"
    INVALID = "can never be valid"


class ChatRefused(ChatError):
    """The server understood and refused; `refusal` says what follows from it."""

    def __init__(self, refusal: Refusal, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{refusal}: {message}", remedy=remedy)
        self.refusal = refusal
