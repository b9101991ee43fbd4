"""The store as commands read it, beside the service that may be running."""

from pathlib import Path
from urllib.parse import unquote

from router.ports import Store
from router.storage import no_backend, open_store

_FILES = ("tinydb", "sqlite")


def read_store(url: str) -> Store:
    """Open a store to read; one that no service has made yet is empty. Raises StoreUnavailable, PolicyFaulty."""
    return open_store("memory://" if _nothing_yet(url) else url, read_only=True)


def stored_key(url: str) -> str:
    """The secret key that the store made for itself; "" when it has none."""
    store = read_store(url)
    try:
        return store.register("secret", "key") or ""
    finally:
        store.close()


def _nothing_yet(url: str) -> bool:
    """Whether the store is a file that no service has made yet, nor one of closed cases beside it."""
    if no_backend(url):
        return False
    scheme, _, path = url.partition(":///")
    file = Path(unquote(path))
    closed = file.with_name(f"{file.stem}.closed{file.suffix}")
    return scheme in _FILES and not file.exists() and not closed.exists()
