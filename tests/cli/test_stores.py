"""The store as commands read it before any service has made it."""

import pytest

from router.cli.stores import read_store
from router.core.errors import PolicyFaulty, StoreUnavailable


def test_a_store_that_no_service_has_made_yet_is_empty_whatever_lies_beside_it(tmp_path):
    for beside in ("router.env", "router.env.setup.json"):
        (tmp_path / beside).touch()
    assert read_store(f"tinydb:///{tmp_path / 'router.json'}").live() == []


def test_closed_cases_without_the_live_ones_are_no_empty_store(tmp_path):
    (tmp_path / "router.closed.json").touch()
    with pytest.raises(StoreUnavailable):
        read_store(f"tinydb:///{tmp_path / 'router.json'}")


def test_a_store_of_a_backend_that_there_is_not_is_no_empty_one(tmp_path):
    with pytest.raises(PolicyFaulty, match="there is no backend for sqlite"):
        read_store(f"sqlite:///{tmp_path / 'router.db'}")
