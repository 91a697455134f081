"""Where both doors meet: one configuration, its engine and its gates, ready to answer.

A reload makes a new reception beside the old one and swaps one reference.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ivrhooks.answering.answer import Answer, overloaded, worst_day
from ivrhooks.answering.description import describe
from ivrhooks.answering.detail import detail
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.telemetry import log_data_request
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.http.access_policy import Gate, build_gates
from ivrhooks.http.request import Message, read_request
from ivrhooks.http.test_runs.signature import HEADER, verify
from ivrhooks.http.test_runs.test_run import Trial, answer_trial
from ivrhooks.http.test_runs.trace_headers import pack
from ivrhooks.observe.request_recorder import Books
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.loop_lag import Turn

CAPACITY = 2000
"""Data requests that one process answers at the same time; the next are answered with
their defaults at once."""

_TEST = HEADER.lower()

CROWD = 50
"""Data requests under way, from which on the loop may be found to be behind."""

BEHIND = 0.25
"""Of a deadline: a turn of the loop that is older answers who comes with defaults, so
that those who came before still get theirs in time."""

_logger = logging.getLogger("ivrhooks.web")


@dataclass(frozen=True, slots=True)
class Desk:
    """One endpoint: its plan behind its gate, and the names of its sources."""

    plan: Plan
    gate: Gate
    sources: frozenset[str]


class Reception:
    """Answers the data requests of one configuration. Lives in one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        *,
        books: Books | None = None,
        clock: Clock = time.monotonic,
        capacity: int = CAPACITY,
    ) -> None:
        self.books = books
        self.opened_at = datetime.now(UTC)
        self.configuration = configuration
        self.engine = engine
        self.clock = clock
        self.in_flight = 0
        self._capacity = capacity
        self._turn = Turn(clock)
        gates = build_gates(configuration, clock)
        self._desks = {
            path: Desk(plan, gates[path], _asked(plan))
            for path, plan in configuration.plans.items()
        }

    def find(self, path: str) -> Desk | None:
        """The endpoint of exactly this path."""
        return self._desks.get(path)

    def trial(self, desk: Desk, message: Message) -> Trial | None:
        """How a test run of the console wants to be asked; None for everybody else."""
        signed = message.headers.get(_TEST)
        if signed is None or self.books is None:
            return None
        token, now = self.books.token, self.books.now()
        return verify(signed, token, endpoint=desk.plan.endpoint, now=now)

    def deadline(self, plan: Plan, trial: Trial | None = None) -> Deadline:
        """The moment by which a data request is answered that is complete now."""
        own = None if trial is None else trial.deadline
        seconds = plan.deadline if own is None else own
        return Deadline.after(seconds, self.clock)

    async def answer(
        self,
        desk: Desk,
        message: Message,
        deadline: Deadline,
        trial: Trial | None = None,
    ) -> Answer:
        """The answer of one endpoint, by the deadline, and its line in the log. Never
        raises: a mistake of ours costs the IVR nothing but the values."""
        try:
            answer = await self._answer(desk, message, deadline, trial)
        except Exception:
            _logger.exception("endpoint %s: a mistake of ivrhooks", desk.plan.endpoint)
            answer = defaults(desk.plan, message.request_id)
        self._note(desk, message, answer, trial)
        if trial is None:
            return answer
        try:
            return self._with_trace(answer, trial)
        except Exception:
            _logger.exception("endpoint %s: no trace", desk.plan.endpoint)
            return answer

    async def _answer(
        self, desk: Desk, message: Message, deadline: Deadline, trial: Trial | None
    ) -> Answer:
        error = None
        if trial is None:  # the console's peer is not the one that will ask
            error = desk.gate.refuse_caller(message.peer, message.headers)
        if error is not None:
            return _refuse(desk.plan, error, message)
        if self.in_flight >= self._capacity or self._is_behind(desk.plan):
            return overloaded(desk.plan, message.request_id)
        self.in_flight += 1
        try:
            if self.engine.courtesy.is_due(desk.sources):
                await self.engine.courtesy.turn()
            request = read_request(desk.plan, message)
            if trial is None or self.books is None:
                return await self.engine.answer(desk.plan, request, deadline)
            return await answer_trial(
                self.engine,
                desk.plan,
                request,
                deadline,
                trial,
                self.books.sandbox_url,
            )
        finally:
            self.in_flight -= 1

    def _is_behind(self, plan: Plan) -> bool:
        """Whether those who have come just now are too many for their deadlines."""
        age = self._turn.age()
        return self.in_flight >= CROWD and age > plan.deadline * BEHIND

    def refuse(self, desk: Desk, error: ContractError, message: Message) -> Answer:
        """A refusal before the whole message was read, logged like all."""
        answer = _refuse(desk.plan, error, message)
        self._note(desk, message, answer, None)
        return answer

    def give_up(self, desk: Desk, message: Message) -> Answer:
        """The defaults for a data request whose answer did not come in time: the loop
        had more to do than it could."""
        answer = overloaded(desk.plan, message.request_id)
        self._note(desk, message, answer, None)
        return answer

    def _note(
        self, desk: Desk, message: Message, answer: Answer, trial: Trial | None
    ) -> None:
        """Counts and keeps what has been answered, and writes its line in the log."""
        if answer.trace is not None and not answer.trace.peer:
            answer.trace.method, answer.trace.peer = message.method, message.peer
        if self.books is not None:
            self.books.answered(
                message, desk.plan, answer, self.configuration, test=trial is not None
            )
        log_data_request(answer.trace, answer.status)

    def _with_trace(self, answer: Answer, trial: Trial) -> Answer:
        """The answer of a test run, which carries its trace back in headers."""
        if answer.trace is None:
            return answer
        shown = trial.show_personal
        told = {
            "result": describe(
                answer.trace, answer, self.configuration, show_personal=shown
            ),
            "detail": detail(answer.trace, self.configuration, show_personal=shown),
        }
        return replace(answer, headers=(*answer.headers, *pack(told)))


def _asked(plan: Plan) -> frozenset[str]:
    return frozenset() if plan.mode == "mock" else plan.sources


def _refuse(plan: Plan, error: ContractError, message: Message) -> Answer:
    trace = Trace(
        plan.endpoint,
        message.request_id,
        plan.mode,
        method=message.method,
        path=plan.path,
        peer=message.peer,
    )
    return refuse(plan, error, message.request_id, trace)


async def open_reception(
    configuration: Configuration, books: Books | None = None
) -> Reception:
    """A reception with an engine of its own; called inside the running loop."""
    return Reception(configuration, await open_engine(configuration), books=books)


def defaults(plan: Plan, request_id: str) -> Answer:
    """Status 200 and every output at its default, where we failed ourselves."""
    return worst_day(plan, Trace(plan.endpoint, request_id), "error", "answer=error")
