"""What one worker process counts of its answers: cheap, always on, read by anybody."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from typing import Any

from ivrhooks.answering.outputs import Origins
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.observe.totals import BUCKETS

_WINDOW = (1 << 100) - 1  # the last 100 answers
_NO_BUCKETS = len(BUCKETS) + 2  # those that were longer, and the sum


class EndpointCounts:
    """What is counted of one endpoint: answers by status, how long they took, and
    those that were degraded or had a default, by output and reason."""

    __slots__ = ("answers", "defaulted", "defaults", "degraded", "seconds", "window")

    def __init__(self) -> None:
        self.answers: dict[int, int] = {}
        self.seconds: list[float] = [0] * _NO_BUCKETS
        self.degraded = 0
        self.window = 0  # a bit for each of the last answers: whether it was degraded
        self.defaulted = 0
        self.defaults: dict[str, dict[str, int]] = {}

    def count(self, trace: Trace, status: int) -> None:
        """One data request that was answered or refused."""
        answers = self.answers
        answers[status] = answers.get(status, 0) + 1
        _add(self.seconds, trace.ended - trace.started)
        self.window = (self.window << 1 | bool(trace.degraded)) & _WINDOW
        if trace.degraded:
            self.degraded += 1
        if trace.defaults and not trace.error:
            self._count_defaults(trace)

    def _count_defaults(self, trace: Trace) -> None:
        origins = trace.origins
        values: Any = origins.outputs.values if isinstance(origins, Origins) else {}
        any_default = False
        for output, because in trace.defaults.items():
            if output in values:
                any_default = True
                reasons = self.defaults.setdefault(output, {})
                reasons[because] = reasons.get(because, 0) + 1
        if any_default:
            self.defaulted += 1


class SourceCounts:
    """What is counted of one source: lookups by status, how long they took, and how
    many came out of the cache."""

    __slots__ = ("cached", "lookups", "seconds")

    def __init__(self) -> None:
        self.lookups: dict[str, int] = {}
        self.seconds: list[float] = [0] * _NO_BUCKETS
        self.cached = 0

    def count(self, run: LookupRun) -> None:
        """One lookup that was asked."""
        self.lookups[run.status] = self.lookups.get(run.status, 0) + 1
        if run.age is not None:
            self.cached += 1
        _add(self.seconds, run.ended - run.started)


class Counters:
    """Counts, on any thread. Test runs are counted as such and nowhere else: they must
    not hide what live traffic gets."""

    def __init__(self) -> None:
        self._one_by_one = threading.Lock()
        self._tests = 0
        self._refused: dict[str, int] = {}
        self._endpoints: defaultdict[str, EndpointCounts] = defaultdict(EndpointCounts)
        self._sources: defaultdict[str, SourceCounts] = defaultdict(SourceCounts)

    def count(self, trace: Trace, status: int, *, test: bool = False) -> None:
        """One data request that an endpoint has answered or refused."""
        with self._one_by_one:
            if test:
                self._tests += 1
                return
            self._endpoints[trace.endpoint].count(trace, status)
            for run in trace.lookups:
                if run.asked:
                    self._sources[run.source].count(run)

    def refuse(self, code: str) -> None:
        """One request that no endpoint saw."""
        with self._one_by_one:
            self._refused[code] = self._refused.get(code, 0) + 1

    def read(self) -> dict[str, Any]:
        """All counts, as ``console.figures`` describes them."""
        with self._one_by_one:
            endpoints, sources = self._endpoints.items(), self._sources.items()
            return {
                "tests": self._tests,
                "refused": dict(self._refused),
                "answers": {
                    name: {str(status): count for status, count in one.answers.items()}
                    for name, one in endpoints
                },
                "degraded": {
                    name: one.degraded for name, one in endpoints if one.degraded
                },
                "failing": {name: one.window.bit_count() for name, one in endpoints},
                "defaulted": {
                    name: one.defaulted for name, one in endpoints if one.defaulted
                },
                "defaults": {
                    name: {output: dict(by) for output, by in one.defaults.items()}
                    for name, one in endpoints
                    if one.defaults
                },
                "seconds": {name: list(one.seconds) for name, one in endpoints},
                "lookups": {name: dict(one.lookups) for name, one in sources},
                "cached": {name: one.cached for name, one in sources if one.cached},
                "lookup_seconds": {name: list(one.seconds) for name, one in sources},
            }


def _add(histogram: list[float], seconds: float) -> None:
    histogram[bisect_left(BUCKETS, seconds)] += 1
    if seconds > 0.0:
        histogram[-1] += seconds
