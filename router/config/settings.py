"""The settings: what the environment, or the file that ROUTER_ENV_FILE names, says about this installation.

Only the form is checked. Which settings a command cannot do without is that command's to say: absent ones are empty.
Messages never hold a value, since any of them may be or contain a secret.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from dotenv.parser import Binding, parse_stream

from router.config import addresses
from router.config.addresses import Wrong
from router.config.nodes import near
from router.core.errors import Fault, PolicyFaulty

_SHORTEST_KEY = 16


class Secrets:
    """A secret, or two while it is being rotated; false when there is none. It shows itself nowhere.

    No dataclass: `dataclasses.asdict` of whatever holds it would lay it open.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values = tuple(values)

    @property
    def values(self) -> tuple[str, ...]:
        """The secrets, newest first."""
        return self._values

    def __repr__(self) -> str:
        return "<secret>"

    def __bool__(self) -> bool:
        return bool(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secrets) and self._values == other.values

    def __hash__(self) -> int:
        return hash(self._values)

    @property
    def first(self) -> str:
        """The one to use where only one can be; empty when there is none."""
        return self._values[0] if self._values else ""


_NONE = Secrets()


def _secret(text: str) -> Secrets:
    values = tuple(text.split(" "))
    if len(values) > 2:  # noqa: PLR2004  (one, or two while it is being rotated)
        raise Wrong(
            f"holds {len(values)} values", "Write one secret without blanks, or two with one blank between them"
        )
    return _secrets(text)


def _secrets(text: str) -> Secrets:
    """One secret each of several senders, or two while it is being rotated."""
    values = tuple(text.split(" "))
    if not all(value and value.isprintable() for value in values):
        raise Wrong("has a blank or a control character within", "Copy it again, without blanks or line breaks")
    return Secrets(values)


def _long_secret(text: str) -> Secrets:
    found = _secret(text)
    if min(map(len, found.values)) < _SHORTEST_KEY:
        raise Wrong(
            f"is shorter than {_SHORTEST_KEY} characters",
            "Make a key with: python3 -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return found


def _generic_secrets(text: str) -> Mapping[str, Secrets]:
    found: dict[str, Secrets] = {}
    for number, entry in enumerate(filter(None, map(str.strip, text.split(","))), 1):
        name, _, secret = entry.partition("=")
        addresses.webhook_name(name, number, known=found)
        values = _secret(secret)
        addresses.webhook_secrets(values.values, number)
        found[name] = values
    return found


def _hidden_url(read: Callable[[str], str]) -> Callable[[str], Secrets]:
    """An address that may hold a password is as secret as that."""
    return lambda text: Secrets((read(text),))


# Every setting and how it is read. Its field has the same name in lower case, without ROUTER_.
_READERS: Mapping[str, Callable[[str], object]] = {
    "ROUTER_POLICY": Path,
    "ROUTER_DATABASE_URL": addresses.database,
    "ROUTER_SECRET_KEY": _long_secret,
    "ROUTER_PUBLIC_URL": addresses.base,
    "ROUTER_URL": addresses.base,
    "ROUTER_API_TOKEN": _secret,
    "MATTERMOST_URL": addresses.server,
    "MATTERMOST_TOKEN": _secret,
    "MATTERMOST_COMMAND_TOKEN": _secret,
    "MATTERMOST_OUTGOING_TOKEN": _secrets,
    "MATTERMOST_CONDUCT_TOKEN": _secret,
    "GITHUB_WEBHOOK_SECRET": _secret,
    "GITHUB_TOKEN": _secret,
    "GITHUB_REPLAY_TOKEN": _secret,
    "GITHUB_PUBLISH_TOKEN": _secret,
    "GITHUB_DOCS_TOKEN": _secret,
    "X_CONSUMER_SECRET": _secret,
    "X_BEARER_TOKEN": _secret,
    "DISCOURSE_URL": addresses.base,
    "DISCOURSE_WEBHOOK_SECRET": _secret,
    "DISCOURSE_API_KEY": _secret,
    "DISCOURSE_API_USERNAME": addresses.word,
    "SLACK_SIGNING_SECRET": _secret,
    "GENERIC_SECRETS": _generic_secrets,
    "SECOND_OPINION_API_KEY": _secret,
    "SMTP_URL": _hidden_url(addresses.mail),
    "ROUTER_HEARTBEAT_URL": _hidden_url(addresses.web),
}


def _field(name: str) -> str:
    return name.removeprefix("ROUTER_").lower()


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting. Absent ones are empty; addresses have no slash at their end.

    `database_url`, too, may hold a password and is not shown by `repr`. `generic_secrets` are by the name of the hook,
    `other_secrets` by the name of the setting.
    """

    policy: Path = Path("responders.toml")
    database_url: str = field(default="tinydb:///data/router.json", repr=False)
    secret_key: Secrets = _NONE
    public_url: str = ""
    url: str = ""
    api_token: Secrets = _NONE
    mattermost_url: str = ""
    mattermost_token: Secrets = _NONE
    mattermost_command_token: Secrets = _NONE
    mattermost_outgoing_token: Secrets = _NONE
    mattermost_conduct_token: Secrets = _NONE
    github_webhook_secret: Secrets = _NONE
    github_token: Secrets = _NONE
    github_replay_token: Secrets = _NONE
    github_publish_token: Secrets = _NONE
    github_docs_token: Secrets = _NONE
    x_consumer_secret: Secrets = _NONE
    x_bearer_token: Secrets = _NONE
    discourse_url: str = ""
    discourse_webhook_secret: Secrets = _NONE
    discourse_api_key: Secrets = _NONE
    discourse_api_username: str = ""
    slack_signing_secret: Secrets = _NONE
    generic_secrets: Mapping[str, Secrets] = field(default_factory=dict)
    second_opinion_api_key: Secrets = _NONE
    smtp_url: Secrets = _NONE
    heartbeat_url: Secrets = _NONE
    other_secrets: Mapping[str, Secrets] = field(default_factory=dict)

    def secret(self, name: str) -> Secrets:
        """Look up a secret by the name of its setting, such as "GITHUB_WEBHOOK_SECRET"; false when it is not set.

        Of those with names of their own, "GENERIC_SECRETS/shop" is that of shop.
        """
        setting, _, own = name.partition("/")
        if own:
            return self.generic_secrets.get(own, _NONE) if setting == "GENERIC_SECRETS" else _NONE
        found = getattr(self, _field(name)) if name in _READERS else self.other_secrets.get(name)
        return found if isinstance(found, Secrets) else _NONE


class _Given(NamedTuple):
    """A setting as it was written, and where."""

    text: str
    file: str
    line: int


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; the environment wins over the file. Raises PolicyFaulty with every fault in one go."""
    settings, faults = examine_settings(environ)
    if faults:
        raise PolicyFaulty(faults)
    return settings


def examine_settings(environ: Mapping[str, str]) -> tuple[Settings, tuple[Fault, ...]]:
    """Read the settings, for whoever goes on without the faulty ones: they are as if absent."""
    faults: list[Fault] = []
    given = {name: _Given(text, "environment", 0) for name, text in environ.items() if text.strip()}
    if "ROUTER_ENV_FILE" in given:
        given = _from_file(given["ROUTER_ENV_FILE"].text, faults) | given
    found: dict[str, Any] = {"other_secrets": _others(given)}
    for name, read in _READERS.items():
        if name not in given:
            continue
        text, file, line = given[name]
        try:
            found[_field(name)] = read(text.strip())
        except Wrong as wrong:
            faults.append(Fault(file, line, name, wrong.problem, f"{wrong.remedy}."))
    return Settings(**found), tuple(sorted(faults, key=lambda fault: fault.line))


def examine_names(environ: Mapping[str, str]) -> Iterator[Fault]:
    """Give the names of the settings file that are none, where one that is nearly called so is missing."""
    file = environ.get("ROUTER_ENV_FILE", "").strip()
    written = _from_file(file, []) if file else {}
    for name, one in written.items():
        meant = None if name in _READERS else near(name, _READERS)
        if meant and meant not in written and not environ.get(meant, "").strip():
            yield Fault(one.file, one.line, name, "is no setting", f"Did you mean {meant}?")


def _others(given: Mapping[str, _Given]) -> dict[str, Secrets]:
    """Whatever else ends in _SECRET or _TOKEN: a source that is added later finds its own without a field here."""
    return {
        name: Secrets(one.text.split())
        for name, one in given.items()
        if name.endswith(("_SECRET", "_TOKEN")) and name not in _READERS
    }


def _from_file(file: str, faults: list[Fault]) -> dict[str, _Given]:
    """Read NAME=value lines. Nothing is expanded in values: a secret may hold a `$`."""
    try:
        with Path(file).open(encoding="utf-8-sig") as stream:
            bindings = list(parse_stream(stream))
    except (OSError, ValueError):
        remedy = "Correct the path, or unset it if the environment has everything."
        faults.append(Fault("environment", 0, "ROUTER_ENV_FILE", "names a file that can't be read as text", remedy))
        return {}
    faults.extend(_unreadable(file, bindings))
    return {
        one.key: _Given(one.value, file, _line(one)) for one in bindings if one.key and one.value and one.value.strip()
    }


def _unreadable(file: str, bindings: Iterable[Binding]) -> list[Fault]:
    return [
        Fault(file, _line(one), "the line", "is not of the form NAME=value", "Correct it, or begin it with #.")
        for one in bindings
        if one.error
    ]


def _line(binding: Binding) -> int:
    """The line of the name: the parser counts from the blank lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
