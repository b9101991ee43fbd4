"""What stories share: a world of their file's own, a thread that nobody has spoken in, a fresh case."""

from collections.abc import Iterator

import pytest
from world import World, world


@pytest.fixture(scope="module")
def desk() -> Iterator[World]:
    with world() as told:
        yield told


@pytest.fixture
def number(desk: World) -> int:
    """A thread that nobody has spoken in."""
    desk.signals += 1
    return 5000 + desk.signals


@pytest.fixture
def case(desk: World, number: int) -> str:
    """A fresh licensing case."""
    opened = str(desk.post("[licensing] may we?", number)["escalation"])
    desk.settle()
    return opened
