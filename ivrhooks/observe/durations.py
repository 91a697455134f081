"""How long things took, kept finely enough for a percentile within two percent.

A histogram over BOUNDS is a list: how many fell in each of its buckets, how many were
longer, and the sum of all. Each bound of BUCKETS is one of BOUNDS, so the histogram
that /metrics shows is made of this one without a loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ivrhooks.observe.totals import BUCKETS

RATIO = 1.04
"""By how much a bound is above the one before it, at most."""

_SHORTEST, _LONGEST = 0.0001, 60.0


def _refined(edges: Sequence[float]) -> tuple[float, ...]:
    """``edges`` with as many bounds between them as RATIO asks for."""
    bounds = [edges[0]]
    for low, high in pairwise(edges):
        pieces = math.ceil(math.log(high / low) / math.log(RATIO))
        bounds += [low * (high / low) ** (n / pieces) for n in range(1, pieces)]
        bounds.append(high)
    return tuple(bounds)


BOUNDS = _refined((_SHORTEST, *BUCKETS, _LONGEST))
SIZE = len(BOUNDS) + 2
"""Of a histogram: its buckets, those that were longer, and the sum."""

_ENDS = tuple(BOUNDS.index(bound) + 1 for bound in BUCKETS)


def coarse(histogram: Sequence[float]) -> list[float]:
    """The same histogram over BUCKETS."""
    starts = (0, *_ENDS)
    ends = (*_ENDS, len(histogram) - 1)
    parts = [sum(histogram[start:end]) for start, end in zip(starts, ends, strict=True)]
    return [*parts, histogram[-1]]


class Coarse:
    """``coarse`` of one histogram, made anew only where the histogram has grown."""

    __slots__ = ("_fine", "_made", "_total")

    def __init__(self, fine: list[float]) -> None:
        self._fine = fine
        self._made = coarse(fine)
        self._total = 0

    def read(self, total: int) -> list[float]:
        """The histogram over BUCKETS. ``total``: how many are in it."""
        if total != self._total:
            self._made, self._total = coarse(self._fine), total
        return list(self._made)


def since(now: Sequence[float], before: Sequence[float]) -> dict[str, int]:
    """How many fell in each bucket since ``before``; those without any left out."""
    return {
        str(index): int(count - earlier)
        for index, (count, earlier) in enumerate(zip(now, before, strict=True))
        if count != earlier
    }


def percentile(counts: Mapping[str, int], share: float) -> float | None:
    """The seconds within which ``share`` of all were done, or None where there were
    none. ``counts``: as ``since`` gives them, and as they add up over workers."""
    total = sum(counts.values())
    if not total:
        return None
    rank, seen = max(1, math.ceil(share * total)), 0
    for index in sorted(map(int, counts)):
        seen += counts[str(index)]
        if seen >= rank:
            return _middle(index)
    return BOUNDS[-1]


def _middle(index: int) -> float:
    """The middle of a bucket; of what is beyond the last bound no more is known."""
    if index >= len(BOUNDS):
        return BOUNDS[-1]
    return math.sqrt((BOUNDS[index - 1] if index else BOUNDS[0] / 4) * BOUNDS[index])
