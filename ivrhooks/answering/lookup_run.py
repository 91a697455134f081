"""The state of one lookup: which source is next, and what the others answered."""

from __future__ import annotations

from ivrhooks.answering.trace import LookupRun
from ivrhooks.config.plan import LookupPlan, SourceCall
from ivrhooks.resilience.awaited import UnderWay
from ivrhooks.sources.interface import FAILED, Outcome


class RunningLookup:
    """A lookup under way: its sources are asked one after the other until one hits.

    Its status is that of the first hit, else of the first failure, else ``not_found``;
    it is ``skipped`` where every source was.
    """

    __slots__ = (
        "failure",
        "miss",
        "next_call",
        "plan",
        "run",
        "tried",
        "under_way",
    )

    def __init__(self, plan: LookupPlan) -> None:
        self.plan = plan
        self.run = LookupRun(plan.name, "")
        self.next_call = 0
        self.tried: SourceCall | None = None
        self.failure: tuple[SourceCall | None, Outcome] | None = None
        self.miss: tuple[SourceCall, Outcome] | None = None
        self.under_way: UnderWay | None = None

    @property
    def ended(self) -> bool:
        return self.run.status != ""

    def fail(self, call: SourceCall | None, outcome: Outcome) -> None:
        """Record a failure; the first one decides a lookup without a hit."""
        if self.failure is None:
            self.failure = (call, outcome)

    def take(self, call: SourceCall, outcome: Outcome) -> bool:
        """Record ``outcome`` of ``call``; return whether it ends the lookup."""
        run = self.run
        run.outcomes.append(outcome)
        status = outcome.status
        if status == "ok":  # the common case
            run.status, run.record, run.outcome = status, outcome.record, outcome
            run.source, run.operation = call.source, call.operation
            run.message = outcome.message or run.message
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
        if self.ended:
            return
        if self.failure is not None:
            self._decide(*self.failure)
        elif self.miss is not None:
            self._decide(*self.miss)
        else:
            self.run.status = "skipped"

    def _decide(self, call: SourceCall | None, outcome: Outcome) -> None:
        run = self.run
        run.status = outcome.status
        run.record = None if outcome.status in FAILED else outcome.record
        run.outcome = outcome
        run.message = outcome.message or run.message
        if call is not None:
            run.source, run.operation = call.source, call.operation
