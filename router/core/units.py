"""Units of work: what is written together or not at all; and what waits in the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from router.core.cases import Case, CaseId, Decision, Entry
from router.core.effects import Effect
from router.core.quoting import Erasure, Words

AnyCase = Case[Any]


@dataclass(frozen=True, slots=True)
class Key:
    """Something that may be stored once. It is forgotten after `until`, None for never."""

    name: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """A small value under a name and a key; None deletes it."""

    name: str
    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Unit:
    """Written atomically. A case of version n replaces version n - 1; version 1 is new.

    With `erasures` words leave what waits in the outbox, and the posts that hold them are to be withdrawn.
    """

    cases: tuple[AnyCase, ...] = ()
    entries: tuple[tuple[CaseId, Entry], ...] = ()
    effects: tuple[Effect, ...] = ()
    keys: tuple[Key, ...] = ()
    registers: tuple[Register, ...] = ()
    erasures: tuple[Erasure, ...] = ()


@dataclass(frozen=True, slots=True)
class PostRef:
    """A root post of a case, as Mattermost knows it."""

    post_id: str
    channel_id: str
    case: CaseId


@dataclass(frozen=True, slots=True)
class PendingEffect:
    """An effect in the outbox.

    `key` holds the installation's id, so that two routers on one server never share one. `unclear_since` is the first
    try whose outcome is not known, None when none is; `worker` names the process of the last try.
    """

    key: str
    effect: Effect
    made_at: datetime
    tries: int = 0
    unclear_since: datetime | None = None
    last_try: datetime | None = None
    worker: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A post that was made, and whose words it holds."""

    post_id: str
    channel_id: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Delivered (or no longer worth it). `root` is the case's new root post, `said` another post that quotes."""

    root: PostRef | None = None
    said: Said | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """Not delivered; again at that time. `unclear`: it may have been carried out."""

    at: datetime
    why: str
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Can never be delivered."""

    why: str


Outcome = Done | Retry | GivenUp


def unit_of(
    decisions: Iterable[Decision[Any]],
    *,
    effects: tuple[Effect, ...] = (),
    keys: tuple[Key, ...] = (),
    registers: tuple[Register, ...] = (),
    erasures: tuple[Erasure, ...] = (),
) -> Unit:
    """Gather decisions, and what a door adds, into one unit. Decisions without an entry change nothing.

    A case that was decided on more than once rises by one version all the same.
    """
    made = [one for one in decisions if one.entries]
    cases: dict[CaseId, AnyCase] = {}
    for one in made:
        earlier = cases.get(one.case.id)
        cases[one.case.id] = replace(one.case, version=earlier.version) if earlier else one.case
    return Unit(
        cases=tuple(cases.values()),
        entries=tuple((one.case.id, entry) for one in made for entry in one.entries),
        effects=(*(effect for one in made for effect in one.effects), *effects),
        keys=keys,
        registers=registers,
        erasures=erasures,
    )
