"""The state of one lookup: which source is next, and what the others answered."""

from __future__ import annotations

from collections.abc import Iterator

from ivrhooks.answering.trace import LookupRun
from ivrhooks.config.plan import LookupPlan, SourceCall
from ivrhooks.resilience.awaited import UnderWay
from ivrhooks.sources.interface import FAILED, Outcome


class RunningLookup(LookupRun):
    """A lookup under way: its sources are asked one after the other until one hits.

    Its status is that of the first hit, else of the first failure, else ``not_found``;
    it is ``skipped`` where every source was. ``calls``: those that are still left.
    """

    __slots__ = ("calls", "failure", "miss", "plan", "tried", "under_way")

    def __init__(self, plan: LookupPlan) -> None:
        super().__init__(plan.name)
        self.plan = plan
        self.calls: Iterator[SourceCall] = iter(plan.calls)
        self.failure: tuple[SourceCall | None, Outcome] | None = None
        self.miss: tuple[SourceCall, Outcome] | None = None
        self.tried: SourceCall | None = None
        self.under_way: UnderWay | None = None

    @property
    def has_ended(self) -> bool:
        """Return whether its status is known."""
        return self.status != ""

    def fail(self, call: SourceCall | None, outcome: Outcome) -> None:
        """Record a failure; the first one decides a lookup without a hit."""
        if self.failure is None:
            self.failure = (call, outcome)

    def take(self, call: SourceCall, outcome: Outcome) -> bool:
        """Record ``outcome`` of ``call``; return whether it ends the lookup."""
        self.outcomes.append(outcome)
        status = outcome.status
        if status == "ok":  # the common case
            self.status, self.record, self.outcome = status, outcome.record, outcome
            self.source, self.operation = call.source, call.operation
            if outcome.message:
                self.message = outcome.message
            return True
        if status in FAILED:
            self.fail(call, outcome)
        elif status == "not_found":
            self.miss = self.miss or (call, outcome)
        else:
            self._decide(call, outcome)
            return True
        return False

    def close(self) -> None:
        """Decide a lookup that has no source left: by its first failure, else its first
        miss."""
        if self.status:
            return
        if self.failure is not None:
            self._decide(*self.failure)
        elif self.miss is not None:
            self._decide(*self.miss)
        else:
            self.status = "skipped"

    def _decide(self, call: SourceCall | None, outcome: Outcome) -> None:
        self.status = outcome.status
        self.record = None if outcome.status in FAILED else outcome.record
        self.outcome = outcome
        self.message = outcome.message or self.message
        if call is not None:
            self.source, self.operation = call.source, call.operation
