r"""Bodies as sources share them: JSON in strict UTF-8, as such or in a field of a form, read into typed structs.

Whatever comes in, the outcome is a struct or BadInput with the path of the fault; the only place where msgspec's
exceptions are known. Decisions:

- Only declared fields are read, but all of a body must be sound.
- Numbers that fit no declared field are faults; in fields nobody reads they are skipped.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeVar
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

import msgspec

from router.core.errors import BadInput
from router.core.json_text import sound
from router.core.signals import LONGEST_URL

T = TypeVar("T")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]  # senders' ids fit 64 bits; msgspec takes any length

_FORM = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
# msgspec's two shapes of a message with a place in it; the place is left out for the document itself.
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `(?P<path>[^`]+)`)?")
_FAULT = re.compile(r"(?P<problem>.+?)(?: - at `(?P<path>[^`]+)`)?", re.DOTALL)


def json_text(headers: Mapping[str, str], body: bytes, field: str) -> str:
    """Take the JSON out of a body, if it is sound; of a form, out of the one field of that name. Raises BadInput."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return sound(_form_field(body, field) if content_type == _FORM else body)


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
