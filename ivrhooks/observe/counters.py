"""Counts the answers of one worker process: cheap, always on, readable from any
thread."""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ivrhooks.answering.outputs import Origins
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.observe.durations import BOUNDS, SIZE, Coarse
from ivrhooks.observe.recent import Counted, Recent, Tallies
from ivrhooks.sources.interface import FAILED

_WINDOW = (1 << 100) - 1  # the last 100 answers

TROUBLE = frozenset({*FAILED, "overload", "not_stored", "not_mapped"})
"""The reasons of a default that are failures. The others are normal: a customer without
an order, an unknown caller."""

_FAILURES = frozenset({"timeout", "error"})  # an open breaker adds nothing


class EndpointCounts:
    """The counts of one endpoint: answers by status, their durations, degraded answers,
    and defaults by output and reason."""

    __slots__ = (
        "answers",
        "coarse",
        "defaulted",
        "defaults",
        "degraded",
        "failed",
        "seconds",
        "window",
    )

    def __init__(self) -> None:
        self.answers: dict[int, int] = {}
        self.seconds: list[float] = [0] * SIZE
        self.degraded = 0
        self.failed = 0  # answers with a default caused by TROUBLE
        self.window = 0  # a bit for each of the last answers: whether it was degraded
        self.defaulted = 0
        self.defaults: dict[str, dict[str, int]] = {}
        self.coarse = Coarse(self.seconds)

    def count(self, trace: Trace, status: int) -> None:
        """Count one data request that was answered or refused."""
        answers, seconds = self.answers, self.seconds
        answers[status] = answers.get(status, 0) + 1
        took = trace.ended - trace.started
        seconds[bisect_left(BOUNDS, took)] += 1
        if took > 0.0:
            seconds[-1] += took
        if self.window:
            self.window = self.window << 1 & _WINDOW
        if trace.degraded:
            self.window |= 1
            self.degraded += 1
        if trace.defaults and not trace.error:
            self._count_defaults(trace)

    def _count_defaults(self, trace: Trace) -> None:
        origins = trace.origins
        values: Any = origins.outputs.values if isinstance(origins, Origins) else {}
        any_default = any_trouble = False
        for output, because in trace.defaults.items():
            if because in TROUBLE:
                any_trouble = True
            if output in values:
                any_default = True
                reasons = self.defaults.setdefault(output, {})
                reasons[because] = reasons.get(because, 0) + 1
        if any_default:
            self.defaulted += 1
        if any_trouble:
            self.failed += 1

    def histogram(self) -> list[float]:
        """Return the durations of answers, as /metrics shows them."""
        return self.coarse.read(sum(self.answers.values()))

    def so_far(self, before: Counted | None) -> Counted:
        """Return the current counts; ``before`` itself where nothing was added
        since."""
        answers = sum(self.answers.values())
        if before is not None and before.all == answers:
            return before
        good = self.answers.get(200, 0)
        return Counted(answers, good, self.failed, array("d", self.seconds[:-1]))


class SourceCounts:
    """The counts of one source: lookups by status, their durations, answers from the
    cache, and the last failure with its time."""

    __slots__ = ("cached", "coarse", "last_failure", "lookups", "seconds")

    def __init__(self) -> None:
        self.lookups: dict[str, int] = {}
        self.seconds: list[float] = [0] * SIZE
        self.cached = 0
        self.last_failure: tuple[float, str, str] | None = None
        self.coarse = Coarse(self.seconds)

    def count(self, run: LookupRun) -> None:
        """Count one lookup that was made."""
        lookups, seconds, status = self.lookups, self.seconds, run.status
        lookups[status] = lookups.get(status, 0) + 1
        took = run.ended - run.started
        seconds[bisect_left(BOUNDS, took)] += 1
        if took > 0.0:
            seconds[-1] += took
        if run.age is not None:
            self.cached += 1
        if status in _FAILURES:
            self.last_failure = seconds_since_1970(), status, run.message

    def histogram(self) -> list[float]:
        """Return the durations of lookups, as /metrics shows them."""
        return self.coarse.read(sum(self.lookups.values()))

    def so_far(self, before: Counted | None) -> Counted:
        """Return the current counts; ``before`` itself where nothing was added
        since."""
        lookups = self.lookups
        total = sum(lookups.values())
        if before is not None and before.all == total:
            return before
        failed = sum(lookups.get(status, 0) for status in FAILED)
        return Counted(total, total, failed, array("d", self.seconds[:-1]))

    def failure(self) -> dict[str, Any] | None:
        """Return the last failure as a page may show it."""
        if self.last_failure is None:
            return None
        at, status, message = self.last_failure
        return {"at": at, "status": status, "message": mask_text(message)}


class Counters:
    """Counts from any thread. Test runs are counted as such and nowhere else, so that
    they do not distort the figures of live traffic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._one_by_one = threading.Lock()
        self._tests = 0
        self._refused: dict[str, int] = {}
        self._endpoints: defaultdict[str, EndpointCounts] = defaultdict(EndpointCounts)
        self._sources: defaultdict[str, SourceCounts] = defaultdict(SourceCounts)
        self._recent_endpoints = Recent(partial(_tallies, self._endpoints), clock)
        self._recent_sources = Recent(partial(_tallies, self._sources), clock)

    def count(self, trace: Trace, status: int, *, test: bool = False) -> None:
        """Count one data request that an endpoint has answered or refused."""
        with self._one_by_one:
            if test:
                self._tests += 1
                return
            self._endpoints[trace.endpoint].count(trace, status)
            for run in trace.lookups:
                if run.asked:
                    self._sources[run.source].count(run)

    def refuse(self, code: str) -> None:
        """Count one request that was refused before any endpoint."""
        with self._one_by_one:
            self._refused[code] = self._refused.get(code, 0) + 1

    def read(self) -> dict[str, Any]:
        """Return all counts, as ``observe.totals`` describes them."""
        with self._one_by_one:
            endpoints, sources = self._endpoints.items(), self._sources.items()
            return {
                "tests": self._tests,
                "refused": dict(self._refused),
                "answers": {
                    name: {
                        str(status): count for status, count in counts.answers.items()
                    }
                    for name, counts in endpoints
                },
                "degraded": {
                    name: counts.degraded
                    for name, counts in endpoints
                    if counts.degraded
                },
                "failing": {
                    name: counts.window.bit_count() for name, counts in endpoints
                },
                "defaulted": {
                    name: counts.defaulted
                    for name, counts in endpoints
                    if counts.defaulted
                },
                "failed": {
                    name: counts.failed for name, counts in endpoints if counts.failed
                },
                "defaults": {
                    name: {output: dict(by) for output, by in counts.defaults.items()}
                    for name, counts in endpoints
                    if counts.defaults
                },
                "seconds": {name: counts.histogram() for name, counts in endpoints},
                "lookups": {name: dict(counts.lookups) for name, counts in sources},
                "cached": {
                    name: counts.cached for name, counts in sources if counts.cached
                },
                "lookup_seconds": {
                    name: counts.histogram() for name, counts in sources
                },
                "recent": self._recent_endpoints.rates(),
                "recent_lookups": self._recent_sources.rates(),
                "failures": {
                    name: counts.failure()
                    for name, counts in sources
                    if counts.last_failure
                },
            }


def _tallies(
    counts: Mapping[str, EndpointCounts | SourceCounts], before: Tallies
) -> Tallies:
    """Return the current counts by name."""
    return {name: count.so_far(before.get(name)) for name, count in counts.items()}
