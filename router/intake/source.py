"""The seam for sources: what a source consists of, and how all of them are found.

A source is one module in `sources/` with a constant `SOURCE`. It knows its sender's signatures, bodies and addresses;
classifying, storing and answering are others' business.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

from router.core.errors import SourceError
from router.core.signals import Incoming, same_address
from router.intake import sources as _package
from router.intake.api import Api

LARGEST = 2 * 1024 * 1024  # bytes; enough for any post with all that comes with it


@dataclass(frozen=True, slots=True)
class Setup:
    """What sources may know of an installation.

    `settings` are those that are no secrets, by name (`DISCOURSE_URL`); `senders` the names of generic webhooks;
    `organisation` that of the policy file; `repositories` by source, those whose webhooks may be asked about; `fields`
    by source, where a generic sender has what.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    senders: tuple[str, ...] = ()
    organisation: str = ""
    repositories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Missed:
    """A delivery that did not arrive, as it would have been sent, and when that was."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """A place where the community speaks, as plain functions; `router.ports.Source` says what each must do.

    All header names, given and made, are lower case. `name` is the module's, and the word in paths, thread keys and the
    policy file. `challenge` takes the query of a GET, the body of a POST and the secrets, and gives the JSON object
    that answers the sender's set-up question, None when nothing was asked. `largest` is the size of a body in bytes.
    `place_of` names what an address leads to, where people may come by another one than its signal has; else None.
    `configure` makes of it the source, or the sources, of an installation; `tokens` are the settings with which
    `replay` may ask for what was missed since a time, the first that is set. It gives the oldest first; where the
    source sends it again by itself, a sentence that tells people what was asked of it. It raises SourceError, and so
    does `confirms`, which asks with the same token whether a deletion or a recovery that was told is one.
    """

    name: str
    secrets: tuple[str, ...]
    verify: Callable[[Mapping[str, str], bytes, Sequence[str], datetime], int]
    parse: Callable[[Mapping[str, str], bytes, datetime], Sequence[Incoming]]
    thread_of: Callable[[str], str | None]
    sign: Callable[[Mapping[str, str], bytes, str, datetime], dict[str, str]]
    challenge: Callable[[Mapping[str, str], bytes, Sequence[str]], dict[str, str] | None] | None = None
    place_of: Callable[[str], str | None] = lambda _: None
    largest: int = LARGEST
    configure: "Callable[[Setup], Sequence[Source]] | None" = None
    tokens: tuple[str, ...] = ()
    replay: Callable[[Api, Setup, datetime, datetime], Iterator[Missed | str]] | None = None
    confirms: Callable[[Api, Setup, Incoming], bool] | None = None

    def same_place(self, one: str, other: str) -> bool:
        """Whether two addresses lead to one thing that was said, however they are written."""
        place = self.place_of(one)
        return same_address(one, other) or (place is not None and place == self.place_of(other))


def sources() -> Mapping[str, Source]:
    """Find every source, by name."""
    modules = (import_module(f"{_package.__name__}.{module.name}") for module in iter_modules(_package.__path__))
    found: list[Source] = [module.SOURCE for module in modules]
    return MappingProxyType({source.name: source for source in found})


def configured(setup: Setup) -> Mapping[str, Source]:
    """Find every source as it is in an installation, by name."""
    found = (one.configure(setup) if one.configure else (one,) for one in sources().values())
    return MappingProxyType({source.name: source for several in found for source in several})


def missed(source: Source, token: str, setup: Setup, since: datetime, now: datetime) -> Iterator[Missed | str]:
    """Ask a source for what was missed between two times. Raises SourceError."""
    if source.replay is None:
        raise SourceError(f"{source.name} can't be asked for what was missed")
    with Api(token) as api:
        yield from source.replay(api, setup, since, now)


if TYPE_CHECKING:
    from router import ports

    _fits: type[ports.Source] = Source  # the checker's proof that the service can take it
