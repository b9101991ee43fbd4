"""Tables that remember what was changed since the last durable moment, and can go back to it exactly."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, cast

K = TypeVar("K")
V = TypeVar("V")
_ABSENT = object()


class Journal:
    """The changes of all tables since they were last settled, in order."""

    def __init__(self) -> None:
        self._changes: list[tuple[Table[Any, Any], Any, object]] = []
        self._touched: dict[tuple[str, Any], None] = {}

    def note(self, table: "Table[Any, Any]", key: object, before: object) -> None:
        """Remember what stood there before."""
        self._changes.append((table, key, before))
        self._touched.setdefault((table.name, key))

    def mark(self) -> int:
        """Name this moment, to go back to it."""
        return len(self._changes)

    def back_to(self, mark: int) -> None:
        """Take back everything since a mark, last change first."""
        while len(self._changes) > mark:
            table, key, before = self._changes.pop()
            table.restore(key, before)
        self._touched = {(table.name, key): None for table, key, _ in self._changes}

    def settle(self) -> None:
        """Everything so far is durable."""
        self._changes.clear()
        self._touched.clear()

    def touched(self) -> list[tuple[str, Any]]:
        """Table and key of every row that was changed, each once."""
        return list(self._touched)

    def holds(self, table: "Table[Any, Any]", key: object) -> bool:
        """Whether that row was changed and is not durable yet."""
        return (table.name, key) in self._touched


class Table(Generic[K, V]):
    """A dictionary whose changes are entered in the journal. Rows are never changed in place."""

    def __init__(self, name: str, journal: Journal) -> None:
        self.name = name
        self._journal = journal
        self._rows: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Read a row."""
        return self._rows.get(key)

    def __getitem__(self, key: K) -> V:
        return self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def items(self) -> Iterator[tuple[K, V]]:
        """Go through keys and rows."""
        return iter(self._rows.items())

    def put(self, key: K, row: V) -> None:
        """Add or replace a row."""
        self._journal.note(self, key, self._rows.get(key, _ABSENT))
        self._rows[key] = row

    def drop(self, key: K) -> None:
        """Remove a row that is there."""
        self._journal.note(self, key, self._rows.pop(key))

    def restore(self, key: K, before: object) -> None:
        """Put back what stood there; only the journal may."""
        if before is _ABSENT:
            del self._rows[key]
        else:
            self._rows[key] = cast("V", before)
