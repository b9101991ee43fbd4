r"""Bodies as sources share them: JSON in strict UTF-8, as such or in a field of a form, read into typed structs.

Whatever comes in, the outcome is a struct or BadInput with the path of the fault; the only place where msgspec's
exceptions are known. Decisions:

- Only declared fields are read. Of a key that is there twice the last counts, as with every reader of JSON; the
  signature has proved who wrote it, so nobody can be got round by it.
- NaN and Infinity are not JSON. Numbers that fit no declared field are faults; in fields nobody reads they are skipped.
- An escape for half a surrogate pair (`\ud800`) stands for no character; it becomes U+FFFD rather than losing the text.
"""

import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

import msgspec

from router.core.errors import BadInput

T = TypeVar("T")

_FORM = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
_HEX = "[0-9a-fA-F]{2}"
# Escapes are taken one after the other, so that an escaped backslash before "ud800" is not mistaken for one.
_ESCAPE = re.compile(rf"\\(?:u[dD][89abAB]{_HEX}\\u[dD][c-fC-F]{_HEX}|(?P<half>u[dD][89a-fA-F]{_HEX})|.)")
# msgspec's two shapes of a message with a place in it; the place is left out for the document itself.
_MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`(?: - at `(?P<path>[^`]+)`)?")
_FAULT = re.compile(r"(?P<problem>.+?)(?: - at `(?P<path>[^`]+)`)?", re.DOTALL)


def json_text(headers: Mapping[str, str], body: bytes, field: str) -> str:
    """Take the JSON out of a body; of a form, out of the one field of that name. Raises BadInput."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    raw = _form_field(body, field) if content_type == _FORM else body
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadInput("$", f"not UTF-8 at byte {error.start}") from error


def _form_field(body: bytes, name: str) -> bytes:
    """Read one field from the raw bytes: a framework's form parser has limits of its own, and drops what is damaged."""
    fields = [field.partition(b"=") for field in body.split(b"&")]
    found = [value for key, _, value in fields if key == name.encode()]
    if len(found) != 1:
        raise BadInput(f"form field {name}", f"expected once, found {len(found)} times")
    if _BROKEN_ESCAPE.search(found[0]):
        raise BadInput(f"form field {name}", "broken percent-encoding")
    return unquote_to_bytes(found[0].replace(b"+", b" "))


def decode(decoder: msgspec.json.Decoder[T], text: str) -> T:
    """Read JSON into the decoder's type. Raises BadInput, with a path such as `$.issue.title`."""
    try:
        return _decode_mended(decoder, text)
    except msgspec.ValidationError as error:
        raise _misfit(str(error)) from error
    except msgspec.DecodeError as error:
        raise BadInput("$", str(error)) from error
    except RecursionError as error:
        raise BadInput("$", "nested too deeply") from error


def _decode_mended(decoder: msgspec.json.Decoder[T], text: str) -> T:
    """Decode; msgspec refuses half surrogate pairs, so where it refuses, they are replaced and it is asked again."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        mended = _ESCAPE.sub(lambda escape: r"\ufffd" if escape["half"] else escape[0], text)
        if mended == text:
            raise
        return decoder.decode(mended)


def _misfit(message: str) -> BadInput:
    """Translate msgspec's message; it holds declared names and types, never a value."""
    if missing := _MISSING.fullmatch(message):
        return BadInput(f"{missing['path'] or '$'}.{missing['field']}", "missing")
    fault = _FAULT.fullmatch(message)
    assert fault is not None  # the pattern takes any text
    problem = fault["problem"].replace("`", "")
    return BadInput(fault["path"] or "$", problem[:1].lower() + problem[1:])


def clean(text: str) -> str:
    """Replace by U+FFFD what no database and no JSON sender takes: NUL and lone surrogates."""
    return _UNSTORABLE.sub("\ufffd", text)


def host_of(path: str, url: str) -> str:
    """Give the host, in lower case, of a link that may be shown to people: http or https only. Raises BadInput."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadInput(path, "not an address") from error
    if not _ADDRESS.fullmatch(url) or "@" in parts.netloc or not parts.hostname:
        raise BadInput(path, "expected an http or https address")
    return parts.hostname
