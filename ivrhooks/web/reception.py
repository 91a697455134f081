"""Where both doors meet: one configuration, its engine and its gates, ready to answer.

A reload makes a new reception beside the old one and swaps one reference.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from ivrhooks.answering.answer import Answer, overloaded, worst_day
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.telemetry import log_data_request
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.web.guards import Gate, build_gates
from ivrhooks.web.incoming import Message, read_request

CAPACITY = 2000
"""Data requests that one process answers at the same time; the next are answered with
their defaults at once."""

_logger = logging.getLogger("ivrhooks.web")


@dataclass(frozen=True, slots=True)
class Desk:
    """One endpoint: its plan behind its gate."""

    plan: Plan
    gate: Gate


class Reception:
    """Answers the data requests of one configuration. Lives in one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        *,
        clock: Clock = time.monotonic,
        capacity: int = CAPACITY,
    ) -> None:
        self.configuration = configuration
        self.engine = engine
        self.clock = clock
        self.in_flight = 0
        self._capacity = capacity
        gates = build_gates(configuration, clock)
        self._desks = {
            path: Desk(plan, gates[path]) for path, plan in configuration.plans.items()
        }

    def find(self, path: str) -> Desk | None:
        """The endpoint of exactly this path."""
        return self._desks.get(path)

    def deadline(self, plan: Plan) -> Deadline:
        """The moment by which a data request that is complete now is answered."""
        return Deadline.after(plan.deadline, self.clock)

    async def answer(self, desk: Desk, message: Message, deadline: Deadline) -> Answer:
        """The answer of one endpoint, by the deadline, and its line in the log. Never
        raises: a mistake of ours costs the IVR nothing but the values."""
        try:
            answer = await self._answer(desk, message, deadline)
        except Exception:
            _logger.exception("endpoint %s: a mistake of ivrhooks", desk.plan.endpoint)
            answer = defaults(desk.plan, message.request_id)
        log_data_request(answer.trace, answer.status)
        return answer

    async def _answer(self, desk: Desk, message: Message, deadline: Deadline) -> Answer:
        error = desk.gate.refuse_caller(message.peer, message.headers)
        if error is not None:
            return _refuse(
                desk.plan, error, message.request_id, message.method, message.peer
            )
        if self.in_flight >= self._capacity:
            return overloaded(desk.plan, message.request_id)
        self.in_flight += 1
        try:
            request = read_request(desk.plan, message)
            return await self.engine.answer(desk.plan, request, deadline)
        finally:
            self.in_flight -= 1

    def refuse(
        self,
        desk: Desk,
        error: ContractError,
        request_id: str,
        method: str = "",
        peer: str = "",
    ) -> Answer:
        """A refusal before the whole message was read, logged like all."""
        answer = _refuse(desk.plan, error, request_id, method, peer)
        log_data_request(answer.trace, answer.status)
        return answer


def _refuse(
    plan: Plan, error: ContractError, request_id: str, method: str, peer: str
) -> Answer:
    trace = Trace(
        plan.endpoint, request_id, plan.mode, method=method, path=plan.path, peer=peer
    )
    return refuse(plan, error, request_id, trace)


async def open_reception(configuration: Configuration) -> Reception:
    """A reception with an engine of its own; called inside the running loop."""
    return Reception(configuration, await open_engine(configuration))


def defaults(plan: Plan, request_id: str) -> Answer:
    """Status 200 and every output at its default, where we failed ourselves."""
    return worst_day(plan, Trace(plan.endpoint, request_id), "error", "answer=error")
