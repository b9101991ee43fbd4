"""Figures: what was measured, how it spread, and how it stands to its target."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table; without a target it is there to be compared with.

    `low` and `high` are the extremes of the rounds; `at_least` says which side of the target is the good one.
    """

    what: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    target: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of its target."""
        return self.value / self.target if self.target else None

    @property
    def met(self) -> bool | None:
        """Whether the target was reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def spread(
    what: str, values: Sequence[float], unit: str, *, target: float | None = None, at_least: bool = False
) -> Figure:
    """Make a figure of the rounds' values: the median, with the lowest and the highest."""
    return Figure(what, statistics.median(values), unit, min(values), max(values), target, at_least)


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of all values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * 1e6) * len(ordered) // 1_000_000) - 1)]


def table(title: str, figures: Sequence[Figure]) -> str:
    """Lay figures out as a plain table."""
    rows = [("what", "figure", "min to max", "target", "ratio", "met")] + [_row(one) for one in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join((title, "", *lines, ""))


def as_json(results: dict[str, Sequence[Figure]]) -> str:
    """Give the figures of every benchmark to scripts."""
    shown = {
        name: [asdict(one) | {"ratio": one.ratio, "met": one.met} for one in figures]
        for name, figures in results.items()
    }
    return json.dumps(shown, indent=2)


def _row(figure: Figure) -> tuple[str, ...]:
    target = "" if figure.target is None else f"{'≥' if figure.at_least else '≤'} {_number(figure.target)}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    between = "" if figure.low is None or figure.high is None else f"{_number(figure.low)} to {_number(figure.high)}"
    return figure.what, f"{_number(figure.value)} {figure.unit}".rstrip(), between, target, ratio, met


def _number(value: float) -> str:
    if value and abs(value) < 10:  # noqa: PLR2004  (where decimals begin to matter)
        return f"{value:.3g}"
    return f"{value:,.0f}"
