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
    fault = no_backend(url)
    if fault:
        raise PolicyFaulty([fault])
    store: Store = import_module(f"{__name__}.{_scheme(url)}{_SUFFIX}").open_store(url, read_only=read_only)
    return store


def no_backend(url: str) -> Fault | None:
    """Say which schemes there are, of a URL that has another; it may hold a password, so only its scheme is shown."""
    if "://" in url and _scheme(url) in schemes():
        return None
    scheme = url.partition(":")[0] if "://" in url else ""
    problem = f"there is no backend for {scheme}://" if scheme else "this is no URL"
    known = ", ".join(f"{name}://" for name in schemes())
    return Fault("environment", 0, "ROUTER_DATABASE_URL", problem, f"Use one of {known}.")


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0]
