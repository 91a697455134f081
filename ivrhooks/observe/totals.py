"""Adds up the counts of a server's workers, for the status page and /metrics.

Each worker reports its own counts in a snapshot (``observe/request_recorder.py``):

- ``pid``, ``in_flight``, ``dropped`` (of the journal), ``tests``,
  ``config`` (``fingerprint``, ``loaded_at``), ``problems`` (texts; why a newer
  configuration is refused), ``shares`` (whether Redis answers; None without it),
  ``forgotten`` (answers removed from the caches, by the note that ordered it);
- by endpoint ``answers`` (by status), ``degraded``, ``failing`` (degraded ones among
  the last 100), ``defaulted``, ``failed``, ``defaults`` (by output, then by reason)
  and ``seconds`` (a histogram);
- by source ``lookups`` (by status), ``cached``, ``lookup_seconds`` (a histogram) and
  ``breakers`` (a state);
- ``recent``, ``recent_lookups``: by window (``observe.recent``) and endpoint or source
  ``all``, ``good``, ``failed`` and ``took``;
- ``failures``: by source its last failure (``at``, ``status``, ``message``);
- ``refused``: requests refused before any endpoint, by code.

A histogram is a list: the count of each bucket of BUCKETS, the count of longer
durations, and the sum of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    "failed",
    "defaults",
    "seconds",
    "lookups",
    "cached",
    "lookup_seconds",
    "recent",
    "recent_lookups",
    "refused",
    "in_flight",
    "dropped",
    "tests",
)

_OF_NOW = frozenset({"recent", "recent_lookups", "in_flight"})
"""Keys whose values end with their worker: they are not counts."""


def counts_of(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a snapshot that still counts after its worker has ended."""
    return {
        name: snapshot[name]
        for name in ADDED
        if name not in _OF_NOW and name in snapshot
    }


def with_counts(
    snapshot: Mapping[str, Any], counted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a snapshot with other counts added to its own."""
    added = {
        name: _sum(snapshot.get(name, _is_zero(value)), value)
        for name, value in counted.items()
    }
    return {**snapshot, **added}


def added_up(snapshots: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the counts of all snapshots together. ``breakers``: by source, how many
    workers are in each state; ``failures``: the latest."""
    whole: dict[str, Any] = {name: {} for name in ADDED}
    whole.update(in_flight=0, dropped=0, tests=0)
    breakers: dict[str, dict[str, int]] = {}
    failures: dict[str, Any] = {}
    for snapshot in snapshots:
        for name in ADDED:
            whole[name] = _sum(whole[name], snapshot.get(name))
        for source, state in (snapshot.get("breakers") or {}).items():
            states = breakers.setdefault(source, {})
            states[state] = states.get(state, 0) + 1
        for source, failure in (snapshot.get("failures") or {}).items():
            known = failures.get(source)
            if known is None or known["at"] < failure["at"]:
                failures[source] = failure
    return {**whole, "breakers": breakers, "failures": failures}


def _sum(left: Any, right: Any) -> Any:
    if right is None:
        return left
    if isinstance(left, Mapping):
        return {
            name: _sum(left[name], right.get(name))
            if name in left
            else _sum(_is_zero(right[name]), right[name])
            for name in [*left, *(name for name in right if name not in left)]
        }
    if isinstance(left, list):
        return [count + other for count, other in zip(left, right, strict=False)]
    return left + right


def _is_zero(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {}
    return [0] * len(value) if isinstance(value, list) else 0
