"""What the workers of a server count, added up: for the status page and /metrics.

Each worker counts for itself and tells it in a snapshot (``server/pages/metrics.py``):

- ``pid``, ``at``, ``in_flight``, ``dropped`` (of the journal), ``tests``,
  ``config`` (``fingerprint``, ``loaded_at``), ``problems`` (texts; why a newer
  configuration is refused);
- by endpoint ``answers`` (by status), ``degraded``, ``defaulted``, ``defaults`` (by
  output, then by reason) and ``seconds`` (a histogram);
- by source ``lookups`` (by status), ``cached``, ``lookup_seconds`` (a histogram) and
  ``breakers`` (a state);
- ``refused``: requests that no endpoint saw, by code.

A histogram is a list: how many fell in each bucket of BUCKETS, how many were longer,
and the sum of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

BUCKETS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    1.5,
    2.0,
    5.0,
)

ADDED = (
    "answers",
    "degraded",
    "defaulted",
    "defaults",
    "seconds",
    "lookups",
    "cached",
    "lookup_seconds",
    "refused",
    "in_flight",
    "dropped",
    "tests",
)


def added_up(snapshots: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The counts of all snapshots together; ``breakers`` as how many workers are in
    each state, by source."""
    whole: dict[str, Any] = {name: {} for name in ADDED}
    whole.update(in_flight=0, dropped=0, tests=0)
    breakers: dict[str, dict[str, int]] = {}
    for one in snapshots:
        for name in ADDED:
            whole[name] = _sum(whole[name], one.get(name))
        for source, state in (one.get("breakers") or {}).items():
            states = breakers.setdefault(source, {})
            states[state] = states.get(state, 0) + 1
    return {**whole, "breakers": breakers}


def _sum(left: Any, right: Any) -> Any:
    if right is None:
        return left
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return {
            name: _sum(left[name], right.get(name))
            if name in left
            else _sum(_nothing(right[name]), right[name])
            for name in [*left, *(name for name in right if name not in left)]
        }
    if isinstance(left, list) and isinstance(right, list):
        return [one + other for one, other in zip(left, right, strict=False)]
    return left + right


def _nothing(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {}
    return [0] * len(value) if isinstance(value, list) else 0


def percentile(histogram: Sequence[float], share: float) -> float | None:
    """The seconds within which ``share`` of all were done: between two bounds it is
    guessed by a straight line. None where there were none; of what is beyond the last
    bound no more is known than that bound."""
    counts = histogram[:-1]
    total = sum(counts)
    if not total:
        return None
    wanted, seen, low = share * total, 0.0, 0.0
    for bound, count in zip(BUCKETS, counts, strict=False):
        if count and seen + count >= wanted:
            return low + (bound - low) * (wanted - seen) / count
        seen, low = seen + count, bound
    return BUCKETS[-1]


def milliseconds(histogram: Sequence[float], share: float) -> float | None:
    """``percentile`` in milliseconds, as a page shows it."""
    seconds = percentile(histogram, share)
    return None if seconds is None else round(seconds * 1000, 1)
