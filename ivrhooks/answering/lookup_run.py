"""The state of one lookup: which of its links is next, and what the others answered."""

from __future__ import annotations

from ivrhooks.answering.trace import LookupRun
from ivrhooks.config.plan import LookupPlan, SourceCall
from ivrhooks.resilience.awaited import UnderWay
from ivrhooks.sources.interface import FAILED, Outcome


class Chain:
    """A lookup's links, asked one after the other until one hits.

    Its status is that of the first hit, else of the first failure, else ``not_found``;
    it is ``skipped`` where every link was.
    """

    __slots__ = (
        "failure",
        "lookup",
        "miss",
        "next_link",
        "run",
        "tried",
        "under_way",
    )

    def __init__(self, lookup: LookupPlan) -> None:
        self.lookup = lookup
        self.run = LookupRun(lookup.name, "")
        self.next_link = 0
        self.tried: SourceCall | None = None
        self.failure: tuple[SourceCall | None, Outcome] | None = None
        self.miss: tuple[SourceCall, Outcome] | None = None
        self.under_way: UnderWay | None = None

    @property
    def ended(self) -> bool:
        return self.run.status != ""

    def fail(self, link: SourceCall | None, outcome: Outcome) -> None:
        """Record a failure; the first one decides a chain without a hit."""
        if self.failure is None:
            self.failure = (link, outcome)

    def take(self, link: SourceCall, outcome: Outcome) -> bool:
        """Record ``outcome`` of ``link``; return whether it ends the chain."""
        run = self.run
        run.outcomes.append(outcome)
        status = outcome.status
        if status == "ok":  # the common case
            run.status, run.record, run.outcome = status, outcome.record, outcome
            run.source, run.operation = link.source, link.operation
            run.message = outcome.message or run.message
            return True
        if status in FAILED:
            self.fail(link, outcome)
        elif status == "not_found":
            self.miss = self.miss or (link, outcome)
        else:
            self._decide(link, outcome)
            return True
        return False

    def close(self) -> None:
        """Decide a chain that has no link left: by the first failure, else by the first
        miss."""
        if self.ended:
            return
        if self.failure is not None:
            self._decide(*self.failure)
        elif self.miss is not None:
            self._decide(*self.miss)
        else:
            self.run.status = "skipped"

    def _decide(self, link: SourceCall | None, outcome: Outcome) -> None:
        run = self.run
        run.status = outcome.status
        run.record = None if outcome.status in FAILED else outcome.record
        run.outcome = outcome
        run.message = outcome.message or run.message
        if link is not None:
            run.source, run.operation = link.source, link.operation
