"""The embedded default for one process: the tables of `memory_store`, made durable by TinyDB in two files.

`router.json` holds what is live, and is written once for every batch of changes. `router.closed.json` beside it holds
closed cases, and is written in the background when some have gathered, so that history costs live traffic nothing. A
case goes into the second file before it leaves the first, and the first is right about whatever is in both. Words that
were erased leave the second file at once, or when the store is next opened.
"""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import msgspec
from filelock import FileLock
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Document, Table

from router.core.cases import CaseId
from router.core.errors import Fault, PolicyFaulty, StoreUnavailable
from router.ports import Store
from router.storage.batches import Batches
from router.storage.documents import Doc, Packed, changed, load, pack_case
from router.storage.files import damaged, hold, make_folder, sweep, write_whole
from router.storage.memory_store import Changes, MemoryStore, Refusing
from router.storage.rows import CaseRow
from router.storage.tables import INSTALLATION, Tables

log = logging.getLogger(__name__)
GATHERED = 100  # closed cases in the live file before they are moved: a third of a megabyte at most
_SNAPSHOT_TRIES = 20
T = TypeVar("T")
_Content = dict[str, dict[str, Doc]]
_DECODER = msgspec.json.Decoder(_Content)
CarryOut = Callable[[Callable[[], None]], None]


class WholeFile(Storage):
    """TinyDB's storage: what it writes stays in memory until `flush`, which makes it durable or forgets it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._durable = read_file(path)
        self._present = self._durable

    def read(self) -> dict[str, dict[str, Any]]:
        """Give the present tables; TinyDB replaces tables and never changes one."""
        return dict(self._present)

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Take the next tables."""
        self._present = cast("_Content", data)

    def flush(self) -> None:
        """Write the file. Raises OSError."""
        write_whole(self._path, msgspec.json.encode(self._present))
        self._durable = self._present

    def revert(self) -> None:
        """Go back to where the file is."""
        self._present = self._durable


class NamedRows(Table):
    """A TinyDB table whose documents have natural ids."""

    document_id_class = str  # type: ignore[assignment]


class _Database(TinyDB):
    table_class = NamedRows


class Documents:
    """One file of documents."""

    def __init__(self, path: Path) -> None:
        self._file = WholeFile(path)
        self._database = _Database(storage=lambda: self._file)

    def content(self) -> _Content:
        """Give everything, by table and id."""
        return cast("_Content", self._file.read())

    def write(self, changes: dict[str, dict[str, Doc | None]]) -> None:
        """Make changes durable, by table and id, or none of them; None removes a document. Raises OSError."""
        try:
            for table, docs in changes.items():
                self._change(table, docs)
            self._file.flush()
        finally:
            self._file.revert()

    def _change(self, table: str, docs: dict[str, Doc | None]) -> None:
        rows = self._database.table(table)
        old = [name for name in docs if rows.contains(doc_id=cast("int", name))]
        if old:
            rows.remove(doc_ids=cast("list[int]", old))
        rows.insert_multiple(Document(doc, cast("int", name)) for name, doc in docs.items() if doc is not None)

    def close(self) -> None:
        """Let go of it."""
        self._database.close()


def read_file(path: Path) -> _Content:
    """Read a file's documents, none when there is no file. Raises StoreUnavailable for a damaged one, and OSError."""
    try:
        return _DECODER.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as fault:
        raise damaged(path, fault) from fault


class Archive:
    """Moves closed cases to the second file, in the background."""

    def __init__(self, tables: Tables, closed: Documents, gathered: int) -> None:
        self._tables = tables
        self._closed = closed
        self._gathered = gathered
        self._patience = gathered
        self._movable = {case_id for case_id, filed in tables.cases.items() if self._is_movable(case_id, filed)}
        self._outdated: set[CaseId] = set()  # whose words must not stay in the second file
        self._moving = False
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="store-archive")

    def tidy(self, carry_out: CarryOut) -> None:
        """Take out of the second file what the last run left there although it is outdated."""
        if back := self._come_back():
            self._begin(back, carry_out)

    def notice(self, case_ids: Iterable[CaseId], erased: Iterable[CaseId], carry_out: CarryOut) -> None:
        """Follow what was made durable; called by the writer only, while memory is what the disk is."""
        for case_id in case_ids:
            if self._is_movable(case_id, self._tables.cases.get(case_id)):
                self._movable.add(case_id)
            else:
                self._movable.discard(case_id)
        self._outdated.update(one for one in erased if self._moving or one in self._archived())
        if self._outdated or (len(self._movable) >= self._patience and not self._moving):
            self._begin(self._come_back(), carry_out)

    def close(self) -> None:
        """Wait for a move under way."""
        self._worker.shutdown()
        self._closed.close()

    def _begin(self, back: list[CaseId], carry_out: CarryOut) -> None:
        """Move what is closed, and take out of the second file what is not; one move after the other."""
        rows = {one: cast("CaseRow", self._tables.cases[one]) for one in self._movable}
        outdated = frozenset(self._outdated)
        self._outdated -= outdated
        self._moving = True
        try:
            self._worker.submit(self._move, rows, {*back, *outdated}, outdated, carry_out)
        except RuntimeError:  # the interpreter is about to end: the next start moves them
            log.warning("closed cases stay where they are until the next start")

    def _archived(self) -> dict[str, Doc]:
        return self._closed.content().get("cases", {})

    def _is_movable(self, case_id: CaseId, filed: object) -> bool:
        return isinstance(filed, CaseRow) and case_id not in self._tables.open

    def _come_back(self) -> list[CaseId]:
        """Name the cases that stand in both files."""
        ids = map(CaseId, self._archived())
        return [one for one in ids if not isinstance(self._tables.cases.get(one), Packed)]

    def _move(
        self, rows: dict[CaseId, CaseRow], back: set[CaseId], outdated: frozenset[CaseId], carry_out: CarryOut
    ) -> None:
        """Write the second file, then take the cases out of the first. Whatever fails is tried again, with more."""
        try:
            packed = {case_id: Packed(row.place, pack_case(row)) for case_id, row in rows.items()}
            docs: dict[str, Doc | None] = dict.fromkeys(back)
            docs.update((case_id, one.doc) for case_id, one in packed.items())
            self._closed.write({"cases": docs})
            carry_out(lambda: self._replace(rows, packed))
            self._patience = self._gathered
        except StoreUnavailable as refused:  # the store is closing, or its writer has said what is wrong
            log.info("closed cases stay in both files for now: %s", refused)
        except Exception:
            self._patience = 2 * max(len(rows), self._gathered)
            self._outdated |= outdated
            log.exception("closed cases stay where they are for now")
        finally:
            self._moving = False

    def _replace(self, rows: dict[CaseId, CaseRow], packed: dict[CaseId, Packed]) -> None:
        """File the packed cases, except those that were changed meanwhile."""
        for case_id, row in rows.items():
            if self._tables.cases.get(case_id) is row:
                self._tables.cases.put(case_id, packed[case_id])


class OnDisk:
    """Changes that last: the writer's batches, the two files and the lock on them."""

    def __init__(self, tables: Tables, live: Documents, archive: Archive, lock: FileLock) -> None:
        self._tables = tables
        self._live = live
        self._archive = archive
        self._lock = lock
        self._batches = Batches(tables, self._write, self._notice)
        archive.tidy(self.carry_out)

    def carry_out(self, work: Callable[[], T], /) -> T:
        """Queue it for the writer and wait until it is on disk."""
        return self._batches.carry_out(work)

    def close(self) -> None:
        """Finish what was accepted, then let go of files and lock."""
        self._batches.close()
        self._archive.close()
        self._live.close()
        self._lock.release()

    def _write(self) -> None:
        """Write what was touched, once; a batch that changed nothing costs nothing."""
        write_changes(self._tables, self._live)

    def _notice(self) -> None:
        touched = self._tables.journal.touched()
        cases, erased = ([key for name, key in touched if name == table] for table in ("cases", "erased"))
        self._archive.notice(cases, erased, self.carry_out)


def write_changes(tables: Tables, live: Documents) -> None:
    """Bring the live file up to date with the tables. Raises OSError."""
    docs: dict[str, dict[str, Doc | None]] = {}
    for table, key, doc in changed(tables):
        docs.setdefault(table, {})[key] = doc
    if docs:
        live.write(docs)


def open_store(url: str, *, read_only: bool = False) -> Store:
    """Open `tinydb:///relative/path.json` or `tinydb:////absolute/path.json`."""
    return open_file(path_of(url), read_only=read_only)


def path_of(url: str) -> Path:
    """Read the path out of the URL. Raises PolicyFaulty."""
    host, _, path = url.partition("://")[2].partition("/")
    if host or not path.strip("/"):
        problem = "it names no file" if not host else f"{host} stands where nothing may: three slashes, then the path"
        remedy = "Write tinydb:///data/router.json, or four slashes for an absolute path."
        raise PolicyFaulty([Fault("environment", 0, "ROUTER_DATABASE_URL", problem, remedy)])
    return Path(unquote(path))


def closed_beside(path: Path) -> Path:
    """Name the file of the closed cases."""
    return path.with_name(f"{path.stem}.closed{path.suffix}")


def open_file(path: Path, *, read_only: bool = False, gathered: int = GATHERED) -> Store:
    """Open a store by its path. Raises StoreLocked, and StoreUnavailable for damaged files and those out of reach."""
    tables = Tables()
    try:
        changes: Changes = _read(tables, path) if read_only else _hold(tables, path.resolve(), gathered)
    except OSError as error:
        raise StoreUnavailable(f"{path} can't be opened: {error}") from error
    return MemoryStore(tables, changes)


def _read(tables: Tables, path: Path) -> Refusing:
    """Take one consistent picture of both files while somebody may be writing them."""
    if not path.exists() and not closed_beside(path).exists():
        raise StoreUnavailable(f"nothing was stored at {path} yet: the service makes it when it first starts")
    for _ in range(_SNAPSHOT_TRIES):
        before = _stamp(closed_beside(path))
        live, closed = read_file(path), read_file(closed_beside(path))
        if _stamp(closed_beside(path)) == before:
            _fill(tables, path, live, closed)
            return Refusing()
    raise StoreUnavailable(f"{path} is being written too busily to be read: try again")


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Tell one version of a file from the next."""
    try:
        known = path.stat()
    except FileNotFoundError:
        return None
    return known.st_ino, known.st_mtime_ns, known.st_size


def _hold(tables: Tables, path: Path, gathered: int) -> OnDisk:
    make_folder(path)
    lock = hold(path)
    try:
        sweep(path)
        sweep(closed_beside(path))
        live, closed = Documents(path), Documents(closed_beside(path))
        if live.content() or closed.content() or path.exists():
            _fill(tables, path, live.content(), closed.content())
        else:
            tables.found()
            write_changes(tables, live)
            tables.settle()
        return OnDisk(tables, live, Archive(tables, closed, gathered), lock)
    except BaseException:
        lock.release()
        raise


def _fill(tables: Tables, path: Path, live: _Content, closed: _Content) -> None:
    if not live:
        raise damaged(path, f"it holds nothing, and {closed_beside(path).name} beside it does")
    try:
        load(tables, live, closed.get("cases", {}))
    except StoreUnavailable as fault:
        raise damaged(path, fault) from fault
    if INSTALLATION not in tables.facts:
        raise damaged(path, "it does not say which installation it belongs to")
