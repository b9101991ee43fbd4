"""Labelled texts: the training set that is shipped, the check set, and files of the same shape that people have.

The training set has one file per label and language, `training/<label>.<language>.jsonl`, with an object a line:
{"kind", "title", "body"}, and "hard": true for what is hard to tell. Other files name "label" in each line.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from router.core.errors import BadInput

NONE = "none"
TRAINING = Path(__file__).parent / "training"
CHECK = Path(__file__).parent / "check.jsonl"


class Text(msgspec.Struct, frozen=True):
    """A signal with its right label; of `also`, any is defensible, too."""

    label: str = ""
    title: str | None = None
    body: str | None = None
    kind: str = ""
    source: str = ""
    lang: str = ""
    also: tuple[str, ...] = ()
    hard: bool = False
    id: Any = None


def training_texts(folder: Path = TRAINING) -> list[Text]:
    """Read the training set, in the order of its files. Raises BadInput."""
    return [
        msgspec.structs.replace(text, label=path.name.split(".")[0], lang=path.name.split(".")[1])
        for path in sorted(folder.glob("*.*.jsonl"))
        for text in read_texts(path)
    ]


def labelled_texts(path: Path) -> list[Text]:
    """Read a file whose lines name their labels. Raises BadInput with the number of a damaged line."""
    texts = []
    for number, text in enumerate(read_texts(path), 1):
        if not text.label:
            raise BadInput(f"{path}: text {number}", 'names no "label"')
        texts.append(text)
    return texts


def read_texts(path: Path) -> Iterator[Text]:
    """Read JSON Lines; empty lines are nothing. Raises BadInput."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadInput(str(path), f"can't be read: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield msgspec.json.decode(line, type=Text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise BadInput(f"{path}:{number}", str(error)) from error
