"""Where everything is kept: one module `<scheme>_store.py` per backend, found by the scheme of the database's URL."""

import pkgutil
from importlib import import_module

from router.core.errors import Fault, PolicyFaulty
from router.ports import Store

_SUFFIX = "_store"


def schemes() -> list[str]:
    """Name the backends there are, in alphabetical order."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))


def open_store(url: str, *, read_only: bool = False) -> Store:
    """Open the store that a URL names; `postgresql+psycopg://…` is the scheme `postgresql`.

    A read-only one needs no lock, shows what was stored at that moment, and refuses to write. Raises PolicyFaulty for
    a URL that names none, StoreLocked and StoreUnavailable.
    """
    scheme = url.partition(":")[0].partition("+")[0]
    if "://" not in url or scheme not in schemes():
        raise PolicyFaulty([_no_such(url)])
    store: Store = import_module(f"{__name__}.{scheme}{_SUFFIX}").open_store(url, read_only=read_only)
    return store


def _no_such(url: str) -> Fault:
    """Name the schemes; the URL itself may hold a password, so only its scheme is shown."""
    scheme = url.partition(":")[0] if "://" in url else ""
    problem = f"there is no backend for {scheme}://" if scheme else "this is no URL"
    known = ", ".join(f"{name}://" for name in schemes())
    return Fault("environment", 0, "ROUTER_DATABASE_URL", problem, f"Use one of {known}.")
