"""What all tests share: `--update` rewrites golden files in place of comparing with them."""

from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="rewrite golden files")


def pytest_collection_modifyitems(items):
    """Begin with whole processes: some wait for a minute, in which all the others run."""
    items.sort(key=lambda item: "process" not in item.path.parts)


@pytest.fixture(scope="session")
def root():
    """Return the folder of the whole project."""
    return Path(__file__).parent.parent


@pytest.fixture
def golden(request):
    """Return a comparison of a text with a file, which `--update` writes first."""

    def compare(path, text):
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run pytest with --update, and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def made(root, golden):
    """Return a comparison of what stands between two marks of a document with a text, which `--update` puts there."""

    def compare(name, mark, text):
        begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
        before, begun, rest = (root / name).read_text(encoding="utf-8").partition(begin)
        _, ended, after = rest.partition(end)
        assert begun, f"{name}: the line {begin.strip()} is missing"
        assert ended, f"{name}: the line {end} is missing"
        golden(root / name, f"{before}{begin}{text}{end}{after}")

    return compare
