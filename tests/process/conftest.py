"""What whole processes meet: a sandbox, and the shipped policy file."""

from collections.abc import Iterator

import pytest
from world import POLICY_FILE

from router.config import examine_policy_file
from router.core.policy import Policy
from router.sandbox import Sandbox


@pytest.fixture(scope="session")
def policy() -> Policy:
    return examine_policy_file(POLICY_FILE).accepted()[0]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as started:
        yield started
