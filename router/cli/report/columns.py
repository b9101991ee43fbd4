"""Columns of numbers for a terminal."""

from collections.abc import Iterator, Sequence

import click

GAP = "  "


def columns(headers: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lay out rows below their headers: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*headers, *rows, strict=True)]
    for number, row in enumerate((*headers, *rows)):
        (first, left), *others = zip(row, widths, strict=True)
        line = GAP.join((first.ljust(left), *(cell.rjust(width) for cell, width in others))).rstrip()
        yield click.style(line, bold=True) if number < len(headers) else line
