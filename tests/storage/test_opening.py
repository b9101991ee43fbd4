"""How a store is found by its URL."""

import pytest
from storage.builders import a_case, opening

from router.core.errors import PolicyFaulty, StoreUnavailable
from router.storage import open_store, schemes
from router.storage.tinydb_store import path_of


def test_backends_are_found_by_name():
    assert {"memory", "tinydb"} <= set(schemes())


@pytest.mark.parametrize("url", ["mongodb://host/x", "router.json", "", "tinydb:/x", "tables://x"])
def test_an_unknown_scheme_is_a_fault_of_the_setting_that_names_those_there_are(url):
    with pytest.raises(PolicyFaulty, match="tinydb://") as refusal:
        open_store(url)
    assert [fault.path for fault in refusal.value.faults] == ["ROUTER_DATABASE_URL"]


def test_a_password_in_the_url_is_not_repeated():
    with pytest.raises(PolicyFaulty) as refusal:
        open_store("mongodb://user:geheim@host/x")
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("tinydb:///data/router.json", "data/router.json"),
        ("tinydb:////var/lib/router.json", "/var/lib/router.json"),
        ("tinydb:////with%20space.json", "/with space.json"),
    ],
)
def test_three_slashes_are_relative_and_four_absolute(url, path):
    assert str(path_of(url)) == path


@pytest.mark.parametrize("url", ["tinydb://data/router.json", "tinydb:///", "tinydb://"])
def test_a_url_without_a_file_is_a_fault(url):
    with pytest.raises(PolicyFaulty, match=r"tinydb:///data/router\.json"):
        path_of(url)


def test_a_memory_store_for_reading_refuses_to_write():
    store = open_store("memory://", read_only=True)
    with pytest.raises(StoreUnavailable, match="reading only"):
        store.commit(opening(a_case()))
    store.close()
