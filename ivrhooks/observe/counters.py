"""What one worker process counts of its answers: cheap, always on, read by anybody."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ivrhooks.answering.outputs import Origins
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.observe.totals import BUCKETS

_NO_BUCKETS = len(BUCKETS) + 2  # those that were longer, and the sum


class Counters:
    """Counts, on any thread. Test runs are counted as such and nowhere else: they must
    not hide what live traffic gets."""

    def __init__(self) -> None:
        self._one_by_one = threading.Lock()
        self._tests = 0
        self._refused: dict[str, int] = defaultdict(int)
        self._answers: dict[tuple[str, int], int] = defaultdict(int)
        self._degraded: dict[str, int] = defaultdict(int)
        self._defaulted: dict[str, int] = defaultdict(int)
        self._defaults: dict[tuple[str, str, str], int] = defaultdict(int)
        self._seconds: dict[str, list[float]] = {}
        self._lookups: dict[tuple[str, str], int] = defaultdict(int)
        self._cached: dict[str, int] = defaultdict(int)
        self._lookup_seconds: dict[str, list[float]] = {}

    def count(self, trace: Trace, status: int, *, test: bool = False) -> None:
        """One data request that an endpoint has answered or refused."""
        with self._one_by_one:
            if test:
                self._tests += 1
            else:
                self._count(trace, status)

    def refuse(self, code: str) -> None:
        """One request that no endpoint saw."""
        with self._one_by_one:
            self._refused[code] += 1

    def _count(self, trace: Trace, status: int) -> None:
        endpoint = trace.endpoint
        self._answers[endpoint, status] += 1
        _add(self._seconds, endpoint, trace.ended - trace.started)
        for run in trace.lookups:
            if run.asked:
                self._count_lookup(run)
        if trace.degraded:
            self._degraded[endpoint] += 1
        if trace.defaults and not trace.error:
            self._count_defaults(endpoint, trace)

    def _count_lookup(self, run: LookupRun) -> None:
        self._lookups[run.source, run.status] += 1
        if run.age is not None:
            self._cached[run.source] += 1
        _add(self._lookup_seconds, run.source, run.ended - run.started)

    def _count_defaults(self, endpoint: str, trace: Trace) -> None:
        origins = trace.origins
        values: Any = origins.outputs.values if isinstance(origins, Origins) else {}
        any_default = False
        for output, because in trace.defaults.items():
            if output in values:
                any_default = True
                self._defaults[endpoint, output, because] += 1
        if any_default:
            self._defaulted[endpoint] += 1

    def read(self) -> dict[str, Any]:
        """All counts, as ``console.figures`` describes them."""
        with self._one_by_one:
            return {
                "tests": self._tests,
                "refused": dict(self._refused),
                "answers": _nested(self._answers),
                "degraded": dict(self._degraded),
                "defaulted": dict(self._defaulted),
                "defaults": _nested(self._defaults),
                "seconds": _copied(self._seconds),
                "lookups": _nested(self._lookups),
                "cached": dict(self._cached),
                "lookup_seconds": _copied(self._lookup_seconds),
            }


def _add(histograms: dict[str, list[float]], name: str, seconds: float) -> None:
    histogram = histograms.get(name)
    if histogram is None:
        histogram = histograms[name] = [0] * _NO_BUCKETS
    histogram[bisect_left(BUCKETS, seconds)] += 1
    histogram[-1] += max(0.0, seconds)


def _copied(histograms: Mapping[str, list[float]]) -> dict[str, list[float]]:
    return {name: list(histogram) for name, histogram in histograms.items()}


def _nested(counts: Mapping[Any, int]) -> dict[str, Any]:
    """Counts by a tuple of names as mappings in mappings."""
    whole: dict[str, Any] = {}
    for names, count in counts.items():
        place = whole
        for name in names[:-1]:
            place = place.setdefault(str(name), {})
        place[str(names[-1])] = count
    return whole
