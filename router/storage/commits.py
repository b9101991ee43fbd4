"""Units of work on the tables. Runs inside `Tables.attempt`, which takes back what was half done."""

from dataclasses import replace
from datetime import datetime

from router.core.cases import CaseId
from router.core.errors import CaseNotFound, KeySeen, StaleCase
from router.core.units import AnyCase, Key, Register, Unit
from router.storage import outbox
from router.storage.rows import CaseRow, KeyRow, thread_of
from router.storage.tables import FORGOTTEN, Tables


def commit(tables: Tables, unit: Unit) -> None:
    """Write a unit. Raises KeySeen, StaleCase, and CaseNotFound for an entry of a case that nobody stored.

    Keys come first: a signal seen before is a duplicate, whatever has become of its case since.
    """
    for _, entry in unit.entries:
        tables.hear(entry.at)
    home = unit.cases[0].id if unit.cases else None
    for key in unit.keys:
        _take_key(tables, key, home)
    for case in unit.cases:
        _write_case(tables, case)
    _write_belongings(tables, unit, home)
    for erasure in unit.erasures:
        outbox.erase(tables, erasure)
    made_at = max((entry.at for _, entry in unit.entries), default=tables.told)
    for effect in unit.effects:
        outbox.queue(tables, effect, made_at)
    for register in unit.registers:
        _write_register(tables, register)


def forget(tables: Tables, now: datetime) -> None:
    """Drop keys whose time has passed; rows of cases keep theirs, and the watermark says that they are void."""
    tables.hear(now)
    gone = [name for name, row in tables.keys.items() if row.until is not None and row.until <= now]
    for name in gone:
        tables.keys.drop(name)
    if gone and now > watermark(tables):
        tables.facts.put(FORGOTTEN, now.isoformat())


def watermark(tables: Tables) -> datetime:
    """Tell until when worn out keys were forgotten."""
    written = tables.facts.get(FORGOTTEN)
    return datetime.fromisoformat(written) if written else datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _take_key(tables: Tables, key: Key, home: CaseId | None) -> None:
    if key.name in tables.keys:
        raise KeySeen(key.name)
    tables.keys.put(key.name, KeyRow(key.until, home if _keepable(tables, key) else None))


def _keepable(tables: Tables, key: Key) -> bool:
    """Whether a case's row may keep the key: not one that the watermark would void at the next start."""
    return key.until is None or key.until > watermark(tables)


def _write_case(tables: Tables, case: AnyCase) -> None:
    filed = tables.cases.get(case.id)
    stored = filed.row() if filed else None
    expected = stored.case.version if stored else 0
    if case.version != expected + 1:
        raise StaleCase(f"{case.id} is stored in version {expected}, so version {case.version} can't replace it")
    if stored:
        row = replace(stored, case=case)
        tables.rethread(case.id, stored.case, case)
    else:
        row = CaseRow(tables.next_place(), case)
        tables.index_case(case.id, row.place, thread_of(case), ())
    tables.index_objects(case.id, row.objects)
    tables.store_case(row)


def _write_belongings(tables: Tables, unit: Unit, home: CaseId | None) -> None:
    """Add entries to their cases, and keys to the first case of the unit."""
    for case_id in dict.fromkeys(case_id for case_id, _ in unit.entries):
        row = stored_row(tables, case_id)
        entries = tuple(entry for owner, entry in unit.entries if owner == case_id)
        tables.store_case(replace(row, entries=(*row.entries, *entries)))
    kept = tuple(key for key in unit.keys if _keepable(tables, key))
    if home is not None and kept:
        row = stored_row(tables, home)
        tables.store_case(replace(row, keys=(*row.keys, *kept)))


def stored_row(tables: Tables, case_id: CaseId) -> CaseRow:
    """Read a row for changing it. Raises CaseNotFound."""
    filed = tables.cases.get(case_id)
    if filed is None:
        raise CaseNotFound(f"there is no case {case_id}")
    return filed.row()


def _write_register(tables: Tables, register: Register) -> None:
    values = {**(tables.registers.get(register.name) or {})}
    if register.value is None:
        values.pop(register.key, None)
    else:
        values[register.key] = register.value
    tables.registers.put(register.name, values)
