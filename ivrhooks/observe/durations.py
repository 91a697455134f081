"""Keeps durations in histograms fine enough for percentiles within two percent.

A histogram over BOUNDS is a list: the count of each bucket, the count of longer ones,
and the sum of all durations. Each bound of BUCKETS is one of BOUNDS, so the histogram
that /metrics shows is derived from this one without loss.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from ivrhooks.observe.totals import BUCKETS

RATIO = 1.04
"""The largest ratio of a bound to the one before it."""

_SHORTEST, _LONGEST = 0.0001, 60.0


def _refined(edges: Sequence[float]) -> tuple[float, ...]:
    """Return ``edges`` with as many bounds between them as RATIO requires."""
    bounds = [edges[0]]
    for low, high in pairwise(edges):
        steps = math.ceil(math.log(high / low) / math.log(RATIO))
        bounds += [low * (high / low) ** (n / steps) for n in range(1, steps)]
        bounds.append(high)
    return tuple(bounds)


BOUNDS = _refined((_SHORTEST, *BUCKETS, _LONGEST))
SIZE = len(BOUNDS) + 2
"""The length of a histogram: its buckets, the count of longer ones, and the sum."""

_ENDS = tuple(BOUNDS.index(bound) + 1 for bound in BUCKETS)


def coarse(histogram: Sequence[float]) -> list[float]:
    """Return the same histogram over BUCKETS."""
    starts = (0, *_ENDS)
    ends = (*_ENDS, len(histogram) - 1)
    parts = [sum(histogram[start:end]) for start, end in zip(starts, ends, strict=True)]
    return [*parts, histogram[-1]]


class Coarse:
    """``coarse`` of one histogram, computed again only after the histogram has
    grown."""

    __slots__ = ("_fine", "_made", "_total")

    def __init__(self, fine: list[float]) -> None:
        self._fine = fine
        self._made = coarse(fine)
        self._total = 0

    def read(self, total: int) -> list[float]:
        """Return the histogram over BUCKETS. ``total``: the number of durations in
        it."""
        if total != self._total:
            self._made, self._total = coarse(self._fine), total
        return list(self._made)


def since(now: Sequence[float], before: Sequence[float]) -> dict[str, int]:
    """Return the count of each bucket since ``before``, without empty buckets."""
    return {
        str(index): int(count - earlier)
        for index, (count, earlier) in enumerate(zip(now, before, strict=True))
        if count != earlier
    }


def percentile(counts: Mapping[str, int], share: float) -> float | None:
    """Return the seconds within which ``share`` of all ended, or None without any.
    ``counts``: as ``since`` returns them, possibly added up over workers."""
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
    """Return the middle of a bucket; beyond the last bound, that bound."""
    if index >= len(BOUNDS):
        return BOUNDS[-1]
    return math.sqrt((BOUNDS[index - 1] if index else BOUNDS[0] / 4) * BOUNDS[index])
