"""The engine: one configuration with its sources, answering data requests.

Both doors of the web room, ``explain``, ``doctor`` and replay use this one. It knows no
web framework and belongs to the event loop in which it was opened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ivrhooks.actions.draft import Accepting
from ivrhooks.answering.answer import Answer, default_answer, make_answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.lookups import Asked
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.sources.asking.source import build_sources

log = logging.getLogger(__name__)


Deliver = Callable[[Answer], None]
"""Whoever takes the answer of one data request; called once, and never raises."""


class Pending(Protocol):
    """An answer that is still waited for."""

    def cancel(self) -> object:
        """Gives it up: nothing is delivered any more."""


class OpenSource(Asked, Protocol):
    """A source as the engine holds it."""

    async def close(self) -> None: ...


class Engine:
    """Answers the data requests of ``configuration`` out of ``sources``.

    ``clock`` is for tests, which turn it by hand; by default times are taken on each
    deadline's own clock. ``now`` gives the moment that templates see, aware of its
    time zone. ``outbox`` takes the actions; without one none is stored.
    """

    def __init__(
        self,
        configuration: Configuration,
        sources: Mapping[str, OpenSource],
        *,
        clock: Clock | None = None,
        now: Callable[[], datetime] | None = None,
        scheduler: FairScheduler | None = None,
        outbox: Accepting | None = None,
    ) -> None:
        self.outbox = outbox
        self.configuration = configuration
        self.sources = sources
        self.scheduler = scheduler or FairScheduler()
        self._clock = clock
        self._now = now
        self._zones = {
            plan.timezone: ZoneInfo(plan.timezone)
            for plan in configuration.plans.values()
        }

    def begin(
        self,
        plan: Plan,
        data_request: DataRequest,
        deadline: Deadline,
        deliver: Deliver,
    ) -> Pending | None:
        """Has one data request answered by ``deadline``; never raises. Called inside
        the running loop.

        ``deliver`` gets the answer: before this returns (None) where nothing has to be
        waited for, else later from the loop.
        """
        work = self.answer(plan, data_request, deadline)
        if plan.mode == "mock" or not (plan.lookups or plan.actions):
            try:
                work.send(None)
            except StopIteration as ended:
                deliver(ended.value)
                return None
            raise RuntimeError("an answer without lookups waits for nothing")
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(lambda done: _deliver(done, deliver))
        return task

    async def answer(
        self,
        plan: Plan,
        data_request: DataRequest,
        deadline: Deadline,
        *,
        deliver_actions: bool = True,
    ) -> Answer:
        """The answer to one data request, by ``deadline``. Never raises: a broken
        contract is a refusal, and a mistake of ours the defaults with status 200.
        ``deliver_actions`` False: none is stored (a test run)."""
        clock = self._clock or deadline.clock
        trace = Trace(
            plan.endpoint,
            data_request.request_id,
            plan.mode,
            started=clock(),
            deadline=deadline.at,
            method=data_request.method,
            path=data_request.path,
            peer=data_request.peer,
        )
        try:
            return await make_answer(
                plan,
                data_request,
                deadline,
                self.sources,
                self._moment(plan),
                trace,
                self.outbox if deliver_actions else None,
            )
        except ContractError as error:
            trace.contract_ended = trace.ended = clock()
            return refuse(plan, error, data_request.request_id, trace)
        except Exception:
            log.exception("endpoint %s: a mistake of ivrhooks", plan.endpoint)
            trace.ended = clock()
            return default_answer(plan, trace, "error", "answer=error")

    def _moment(self, plan: Plan) -> datetime:
        """Now, on the endpoint's own clock on the wall."""
        zone = self._zones.get(plan.timezone) or ZoneInfo(plan.timezone)
        return self._now().astimezone(zone) if self._now else datetime.now(zone)

    async def close(self) -> None:
        """Ends what the sources hold open. No data request may be under way."""
        for source in self.sources.values():
            try:
                await source.close()
            except Exception:
                log.exception("a source did not close cleanly")


async def open_engine(
    configuration: Configuration, outbox: Accepting | None = None
) -> Engine:
    """An engine with its sources, in the running loop. Close it when done; the
    ``outbox`` stays its owner's."""
    scheduler = FairScheduler()
    sources = build_sources(
        configuration.sources,
        shared_cache=configuration.shared_cache,
        scheduler=scheduler,
    )
    return Engine(configuration, sources, scheduler=scheduler, outbox=outbox)


def _deliver(done: asyncio.Task[Answer], deliver: Deliver) -> None:
    if not done.cancelled():
        deliver(done.result())
