"""The lookups: sources are asked side by side, in dependency order, by the deadline.

Lookups without dependencies start at once; any other starts when the last lookup that
it names has ended. A source either returns its answer at once or calls back. At the
deadline every lookup that has not ended gets the status ``timeout`` and is cancelled.
The answer never waits for a source, not even for one that does not keep its own
deadline.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, cast

from ivrhooks.answering.lookup_run import RunningLookup
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import LookupRun
from ivrhooks.basics.errors import SourceError
from ivrhooks.config.plan import LookupPlan, Plan, Skip, SourceCall
from ivrhooks.resilience.awaited import Awaited, UnderWay
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.single_flight import Waiter
from ivrhooks.sources.interface import FAILED, Outcome, Query

log = logging.getLogger(__name__)

SOURCE_MARGIN = 0.005
"""How many seconds before the deadline a source must answer, so that it ends its own
wait and its breaker counts the failure."""

ANSWER_MARGIN = 0.001
"""How many seconds before the deadline the lookups end: the rest is for outputs and
answer."""

_LATE = Outcome("timeout", code="deadline", message="no answer by the deadline")

_ANSWERED = frozenset({"ok", "stale", "not_found"}) | FAILED

_NO_OTHERS: Mapping[str, RunningLookup] = {}

OnOutcome = Callable[[Any], None]


class QueriedSource(Protocol):
    """What a lookup needs of a source; one that has ``start`` is not awaited."""

    async def ask(self, query: Query, deadline: Deadline) -> Outcome: ...


Start = Callable[[Query, Deadline, OnOutcome, bool], Outcome | UnderWay]
"""Gets a query, its deadline, what to call, and True: the deadline is watched here, by
``Waiter.expire``."""


def start_of(source: QueriedSource) -> Start:
    """Return how to ask ``source``: a function that returns its outcome, or a handle of
    work that calls back with it."""
    start: Callable[..., Outcome | UnderWay] | None = getattr(source, "start", None)
    if start is not None:
        return start

    def ask(
        query: Query, deadline: Deadline, on_outcome: OnOutcome, watched: bool
    ) -> UnderWay:
        return Awaited(source.ask(query, deadline), on_outcome)

    return ask


class Lookups:
    """The lookups of one data request.

    ``sources``: how to ask each source; ``runs``: each lookup, in the file's order;
    ``lookups``: the same by name, where there is more than one.
    """

    __slots__ = (
        "deadline",
        "deadlines",
        "failed",
        "has_expired",
        "lookups",
        "on_end",
        "order",
        "runs",
        "scope",
        "source_deadline",
        "sources",
        "under_way",
        "waiting",
    )

    def __init__(
        self,
        plan: Plan,
        scope: RequestScope,
        sources: Mapping[str, Start],
        deadline: Deadline,
        deadlines: Deadlines | None = None,
    ) -> None:
        """``deadlines``: those of the loop."""
        self.deadlines = deadlines or Deadlines()
        self.scope = scope
        self.sources = sources
        self.deadline = deadline
        self.source_deadline = deadline
        lookups = plan.lookups
        self.lookups: Mapping[str, RunningLookup] = _NO_OTHERS
        if len(lookups) == 1:
            self.runs = [RunningLookup(lookups[0])]
        else:
            self.runs = [RunningLookup(lookup) for lookup in lookups]
            self.lookups = {lookup.name: lookup for lookup in self.runs}
        self.order = plan.order
        self.waiting: Sequence[RunningLookup] = ()
        self.failed: dict[str, LookupRun] = {}
        self.under_way = 0
        self.has_expired = False
        self.on_end: Callable[[], object] | None = None

    def begin(self, on_end: Callable[[], object]) -> bool:
        """Start the lookups; return True where all have ended already.

        Else ``on_end`` is called when they have ended, by the deadline in any case.
        """
        deadline = self.deadline
        remaining = deadline.remaining()
        margin = SOURCE_MARGIN if remaining > SOURCE_MARGIN * 10 else remaining / 10
        self.source_deadline = Deadline(deadline.at - margin, deadline.clock)
        if len(self.runs) == 1:
            self._start(self.runs[0])
        else:
            order = self.order or self.lookups
            self._start_ready([self.lookups[name] for name in order])
        if self.under_way == 0:
            return True
        self.on_end = on_end
        self.deadlines.watch_for(self, remaining - margin)
        return False

    def cancel(self) -> None:
        """Cancel running lookups without a callback: the caller is gone."""
        self._stop()

    def _stop(self) -> Callable[[], object] | None:
        """Stop waiting and cancel what is running."""
        on_end, self.on_end = self.on_end, None
        if on_end is not None:
            self.deadlines.forget(self)
        if self.under_way:
            self.under_way = 0
            for lookup in self.runs:
                under_way, lookup.under_way = lookup.under_way, None
                if under_way is not None:
                    under_way.cancel()
        return on_end

    def expire(self) -> None:
        """Make the sources end their waits; a little later, end the lookups."""
        if self.has_expired:
            self._end_at_deadline()
            return
        self.has_expired = True
        for lookup in self.runs:
            if isinstance(lookup.under_way, Waiter):
                lookup.under_way.expire()
        if self.on_end is not None:
            seconds = self.deadline.remaining() - ANSWER_MARGIN
            self.deadlines.watch_for(self, max(0.0, seconds))

    def _end_at_deadline(self) -> None:
        """End the lookups at the deadline.

        What has not ended gets the status ``timeout``. This is done in the order of
        dependencies, so that a lookup that names another takes its status.
        """
        on_end = self._stop()
        try:
            self._mark_late()
        finally:  # the answer leaves in any case
            if on_end is not None:
                on_end()

    def _mark_late(self) -> None:
        for lookup in self.runs:
            if not lookup.has_ended and lookup not in self.waiting:
                lookup.fail(lookup.tried, _LATE)
                self._finish(lookup)
        for lookup in self.waiting:
            call_and_query = self._first_query(lookup)
            if call_and_query is not None:
                lookup.fail(call_and_query[0], _LATE)
            self._finish(lookup)

    # ------------------------------------------------------------ one lookup

    def _start_ready(self, waiting: list[RunningLookup]) -> None:
        """Start each waiting lookup whose last dependency has ended."""
        self.waiting = waiting
        moved = True
        while moved and waiting:
            moved = False
            for lookup in tuple(waiting):
                if all(self.lookups[name].has_ended for name in lookup.plan.waits_for):
                    waiting.remove(lookup)
                    self._start(lookup)
                    moved = True

    def _start(self, lookup: RunningLookup) -> None:
        if self.failed or lookup.plan.when is not None:
            call_and_query = self._first_query(lookup)
        else:
            lookup.started = self.deadline.clock()
            call_and_query = self._next_query(lookup)
        if call_and_query is None or self._ask(lookup, call_and_query):
            self._finish(lookup)

    def _ask(
        self, lookup: RunningLookup, call_and_query: tuple[SourceCall, Query] | None
    ) -> bool:
        """Ask call after call until one hits; return False where one has to be waited
        for."""
        while call_and_query is not None:
            call, query = call_and_query
            lookup.tried = call
            lookup.asked = True
            on_outcome = partial(self._on_outcome, lookup, call)
            try:
                start = self.sources[call.source]
                outcome = start(query, self.source_deadline, on_outcome, True)
            except Exception as error:
                outcome = _outcome_of_error(call, error)
            if not isinstance(outcome, Outcome):
                lookup.under_way = outcome
                self.under_way += 1
                return False
            if outcome.status not in _ANSWERED:
                outcome = _as_outcome(call, outcome)
            if lookup.take(call, outcome):
                return True
            call_and_query = self._next_query(lookup)
        return True

    def _on_outcome(
        self, lookup: RunningLookup, call: SourceCall, outcome: Any
    ) -> None:
        """Take the outcome of a source that calls back."""
        if self.on_end is None:
            return  # the answer has left without this lookup
        lookup.under_way = None
        self.under_way -= 1
        if type(outcome) is not Outcome or outcome.status not in _ANSWERED:
            outcome = _as_outcome(call, outcome)
        if not lookup.take(call, outcome) and not self._ask(
            lookup, self._next_query(lookup)
        ):
            return
        self._finish(lookup)
        if self.waiting:
            self._start_ready(list(self.waiting))
        if self.under_way == 0:
            on_end = self._stop()
            if on_end is not None:
                on_end()

    def _first_query(self, lookup: RunningLookup) -> tuple[SourceCall, Query] | None:
        """Return the first query of a lookup; None where nothing is to be asked."""
        lookup.started = self.deadline.clock()
        plan = lookup.plan
        if self.failed and all(
            self._failed_dependency(call.lookups) for call in plan.calls
        ):
            return self._next_query(lookup)
        if plan.when is not None and not self._when_holds(plan):
            failed = self._failed_dependency(plan.when.lookups)
            if failed is None:
                lookup.status, lookup.message = "skipped", "when is false"
            else:
                lookup.fail(None, _not_asked(failed))
            return None
        return self._next_query(lookup)

    def _when_holds(self, plan: LookupPlan) -> bool:
        try:
            return plan.when is None or bool(plan.when.evaluate(self.scope))
        except Exception as error:
            self.scope.note(f"lookups.{plan.name}.when: {error}")
            return False

    def _failed_dependency(self, names: frozenset[str]) -> LookupRun | None:
        """Return the first, in the file's order, of the failed lookups that are
        named."""
        if self.failed and not names.isdisjoint(self.failed):
            return next(
                run
                for run in self.runs
                if run.name in self.failed and run.name in names
            )
        return None

    def _next_query(self, lookup: RunningLookup) -> tuple[SourceCall, Query] | None:
        """Return the query of the next source that can be asked.

        A call that cannot be asked is a miss (skipped) or a failure (it names a failed
        lookup).
        """
        for call in lookup.calls:
            if (
                self.failed
                and (failed := self._failed_dependency(call.lookups)) is not None
            ):
                lookup.fail(None, _not_asked(failed))
                continue
            try:
                query = call.bind(self.scope)
                if type(query) is Skip:
                    lookup.message = query.reason
                    continue
                if self.scope.tracing is not None:
                    parent = self.scope.tracing.of_lookup(lookup.name)
                    query = replace(cast(Query, query), traceparent=parent)
            except Exception as error:
                log.exception("internal error in making the query %s", call.operation)
                lookup.fail(call, _internal(error))
                continue
            call_and_query = (call, cast(Query, query))
            lookup.queries.append(call_and_query)
            return call_and_query
        return None

    def _finish(self, lookup: RunningLookup) -> None:
        if not lookup.status:
            lookup.close()
        lookup.ended = self.deadline.clock()
        if lookup.status in FAILED:
            self.failed[lookup.name] = lookup
        self.scope.set_result(lookup.name, lookup.status, lookup.record)


def _as_outcome(call: SourceCall, outcome: Any) -> Outcome:
    """Return what a source gave as an outcome; an exception is a failure."""
    if isinstance(outcome, Outcome) and outcome.status in _ANSWERED:
        return outcome
    if isinstance(outcome, BaseException):
        return _outcome_of_error(call, outcome)
    return Outcome("error", code="internal", message="no outcome came")


def _outcome_of_error(call: SourceCall, error: BaseException) -> Outcome:
    if isinstance(error, SourceError):
        return Outcome(error.status, code=error.code, message=str(error))
    if isinstance(error, Exception):
        log.error("internal error in source %s", call.source, exc_info=error)
    return _internal(error)


def _internal(error: BaseException) -> Outcome:
    status = "timeout" if isinstance(error, TimeoutError) else "error"
    return Outcome(status, code="internal", message=type(error).__name__)


def _not_asked(failed: LookupRun) -> Outcome:
    return Outcome(
        failed.status,
        code="not_asked",
        message=f"not asked, since the lookup {failed.name} failed",
    )
