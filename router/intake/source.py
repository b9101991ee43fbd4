"""The seam for sources: what a source consists of, and how all of them are found.

A source is one module in `sources/` with a constant `SOURCE`. It knows its sender's signatures, bodies and addresses;
classifying, storing and answering are others' business.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.core.signals import Signal
from router.intake import sources as _package


@dataclass(frozen=True, slots=True)
class Source:
    """A place where the community speaks, as plain functions; `router.ports.Source` says what each must do.

    All header names, given and made, are lower case. `name` is the module's, and the word in paths, thread keys and the
    policy file. `challenge` takes the query of a GET, the body of a POST and the secrets, and gives the JSON object
    that answers the sender's set-up question, None when nothing was asked.
    """

    name: str
    secrets: tuple[str, ...]
    verify: Callable[[Mapping[str, str], bytes, Sequence[str], datetime], int]
    parse: Callable[[Mapping[str, str], bytes, datetime], list[Signal]]
    thread_of: Callable[[str], str | None]
    sign: Callable[[Mapping[str, str], bytes, str, datetime], dict[str, str]]
    challenge: Callable[[Mapping[str, str], bytes, Sequence[str]], dict[str, str] | None] | None = None


def sources() -> Mapping[str, Source]:
    """Find every source, by name."""
    modules = (import_module(f"{_package.__name__}.{module.name}") for module in iter_modules(_package.__path__))
    found: list[Source] = [module.SOURCE for module in modules]
    return MappingProxyType({source.name: source for source in found})


if TYPE_CHECKING:
    from router import ports

    _fits: type[ports.Source] = Source  # the checker's proof that the service can take it
