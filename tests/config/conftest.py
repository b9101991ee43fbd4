"""The shipped policy file, and the smallest one that is accepted."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def shipped():
    return (HERE.parents[1] / "responders.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def small():
    return (HERE / "small.toml").read_text(encoding="utf-8")
