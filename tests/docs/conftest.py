"""What the tests of documents share: the documents, and their tables."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent.parent
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


class Document(NamedTuple):
    name: str
    text: str

    @property
    def prose(self) -> str:
        """The text without fenced blocks."""
        return FENCE.sub("", self.text)

    @property
    def code(self) -> set[str]:
        """What stands between single back-ticks."""
        return set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", self.prose))


def documents() -> list[Document]:
    folders = ("docs", "deploy", "router")
    files = sorted([*ROOT.glob("*.md"), *(file for folder in folders for file in (ROOT / folder).rglob("*.md"))])
    return [Document(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


@pytest.fixture(params=documents(), ids=lambda one: one.name)
def document(request):
    return request.param


@pytest.fixture
def read(root):
    def reading(name):
        return Document(name, (root / name).read_text(encoding="utf-8"))

    return reading


@pytest.fixture
def table():
    """Return the first table after a line of a text: its rows, as lists of cells, without the header."""

    def rows(text, after=""):
        _, found, rest = text.partition(after)
        assert found or not after, f"no line {after!r}"
        lines = iter(rest.splitlines())
        for line in lines:
            if line.strip().startswith("|"):
                break
        next(lines)
        cells = []
        for line in lines:
            if not line.strip().startswith("|"):
                break
            cells.append([one.strip() for one in line.strip().strip("|").split("|")])
        return cells

    return rows
