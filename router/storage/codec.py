"""Cases, entries and effects as plain dictionaries that fit into JSON, and back; shared by every backend.

Every dictionary carries the version of its shape. What a kind of case keeps is its module's `MATTER`, so
that a new kind edits nothing here; effects are tagged with their class's name.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec

from router.core.cases import Case
from router.core.effects import Effect
from router.core.errors import BadInput, StoreUnavailable
from router.core.kinds import kinds
from router.core.units import AnyCase, PendingEffect

VERSION = 1
T = TypeVar("T")
Doc = dict[str, Any]

_EFFECTS: dict[str, type[Any]] = {effect.__name__: effect for effect in get_args(Effect)}


def encode(value: object) -> Doc:
    """Make a dictionary of any declared value that holds neither a case nor an effect."""
    return {"v": VERSION, **msgspec.to_builtins(value)}


def check_version(version: object) -> None:
    """Refuse what another version of the router wrote. Raises StoreUnavailable."""
    if version != VERSION:
        raise StoreUnavailable(
            f"something is stored in version {version!r}, and this router reads version {VERSION}: "
            "use the version of the router that wrote it"
        )


def decode(doc: Mapping[str, Any], wanted: type[T]) -> T:
    """Make the value of a dictionary again. Raises StoreUnavailable for a version or shape not known here."""
    check_version(doc.get("v"))
    try:
        return msgspec.convert(doc, wanted)
    except msgspec.ValidationError as fault:
        raise StoreUnavailable(f"what is stored is no {wanted}: {fault}") from fault


def encode_case(case: AnyCase) -> Doc:
    """Make a dictionary of a case of any kind."""
    return encode(case)


def decode_case(doc: Mapping[str, Any]) -> AnyCase:
    """Make a case again, of the kind that it names. Raises StoreUnavailable."""
    kind = kinds().get(doc.get("kind", ""))
    if kind is None:
        known = ", ".join(sorted(kinds()))
        raise StoreUnavailable(f"a case of kind {doc.get('kind')!r} is stored, and this router knows {known}")
    return decode(doc, _case_of(kind.MATTER))


@cache
def _case_of(matter: type[Any]) -> type[AnyCase]:
    return Case[matter]  # type: ignore[valid-type]


def encode_effect(effect: Effect) -> Doc:
    """Make a dictionary of an effect, tagged with its class's name."""
    return {"kind": type(effect).__name__, **encode(effect)}


def decode_effect(doc: Mapping[str, Any]) -> Effect:
    """Make an effect again. Raises StoreUnavailable."""
    wanted = _EFFECTS.get(doc.get("kind", ""))
    if wanted is None:
        known = ", ".join(_EFFECTS)
        raise StoreUnavailable(f"an effect of kind {doc.get('kind')!r} is stored, and this router knows {known}")
    effect: Effect = decode(doc, wanted)
    return effect


def encode_pending(pending: PendingEffect) -> Doc:
    """Make a dictionary of an effect in the outbox."""
    return encode(pending) | {"effect": encode_effect(pending.effect)}


def decode_pending(doc: Mapping[str, Any]) -> PendingEffect:
    """Make an effect in the outbox again. Raises StoreUnavailable."""
    waiting = msgspec.structs.asdict(decode(doc, _waiting()))
    return PendingEffect(**waiting | {"effect": decode_effect(waiting["effect"])})


@cache
def _waiting() -> type[msgspec.Struct]:
    """PendingEffect with its effect still a dictionary: msgspec can't choose between classes without its own tags."""
    hints = get_type_hints(PendingEffect) | {"effect": Doc}
    required = [(one.name, hints[one.name]) for one in fields(PendingEffect) if one.default is MISSING]
    optional = [(one.name, hints[one.name], one.default) for one in fields(PendingEffect) if one.default is not MISSING]
    return msgspec.defstruct("Waiting", [*required, *optional])


def check_storable(value: object) -> None:
    """Refuse what JSON in UTF-8 can't hold: half a surrogate pair. Raises BadInput."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError as fault:
        raise BadInput("$", "a text holds half of a surrogate pair, which is no character") from fault
