r"""Bodies as sources share them: JSON in strict UTF-8, as such or in a field of a form, read into typed structs.

Whatever comes in, the outcome is a struct or BadInput with the path of the fault; the only place where msgspec's
exceptions are known. Decisions:

- Only declared fields are read, but all of a body must be sound: a key that is there twice, NaN, Infinity, a NUL, half
  of a surrogate pair and endless nesting are faults wherever they stand. No sender writes such things, and two readers
  would understand them differently.
- Numbers that fit no declared field are faults; in fields nobody reads they are skipped.
- A body may be large, but not of many small parts: to read these takes seconds in which nothing else is answered.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import msgspec

from router.core.errors import BadInput
from router.core.signals import LONGEST_URL

T = TypeVar("T")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]  # senders' ids fit 64 bits; msgspec takes any length

_MOST_PARTS = 500_000  # brackets, braces and commas, those in texts included; the longest texts have far fewer
_FORM = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_HEX = "[0-9a-fA-F]{2}"
# Escapes are taken one after the other, so that an escaped backslash before "ud800" is not mistaken for one.
_ESCAPE = re.compile(
    rf"\\(?:u[dD][89abAB]{_HEX}\\u[dD][c-fC-F]{_HEX}|(?P<half>u[dD][89a-fA-F]{_HEX})|(?P<nul>u0000)|.)", re.DOTALL
)
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
# msgspec's two shapes of a message with a place in it; the place is left out for the document itself.
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `(?P<path>[^`]+)`)?")
_FAULT = re.compile(r"(?P<problem>.+?)(?: - at `(?P<path>[^`]+)`)?", re.DOTALL)


def json_text(headers: Mapping[str, str], body: bytes, field: str) -> str:
    """Take the JSON out of a body, if it is sound; of a form, out of the one field of that name. Raises BadInput."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return sound(_form_field(body, field) if content_type == _FORM else body)


def sound(body: bytes) -> str:
    """Take the JSON of a body that is never a form, whatever its headers say. Raises BadInput."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("$", f"not UTF-8 at byte {error.start}") from error
    _check_characters(text)
    _check_structure(text)
    return text


def _check_characters(text: str) -> None:
    """Refuse escapes that stand for no character, or for one that no database takes."""
    if _SUSPECT.search(text) is None:
        return
    for escape in _ESCAPE.finditer(text):
        if escape["half"]:
            raise BadInput("$", "half of a surrogate pair, which is no character")
        if escape["nul"]:
            raise BadInput("$", "a NUL character")


def _check_structure(text: str) -> None:
    """Refuse what is no JSON, what readers of JSON don't agree about, and what takes long to read."""
    if len(text) > _MOST_PARTS and sum(map(text.count, "[{,")) > _MOST_PARTS:
        raise BadInput("$", f"of more than {_MOST_PARTS} parts")
    try:
        json.loads(text, object_pairs_hook=_once, parse_int=str, parse_float=str, parse_constant=_no_number)
    except RecursionError as error:
        raise BadInput("$", "nested too deeply") from error
    except json.JSONDecodeError as error:
        raise BadInput("$", f"no JSON at character {error.pos}: {error.msg}") from error


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise BadInput("$", f"the key {names.most_common(1)[0][0][:40]!r} is there twice")


def _no_number(name: str) -> None:
    raise BadInput("$", f"{name} is no number of JSON")


def _form_field(body: bytes, name: str) -> bytes:
    """Read one field from the raw bytes: a framework's form parser has limits of its own, and drops what is damaged.

    It has to come first. What a body is, only an unsigned header tells; and JSON, in which a stranger's words may look
    like any field, does not begin as a form.
    """
    fields = [field.partition(b"=") for field in body.split(b"&")]
    found = [value for key, _, value in fields if key == name.encode()]
    if len(found) != 1:
        raise BadInput(f"form field {name}", f"expected once, found {len(found)} times")
    if fields[0][0] != name.encode():
        raise BadInput(f"form field {name}", "expected at the beginning")
    if _BROKEN_ESCAPE.search(found[0]):
        raise BadInput(f"form field {name}", "broken percent-encoding")
    return unquote_to_bytes(found[0].replace(b"+", b" "))


def decode(decoder: msgspec.json.Decoder[T], text: str) -> T:
    """Read JSON into the decoder's type. Raises BadInput, with a path such as `$.issue.title`."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except msgspec.DecodeError as error:
        raise BadInput("$", str(error)) from error
    except RecursionError as error:
        raise BadInput("$", "nested too deeply") from error


def _misfit(message: str) -> BadInput:
    """Translate msgspec's message; it holds declared names and types, never a value."""
    if missing := _MISSING.fullmatch(message):
        return BadInput(f"{missing['path'] or '$'}.{missing['field']}", "missing")
    fault = _FAULT.fullmatch(message)
    assert fault is not None  # the pattern takes any text
    problem = fault["problem"].replace("`", "")
    return BadInput(fault["path"] or "$", problem[:1].lower() + problem[1:])


def web_parts(url: str) -> SplitResult | None:
    """Split an address that somebody pasted; None for what is no http or https address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if parts.scheme in {"http", "https"} else None


def host_of(path: str, url: str) -> str:
    """Give the host, in lower case, of a link that may be shown to people: http or https only. Raises BadInput."""
    if len(url) > LONGEST_URL:
        raise BadInput(path, f"longer than {LONGEST_URL} characters")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadInput(path, "not an address") from error
    if not _ADDRESS.fullmatch(url) or "@" in parts.netloc or not parts.hostname:
        raise BadInput(path, "expected an http or https address")
    return parts.hostname
