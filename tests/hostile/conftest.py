"""What the tests of hostile bodies share."""

from collections.abc import Iterator

import pytest
from hostile.senders import Desk
from hostile.senders import desk as opened


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with opened() as made:
        yield made
