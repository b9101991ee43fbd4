"""Columns of numbers for a terminal."""

from collections.abc import Iterator, Sequence

import click

GAP = "  "


def columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out rows below a header: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        (first, left), *others = zip(row, widths, strict=True)
        line = GAP.join((first.ljust(left), *(cell.rjust(width) for cell, width in others))).rstrip()
        yield click.style(line, bold=True) if row is header else line
