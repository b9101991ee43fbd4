"""Forms, as values: what a person is asked for who gave a command without its argument."""

from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    """How a field is filled in."""

    CHOICE = "choice"
    MENU = "menu"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form: a choice or menu with its `options`, or a text of at most `longest` characters.

    `filled` is what stands there at first, `hint` what is shown while nothing does.
    """

    name: str
    label: str
    kind: FieldKind
    options: tuple[Option, ...] = ()
    filled: str = ""
    hint: str = ""
    help: str = ""
    optional: bool = False
    longest: int = 1000


@dataclass(frozen=True, slots=True)
class Dialog:
    """A form shown to one person. `introduction` is safe Markdown, the rest plain; `state` comes back with it."""

    title: str
    introduction: str
    fields: tuple[Field, ...]
    submit: str
    state: str = ""
