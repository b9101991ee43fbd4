"""Changes to the settings file that leave everything else in it as it is: other settings, comments, blank lines."""

import re
from collections.abc import Mapping
from io import StringIO

from dotenv.parser import Binding, parse_stream

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+=\[\]-]+")
_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


def edit(text: str, changes: Mapping[str, str | None]) -> str:
    """Set settings to values, and take out those that are None; what is new is added at the end.

    Of a setting that stands there several times the last counts: it is changed, the others go.
    """
    bindings = list(parse_stream(StringIO(text)))
    last = {one.key: index for index, one in enumerate(bindings)}
    kept = [
        _changed(one, changes[one.key] if last[one.key] == index else None)
        if one.key is not None and one.key in changes
        else _text(one)
        for index, one in enumerate(bindings)
    ]
    before = "".join(kept)
    added = [_line(name, value) for name, value in changes.items() if value is not None and name not in last]
    if added and before and not before.endswith("\n"):
        before += "\n"
    return before + "".join(f"{line}\n" for line in added)


def _text(binding: Binding) -> str:
    return binding.original.string


def _changed(binding: Binding, value: str | None) -> str:
    """Give the line with another value, or without the setting."""
    text = _text(binding)
    blank = text[: len(text) - len(text.lstrip())]
    if value is None:
        return blank
    export = "export " if text.lstrip().startswith("export ") else ""
    comment = None if "#" in (binding.value or "") else _COMMENT.search(text)
    end = "\n" if text.endswith("\n") else ""
    return f"{blank}{export}{_line(binding.key or '', value)}{comment[0] if comment else ''}{end}"


def _line(name: str, value: str) -> str:
    """Write a setting so that it is read alike by this program, systemd, Docker and a shell."""
    return f"{name}={value}" if _PLAIN.fullmatch(value) else f'{name}="{value}"'
