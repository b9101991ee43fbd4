"""The kinds of cases there are, found by name: modules beside this one that say what their `KIND` is."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType

from router import core
from router.core.commands import DESK_ROWS, Row


@cache
def kinds() -> Mapping[str, ModuleType]:
    """Give every kind's module by its `KIND`."""
    names = sorted(found.name for found in pkgutil.iter_modules(core.__path__))
    modules = (importlib.import_module(f"{core.__name__}.{name}") for name in names)
    return MappingProxyType({module.KIND: module for module in modules if hasattr(module, "KIND")})


@cache
def table() -> Mapping[str, Row]:
    """Give the one command table: the desk's rows and those of every kind, by word."""
    rows = [*DESK_ROWS, *(row for kind in kinds().values() for row in kind.ROWS)]
    return MappingProxyType({row.word: row for row in rows})
