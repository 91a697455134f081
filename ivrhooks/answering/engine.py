"""The engine: answers data requests with one configuration and its sources.

Both servers, ``explain``, the tests of endpoints and replay use it. It knows no web
framework and belongs to the event loop in which it was opened.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ivrhooks.actions.draft import ActionStore
from ivrhooks.answering.answer import Answer, answered
from ivrhooks.answering.answer_run import AnswerRun, Deliver
from ivrhooks.answering.compiled import CompiledPlan
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.lookups import QueriedSource, start_of
from ivrhooks.answering.trace import Trace
from ivrhooks.answering.trace_context import TraceContext
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.resilience.awaited import UnderWay, outcome_of
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.sources.asking.building import build_sources

log = logging.getLogger(__name__)


Pending = UnderWay
"""An answer that is still being waited for; ``cancel`` gives it up."""


class OpenSource(QueriedSource, Protocol):
    """A source as the engine holds it."""

    async def close(self) -> None: ...


class Engine:
    """Answers the data requests of ``configuration`` from ``sources``.

    ``clock`` is for tests, which advance it by hand; by default each deadline's own
    clock is used. ``now`` returns the time that templates see, with its time zone.
    ``outbox`` stores the actions; without one none is stored.
    """

    def __init__(
        self,
        configuration: Configuration,
        sources: Mapping[str, OpenSource],
        *,
        clock: Clock | None = None,
        now: Callable[[], datetime] | None = None,
        scheduler: FairScheduler | None = None,
        deadlines: Deadlines | None = None,
        outbox: ActionStore | None = None,
    ) -> None:
        self.outbox = outbox
        self.tracer: Callable[[DataRequest], TraceContext] | None = None
        self.configuration = configuration
        self.sources = sources
        self.starts = {name: start_of(source) for name, source in sources.items()}
        self.scheduler = scheduler or FairScheduler()
        self.deadlines = deadlines or Deadlines()
        self._clock = clock
        self._now = now
        self._compiled = {
            id(plan): CompiledPlan(plan, sources)
            for plan in configuration.plans.values()
        }

    def begin(
        self,
        plan: Plan,
        data_request: DataRequest,
        deadline: Deadline,
        deliver: Deliver,
        *,
        deliver_actions: bool = True,
    ) -> Pending | None:
        """Answer one data request by ``deadline``; never raises. Called inside the
        running loop.

        ``deliver`` gets the answer: before this returns (None) where there is nothing
        to wait for, else later from the loop. ``deliver_actions`` False: no action is
        stored (a test run).
        """
        clock = self._clock or deadline.clock
        trace = Trace(
            plan.endpoint,
            data_request.request_id,
            plan.mode,
            clock(),
            deadline.at,
            data_request.method,
            data_request.path,
            data_request.peer,
        )
        if self.tracer is not None:
            trace.context = self.tracer(data_request)
        run = AnswerRun(self, plan, trace, clock, deadline, deliver)
        return None if run.start(data_request, deliver_actions) else run

    def recalls(self, plan: Plan) -> bool:
        """Return whether answers of ``plan`` may be kept."""
        return self.compiled(plan).kept is not None

    def recall(
        self,
        plan: Plan,
        key: Hashable,
        request_id: str,
        method: str,
        peer: str,
        clock: Clock,
    ) -> Answer | None:
        """Return the answer that is kept for ``key`` (``DataRequest.recall_key``), or
        None. Its deadline starts now.
        """
        kept = self.compiled(plan).kept
        if kept is None or self.tracer is not None:
            return None
        clock = self._clock or clock
        now = clock()
        hit = kept.find_by_key(key, now)
        if hit is None:
            return None
        outputs, inputs = hit
        trace = Trace(
            plan.endpoint,
            request_id,
            plan.mode,
            now,
            now + plan.deadline,
            method,
            plan.path,
            peer,
        )
        trace.inputs, trace.lookups = inputs, outputs.runs
        trace.contract_ended = trace.outputs_started = now
        answer = answered(outputs, trace, "")
        trace.outputs_ended = trace.ended = clock()
        return answer

    async def answer(
        self,
        plan: Plan,
        data_request: DataRequest,
        deadline: Deadline,
        *,
        deliver_actions: bool = True,
    ) -> Answer:
        """Return the answer to one data request, as ``begin`` delivers it."""

        def begin(deliver: Deliver) -> Pending | None:
            return self.begin(
                plan, data_request, deadline, deliver, deliver_actions=deliver_actions
            )

        return await outcome_of(begin)

    def beside(
        self,
        plan: Plan,
        sources: Mapping[str, OpenSource],
        *,
        now: Callable[[], datetime] | None = None,
        outbox: ActionStore | None = None,
    ) -> Engine:
        """Return an engine for one data request of ``plan`` that a person watches, with
        other sources or at another time. It has nothing of its own to close."""
        own = Engine(
            replace(self.configuration, plans={plan.path: plan}),
            sources,
            clock=self._clock,
            now=now or self._now,
            scheduler=self.scheduler,
            outbox=outbox,
        )
        own.tracer = self.tracer
        return own

    def compiled(self, plan: Plan) -> CompiledPlan:
        """Return ``plan`` compiled: once with the engine, or now where the plan is not
        one of its configuration."""
        return self._compiled.get(id(plan)) or CompiledPlan(plan, self.sources)

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return the present time in the endpoint's time zone."""
        return self._now().astimezone(zone) if self._now else datetime.now(zone)

    async def close(self) -> None:
        """Close the sources. No data request may be in progress."""
        for name, source in self.sources.items():
            try:
                await source.close()
            except Exception:
                log.exception("source %s: it did not close cleanly", name)


async def open_engine(
    configuration: Configuration,
    outbox: ActionStore | None = None,
    now: Callable[[], datetime] | None = None,
) -> Engine:
    """Return an engine with its sources, in the running loop.

    The caller closes the engine; the ``outbox`` stays its owner's. ``now``: returns the
    time that templates see.
    """
    scheduler, deadlines = FairScheduler(), Deadlines()
    sources = build_sources(
        configuration.sources,
        shared_cache=configuration.shared_cache,
        scheduler=scheduler,
        deadlines=deadlines,
    )
    return Engine(
        configuration,
        sources,
        scheduler=scheduler,
        deadlines=deadlines,
        outbox=outbox,
        now=now,
    )
