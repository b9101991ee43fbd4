"""The receipt: what `setup` made, kept beside the settings file, so that `--remove` undoes just that.

Each thing is entered before it is made, so that a process that is killed leaves one that names too much, never too
little. It holds no secret.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from router.core.errors import RouterError
from router.storage.files import write_whole

_SUFFIX = ".setup.json"


class ReceiptDamaged(RouterError):
    """The receipt can't be read."""


@dataclass(slots=True)
class Receipt:
    """What was made for one server; `mark` tells this installation's tokens from others'. It is empty at first."""

    path: Path
    server: str = ""
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    made: list[str] = field(default_factory=list)

    def enter(self, *keys: str) -> None:
        """Note that these are about to be made."""
        self.made += [key for key in keys if key not in self.made]
        self._write()

    def strike(self, *keys: str) -> None:
        """Note that these were not made, or are gone."""
        self.made = [key for key in self.made if key not in keys]
        self._write()

    def discard(self) -> None:
        """Remove it: nothing is left that was made."""
        self.path.unlink(missing_ok=True)

    @property
    def token_description(self) -> str:
        """How the bot's token is called in Mattermost."""
        return f"escalation-router {self.mark}"

    def _write(self) -> None:
        kept = {"server": self.server, "mark": self.mark, "made": self.made}
        write_whole(self.path, json.dumps(kept, indent=1).encode() + b"\n")


class _Kept(msgspec.Struct):
    server: str
    mark: str
    made: list[str]


def read_receipt(env_file: Path) -> Receipt:
    """Read the receipt of a settings file; without one, an empty one. Raises ReceiptDamaged."""
    path = env_file.with_name(env_file.name + _SUFFIX)
    if not path.exists():
        return Receipt(path)
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except msgspec.DecodeError as error:
        raise ReceiptDamaged(
            f"{path} is damaged ({error}): move it away; what was made before is then left alone"
        ) from error
    return Receipt(path, kept.server, kept.mark, kept.made)
