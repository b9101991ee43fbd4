"""Stores to test: every backend there is, found by name, in a fresh place."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from router.ports import Store
from router.storage import open_store, schemes

FLEETING = {"memory"}
DURABLE = [scheme for scheme in schemes() if scheme not in FLEETING]


def url_for(scheme: str, folder: Path) -> str:
    """A fresh place of a backend; one that needs a server is told by ROUTER_TEST_<SCHEME>_URL."""
    return os.environ.get(f"ROUTER_TEST_{scheme.upper()}_URL") or f"{scheme}:///{folder}/data/router.json"


@pytest.fixture(params=schemes())
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of every backend."""
    opened = open_store(url_for(request.param, tmp_path))
    yield opened
    opened.close()


@pytest.fixture(params=DURABLE)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens a durable store, and when called again closes it and opens it anew."""
    opened: list[Store] = []

    def again() -> Store:
        if opened:
            opened.pop().close()
        opened.append(open_store(url_for(request.param, tmp_path)))
        return opened[-1]

    yield again
    for one in opened:
        one.close()
