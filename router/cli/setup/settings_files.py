"""The settings file on disk: changed as a whole, readable by its owner alone."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from router.config.settings_file import edit
from router.storage.files import write_whole


def change(path: Path, changes: Mapping[str, str | None]) -> None:
    """Set settings, and take out those that are None. A link is followed; the owner stays. Raises OSError."""
    file = path.resolve()
    before = file.stat() if file.exists() else None
    text = file.read_text(encoding="utf-8-sig") if before else ""
    write_whole(file, edit(text, changes).encode())
    if before and before.st_uid != os.geteuid():
        os.chown(file, before.st_uid, before.st_gid)


def open_to_others(path: Path) -> bool:
    """Whether anybody but its owner may read or change the file."""
    return path.exists() and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
