"""What one worker process counts of its answers: cheap, always on, read by anybody."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from ivrhooks.answering.outputs import Origins
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.console.figures import BUCKETS

_NO_BUCKETS = len(BUCKETS) + 2  # those that were longer, and the sum


class Counters:
    """Counts on one thread; ``read`` may be called from another. Test runs are counted
    as such and nowhere else: they must not hide what live traffic gets."""

    def __init__(self) -> None:
        self.tests = 0
        self.refused: dict[str, int] = defaultdict(int)
        self._answers: dict[tuple[str, int], int] = defaultdict(int)
        self._degraded: dict[str, int] = defaultdict(int)
        self._defaulted: dict[str, int] = defaultdict(int)
        self._defaults: dict[tuple[str, str, str], int] = defaultdict(int)
        self._seconds: dict[str, list[float]] = {}
        self._lookups: dict[tuple[str, str], int] = defaultdict(int)
        self._cached: dict[str, int] = defaultdict(int)
        self._lookup_seconds: dict[str, list[float]] = {}

    def count(self, trace: Trace, status: int) -> None:
        """One data request that has been answered or refused."""
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
        return {
            "tests": self.tests,
            "refused": dict(self.refused),
            "answers": _nested(self._answers),
            "degraded": dict(self._degraded),
            "defaulted": dict(self._defaulted),
            "defaults": _nested(self._defaults),
            "seconds": {name: list(one) for name, one in list(self._seconds.items())},
            "lookups": _nested(self._lookups),
            "cached": dict(self._cached),
            "lookup_seconds": {
                name: list(one) for name, one in list(self._lookup_seconds.items())
            },
        }


def _add(histograms: dict[str, list[float]], name: str, seconds: float) -> None:
    histogram = histograms.get(name)
    if histogram is None:
        histogram = histograms[name] = [0] * _NO_BUCKETS
    histogram[bisect_left(BUCKETS, seconds)] += 1
    histogram[-1] += max(0.0, seconds)


def _nested(counts: Mapping[Any, int]) -> dict[str, Any]:
    """Counts by a tuple of names as mappings in mappings."""
    whole: dict[str, Any] = {}
    for names, count in list(counts.items()):
        place = whole
        for name in names[:-1]:
            place = place.setdefault(str(name), {})
        place[str(names[-1])] = count
    return whole
