"""Files that are always whole: written beside, flushed to disk, put in place at once, and held by one process."""

import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from router.core.errors import StoreLocked, StoreUnavailable

_PRIVATE = 0o600


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file's content; after a crash there is the old one or the new one. Raises OSError."""
    beside = _beside(path)
    try:
        _write_durably(beside, content)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def sweep(path: Path) -> None:
    """Remove what a write that was killed may have left."""
    _beside(path).unlink(missing_ok=True)


def hold(path: Path) -> FileLock:
    """Make this process the only one that writes the file. Raises StoreLocked and OSError."""
    lock = FileLock(f"{path}.lock", mode=_PRIVATE, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StoreLocked(
            f"{path} is open in another process: stop that one first, or ask it (`list` and `show` work meanwhile)"
        ) from None
    return lock


def make_folder(path: Path) -> None:
    """Make the folder of a file, and those above it, durably."""
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        _flush(folder.parent)


def damaged(path: Path, why: object) -> StoreUnavailable:
    """Say that a file can't be read; nothing is written over it."""
    return StoreUnavailable(f"{path} is damaged ({why}): nothing was changed; restore a backup of it and start again")


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")


def _write_durably(path: Path, content: bytes) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, _PRIVATE)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    finally:
        os.close(number)


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
