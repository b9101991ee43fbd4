"""Whether verdicts are spread as they used to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, log2, sqrt
from typing import Generic, TypeVar

T = TypeVar("T")

FEWEST = 100  # verdicts on either side; below, chance alone moves them far
_NOTICEABLE = 0.05  # as when 4 % are sensitive that were 2 %
_BEYOND_CHANCE = 3.0


@dataclass(frozen=True, slots=True)
class Drift(Generic[T]):
    """How far two spreads are apart: 0 is the same, 1 has nothing in common.

    `noticeable` says whether that is much, and more than chance does. Of all shares that of `most_moved` changed most.
    """

    distance: float
    noticeable: bool
    most_moved: T
    before: float
    now: float


def drift(before: Mapping[T, int], now: Mapping[T, int]) -> Drift[T] | None:
    """Compare counts by what was counted; None when there are too few to say.

    The measure is the Jensen-Shannon distance (Lin 1991; Endres and Schindelin 2003), for which nothing needs to be on
    both sides. Chance alone makes its square about (kinds - 1) / (8 ln 2) * (1 / n + 1 / m).
    """
    counts = sum(before.values()), sum(now.values())
    if min(counts) < FEWEST:
        return None
    kinds = sorted({*before, *now}, key=str)
    shares = {kind: (before.get(kind, 0) / counts[0], now.get(kind, 0) / counts[1]) for kind in kinds}
    divergence = sum(_part(old, new) + _part(new, old) for old, new in shares.values()) / 2
    by_chance = (len(kinds) - 1) / (8 * log(2)) * (1 / counts[0] + 1 / counts[1])
    most_moved = max(kinds, key=lambda kind: abs(shares[kind][1] - shares[kind][0]))
    distance = sqrt(max(divergence, 0.0))  # rounding may leave it below nothing
    noticeable = distance >= _NOTICEABLE and divergence >= _BEYOND_CHANCE * by_chance
    return Drift(distance, noticeable, most_moved, *shares[most_moved])


def _part(share: float, other: float) -> float:
    """What a share adds to the divergence of its side from the mean of both."""
    return share * log2(2 * share / (share + other)) if share else 0.0
