"""Rows of the tables as documents of a file, and back.

A document's fields are packed: each is JSON text already, so that writing a file costs no more than copying it, and a
closed case takes no more memory than its text.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from router.core.cases import CaseId, Entry
from router.core.errors import StoreUnavailable
from router.core.quoting import Quote
from router.core.units import Key, PostRef
from router.storage import codec
from router.storage.commits import watermark
from router.storage.rows import CaseRow, EffectRow, Filed, KeyRow, Lease, objects_of, thread_of
from router.storage.tables import Tables

Doc = dict[str, msgspec.Raw]
Documents = Mapping[str, Mapping[str, Doc]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A closed case as text; `row` reads it."""

    place: int
    doc: Doc

    def row(self) -> CaseRow:
        """Unpack it."""
        return unpack_case(self.doc)


def pack(value: Mapping[str, Any]) -> Doc:
    """Make a document of a plain dictionary."""
    return {name: msgspec.Raw(msgspec.json.encode(one)) for name, one in value.items()}


def unpack(doc: Doc) -> dict[str, Any]:
    """Make a plain dictionary of a document."""
    return {name: msgspec.json.decode(one) for name, one in doc.items()}


def pack_case(row: CaseRow) -> Doc:
    """Make a document of a case with all that belongs to it."""
    return pack(
        {
            "v": codec.VERSION,
            "place": row.place,
            "case": codec.encode_case(row.case),
            "entries": [codec.encode(one) for one in row.entries],
            "roots": [codec.encode(one) for one in row.roots],
            "keys": [codec.encode(one) for one in row.keys],
            "quotes": [codec.encode(one) for one in row.quotes],
            "erased": row.erased,
        }
    )


def unpack_case(doc: Doc) -> CaseRow:
    """Make a case of a document again."""
    plain = unpack(doc)
    return CaseRow(
        place=plain["place"],
        case=codec.decode_case(plain["case"]),
        entries=tuple(codec.decode(one, Entry) for one in plain["entries"]),
        roots=tuple(codec.decode(one, PostRef) for one in plain["roots"]),
        keys=tuple(codec.decode(one, Key) for one in plain["keys"]),
        quotes=tuple(codec.decode(one, Quote) for one in plain.get("quotes", ())),
        erased=plain.get("erased", 0),
    )


def _case_doc(filed: Filed) -> Doc | None:
    return pack_case(filed) if isinstance(filed, CaseRow) else None


def _key_doc(row: KeyRow) -> Doc | None:
    return pack(codec.encode(row)) if row.case is None else None


def _effect_doc(row: EffectRow) -> Doc:
    waits = {"place": row.place, "not_before": row.not_before, "lease": row.lease, "withdrawn": row.withdrawn}
    return pack({**codec.encode_pending(row.pending), **waits})


def _value_doc(value: object) -> Doc:
    return pack({"v": codec.VERSION, "value": value})


_MAKERS: dict[str, Callable[[Any], Doc | None]] = {
    "facts": _value_doc,
    "cases": _case_doc,
    "keys": _key_doc,
    "registers": _value_doc,
    "outbox": _effect_doc,
    "given_up": _value_doc,
}


def changed(tables: Tables) -> Iterator[tuple[str, str, Doc | None]]:
    """Give table, id and document of every row that was touched; None for what is no longer to be in the file."""
    for name, key in tables.journal.touched():
        make = _MAKERS.get(name)
        if make is not None:
            row = getattr(tables, name).get(key)
            yield name, key, None if row is None else make(row)


def load(tables: Tables, live: Documents, closed: Mapping[str, Doc]) -> None:
    """Fill empty tables; a case that is in both files stands in the live one. Raises StoreUnavailable."""
    try:
        _load_values(tables, live)
        filed: dict[str, CaseRow | Packed] = {key: _packed(doc) for key, doc in closed.items()}
        filed.update((key, unpack_case(_known(doc))) for key, doc in live.get("cases", {}).items())
        for key, one in sorted(filed.items(), key=lambda item: item[1].place):
            _load_case(tables, CaseId(key), one)
        _load_outbox(tables, live)
    except (KeyError, TypeError, ValueError, msgspec.MsgspecError) as fault:
        raise StoreUnavailable(f"a document is not what it should be ({type(fault).__name__}: {fault})") from fault
    tables.settle()


def _known(doc: Doc) -> Doc:
    """Refuse a document of another version."""
    codec.check_version(msgspec.json.decode(doc["v"]))
    return doc


def _load_values(tables: Tables, live: Documents) -> None:
    for name in ("facts", "registers", "given_up"):
        for key, doc in live.get(name, {}).items():
            getattr(tables, name).put(key, unpack(_known(doc))["value"])
    for key, doc in live.get("keys", {}).items():
        tables.keys.put(key, codec.decode(unpack(doc), KeyRow))


def _load_outbox(tables: Tables, live: Documents) -> None:
    rows = [_unpack_effect(unpack(doc)) for doc in live.get("outbox", {}).values()]
    for row in sorted(rows, key=lambda row: row.place):
        tables.load_effect(row)


def _unpack_effect(plain: dict[str, Any]) -> EffectRow:
    waits = codec.decode(plain, _Waits)
    return EffectRow(waits.place, codec.decode_pending(plain), waits.not_before, waits.lease, waits.withdrawn)


@dataclass(frozen=True, slots=True)
class _Waits:
    """What the row of an effect has beyond the effect."""

    place: int
    not_before: datetime | None
    lease: Lease | None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class _Heard:
    identity: str
    alias: str = ""


@dataclass(frozen=True, slots=True)
class _Matter:
    thread: str | None = None
    signals: tuple[_Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class _Head:
    """As much of a closed case as the indexes need; reading it skips the rest."""

    kind: str
    matter: _Matter


def _packed(doc: Doc) -> Packed:
    return Packed(msgspec.json.decode(_known(doc)["place"], type=int), doc)


def _load_case(tables: Tables, case_id: CaseId, filed: CaseRow | Packed) -> None:
    if isinstance(filed, CaseRow):
        thread, roots, keys, objects = thread_of(filed.case), filed.roots, filed.keys, filed.objects
        tables.store_case(filed)
    else:
        matter = msgspec.json.decode(filed.doc["case"], type=_Head).matter
        thread, objects = matter.thread, objects_of(matter.signals, _quotes(filed.doc))
        roots = msgspec.json.decode(filed.doc["roots"], type=tuple[PostRef, ...])
        keys = msgspec.json.decode(filed.doc["keys"], type=tuple[Key, ...])
        tables.cases.put(case_id, filed)
    tables.index_case(case_id, filed.place, thread, roots)
    tables.index_objects(case_id, objects)
    void = watermark(tables)
    for key in keys:
        if key.until is None or key.until > void:
            tables.keys.put(key.name, KeyRow(key.until, case_id))


def _quotes(doc: Doc) -> tuple[Quote, ...]:
    return msgspec.json.decode(doc["quotes"], type=tuple[Quote, ...]) if "quotes" in doc else ()
