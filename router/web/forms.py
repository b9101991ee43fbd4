"""What Mattermost sends to the router, and what it is answered: forms and JSON to frozen values, and back. Pure.

Reading proves nothing: tokens, contexts and trigger ids are `proofs`' to check. What is not of Mattermost's shape is
BadInput with a path. Other fields than those named here are not read. Shapes: Mattermost 11.6, found on a running
server; `root_id` of a command is whatever the caller likes, and a user id proves something only with its trigger id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound

T = TypeVar("T")

Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{26}\Z")]
OptionalId = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9]{26})?\Z")]
Secret = Annotated[str, msgspec.Meta(max_length=2048)]
Text = Annotated[str, msgspec.Meta(max_length=65_535)]  # the message column's bytes

_MOST_FIELDS = 5000
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A slash command; `text` is what stands after its trigger."""

    user_id: Id
    channel_id: Id
    root_id: OptionalId = ""
    text: Text = ""
    token: Secret = field(default="", repr=False)
    trigger_id: Secret = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed, or an option chosen; `context` is what the post's author put there, and as yet unproved."""

    user_id: Id
    channel_id: Id
    post_id: Id
    trigger_id: Secret = field(default="", repr=False)
    context: dict[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Said:
    """Something said in a channel, as an outgoing webhook tells it: without its root, so the post must be read."""

    user_id: Id
    channel_id: Id
    post_id: Id
    text: Text = ""
    token: Secret = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """A form sent in. Mattermost vouches for `user_id` alone: all else is as a browser said, of any type."""

    user_id: Id
    channel_id: Any = None
    state: Any = field(default=None, repr=False)
    submission: Any = field(default=None, repr=False)
    cancelled: Any = False


def read_command(body: bytes) -> SlashCommand:
    """Read a slash command out of the raw form; a NUL, which no database takes, becomes U+FFFD. Raises BadInput."""
    command = _convert(_single(_form(body), SlashCommand), SlashCommand)
    return replace(command, text=command.text.replace("\0", "\ufffd"))


def read_action(body: bytes) -> Press:
    """Read a press out of its JSON. Raises BadInput."""
    return _convert(_json(body), Press)


def read_submission(body: bytes) -> Submission:
    """Read a form sent in out of its JSON; no submission is an empty one. Raises BadInput."""
    given = _convert(_json(body), Submission)
    return given if isinstance(given.submission, Mapping) else replace(given, submission={})


def read_outgoing(headers: Mapping[str, str], body: bytes) -> Said:
    """Read what an outgoing webhook tells, as JSON or as a form; header names are lower case. Raises BadInput.

    It is refused like what any source sends: no message holds a NUL, as Mattermost's database takes none.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_JSON, _FORM}:
        raise BadInput("content-type", f"expected {_JSON} or {_FORM}")
    said = _convert(_json(sound(body)) if kind == _JSON else _single(_form(body), Said), Said)
    if "\0" in said.text:
        raise BadInput("$.text", "a NUL character")
    return said


def slash_answer(text: str) -> dict[str, object]:
    """Answer a slash command for the eyes of its giver; status 200 and JSON, or Mattermost shows an error instead.

    Without `skip_slack_parsing`, `<!channel>` in a quoted text would become a mention; without `unsafe_links` the
    server would fetch the addresses in it, to show a preview.
    """
    props = {"unsafe_links": "true"}
    return {"response_type": "ephemeral", "text": text, "skip_slack_parsing": True, "props": props}


def press_answer(text: str) -> dict[str, object]:
    """Answer a press for the eyes of who pressed; nothing to say is `{}`. Never `update`: the outbox patches.

    It takes no props, so the server fetches what it links to: no stranger's words may be in it.
    """
    return {"ephemeral_text": text, "skip_slack_parsing": True} if text else {}


def dialog_answer(whole: str = "", by_field: Mapping[str, str] = MappingProxyType({})) -> dict[str, object]:
    """Answer a form: nothing closes it, what is wrong keeps it open. Some clients read it as Markdown, others don't."""
    return {**({"error": whole} if whole else {}), **({"errors": dict(by_field)} if by_field else {})}


def _json(body: bytes | str) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadInput("$", "not JSON") from error


def _form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise BadInput("$", "not a form in UTF-8") from error


def _single(form: Mapping[str, list[str]], kind: type[SlashCommand | Said]) -> dict[str, str]:
    """Take each field once; of one that is read and repeated, nobody could say which counts."""
    for name in (one.name for one in fields(kind)):
        if len(form.get(name, ())) > 1:
            raise BadInput(f"$.{name}", f"expected once, found {len(form[name])} times")
    return {name: values[0] for name, values in form.items()}


def _convert(given: object, kind: type[T]) -> T:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error


def _misfit(message: str) -> BadInput:
    """Translate msgspec's message; it holds declared names and types, never a value."""
    if missing := _MISSING.fullmatch(message):
        return BadInput(f"$.{missing['field']}", "missing")
    problem, _, path = message.partition(" - at ")
    return BadInput(path.strip("`") or "$", problem[:1].lower() + problem[1:].replace("`", ""))
