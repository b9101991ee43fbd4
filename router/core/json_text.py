"""What is taken for JSON of somebody else: in strict UTF-8, and such that every reader understands the same.

A key that is there twice, NaN, Infinity, a NUL, half of a surrogate pair and endless nesting are faults wherever they
stand: no sender writes such things, and two readers would understand them differently. A body may be large, but not of
many small parts: to read these takes seconds in which nothing else is answered.
"""

import json
import re
from collections import Counter

from router.core.errors import BadInput

_MOST_PARTS = 500_000  # brackets, braces and commas, those in texts included; the longest texts have far fewer
_HEX = "[0-9a-fA-F]{2}"
_HALF = rf"\\u[dD][89a-fA-F]{_HEX}"
_PAIR = rf"\\u[dD][89abAB]{_HEX}\\u[dD][c-fC-F]{_HEX}"
# Escapes are taken one after the other, so that an escaped backslash before "ud800" is not mistaken for one.
_UNSOUND = re.compile(rf"(?:[^\\]++|{_PAIR}|(?!{_HALF}|\\u0000)\\.)*+(?:(?P<half>{_HALF})|(?P<nul>\\u0000))", re.DOTALL)
_SUSPECT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def sound(body: bytes) -> str:
    """Take the JSON out of a body, if it is sound. Raises BadInput."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadInput("$", f"not UTF-8 at byte {error.start}") from error
    _check_characters(text)
    _check_structure(text)
    return text


def _check_characters(text: str) -> None:
    """Refuse escapes that stand for no character, or for one that no database takes."""
    found = _UNSOUND.match(text) if _SUSPECT.search(text) else None
    if found:
        raise BadInput("$", "half of a surrogate pair, which is no character" if found["half"] else "a NUL character")


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
