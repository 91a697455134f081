"""Where both doors meet: one configuration, its engine and its gates, ready to answer.

A reload makes a new reception beside the old one and swaps one reference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from ivrhooks.answering.answer import Answer, default_answer, overloaded
from ivrhooks.answering.description import describe
from ivrhooks.answering.detail import detail
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.telemetry import log_data_request
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.http.access_policy import AccessPolicy, build_policies
from ivrhooks.http.request import Message, read_request
from ivrhooks.http.test_runs.signature import HEADER, verify
from ivrhooks.http.test_runs.test_run import TestRun, answer_test_run
from ivrhooks.http.test_runs.trace_headers import pack
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.loop_lag import LoopLag

CAPACITY = 2000
"""Data requests that one process answers at the same time; the next are answered with
their defaults at once."""

_TEST = HEADER.lower()

CROWD = 50
"""Data requests under way, from which on the loop may be found to be behind."""

BEHIND = 0.25
"""Of a deadline: a turn of the loop that is older answers who comes with defaults, so
that those who came before still get theirs in time."""

_logger = logging.getLogger("ivrhooks.http")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: its plan behind its gate, and the names of its sources."""

    plan: Plan
    policy: AccessPolicy
    sources: frozenset[str]


class AnswerRecorder(Protocol):
    """What a dispatcher tells of each answer, and what test runs need: the console's
    ``token`` and where the sandbox is."""

    token: str
    sandbox_url: str
    now: Callable[[], float]

    def answered(
        self,
        message: Message,
        plan: Plan,
        answer: Answer,
        configuration: Configuration,
        *,
        test: bool = False,
    ) -> None: ...


class Dispatcher:
    """Answers the data requests of one configuration. Lives in one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        *,
        recorder: AnswerRecorder | None = None,
        clock: Clock = time.monotonic,
        capacity: int = CAPACITY,
    ) -> None:
        self.recorder = recorder
        self.opened_at = datetime.now(UTC)
        self.configuration = configuration
        self.engine = engine
        self.clock = clock
        self.in_flight = 0
        self._capacity = capacity
        self._turn = LoopLag(clock)
        policies = build_policies(configuration, clock)
        self._routes = {
            path: Route(plan, policies[path], _asked(plan))
            for path, plan in configuration.plans.items()
        }

    def find(self, path: str) -> Route | None:
        """The endpoint of exactly this path."""
        return self._routes.get(path)

    def test_run(self, route: Route, message: Message) -> TestRun | None:
        """How a test run of the console wants to be asked; None for everybody else."""
        signed = message.headers.get(_TEST)
        if signed is None or self.recorder is None:
            return None
        token, now = self.recorder.token, self.recorder.now()
        return verify(signed, token, endpoint=route.plan.endpoint, now=now)

    def deadline(self, plan: Plan, test_run: TestRun | None = None) -> Deadline:
        """The moment by which a data request is answered that is complete now."""
        own = None if test_run is None else test_run.deadline
        seconds = plan.deadline if own is None else own
        return Deadline.after(seconds, self.clock)

    async def answer(
        self,
        route: Route,
        message: Message,
        deadline: Deadline,
        test_run: TestRun | None = None,
    ) -> Answer:
        """The answer of one endpoint, by the deadline, and its line in the log. Never
        raises: a mistake of ours costs the IVR nothing but the values."""
        try:
            answer = await self._answer(route, message, deadline, test_run)
        except Exception:
            _logger.exception("endpoint %s: a mistake of ivrhooks", route.plan.endpoint)
            answer = defaults(route.plan, message.request_id)
        self._note(route, message, answer, test_run)
        if test_run is None:
            return answer
        try:
            return self._with_trace(answer, test_run)
        except Exception:
            _logger.exception("endpoint %s: no trace", route.plan.endpoint)
            return answer

    async def _answer(
        self,
        route: Route,
        message: Message,
        deadline: Deadline,
        test_run: TestRun | None,
    ) -> Answer:
        error = None
        if test_run is None:  # the console's peer is not the one that will ask
            error = route.policy.refuse_caller(message.peer, message.headers)
        if error is not None:
            return _refuse(route.plan, error, message)
        if self.in_flight >= self._capacity or self._is_behind(route.plan):
            return overloaded(route.plan, message.request_id)
        self.in_flight += 1
        try:
            if self.engine.scheduler.is_deprioritised(route.sources):
                await self.engine.scheduler.turn()
            request = read_request(route.plan, message)
            if test_run is None or self.recorder is None:
                return await self.engine.answer(route.plan, request, deadline)
            return await answer_test_run(
                self.engine,
                route.plan,
                request,
                deadline,
                test_run,
                self.recorder.sandbox_url,
            )
        finally:
            self.in_flight -= 1

    def _is_behind(self, plan: Plan) -> bool:
        """Whether those who have come just now are too many for their deadlines."""
        age = self._turn.age()
        return self.in_flight >= CROWD and age > plan.deadline * BEHIND

    def refuse(self, route: Route, error: ContractError, message: Message) -> Answer:
        """A refusal before the whole message was read, logged like all."""
        answer = _refuse(route.plan, error, message)
        self._note(route, message, answer, None)
        return answer

    def give_up(self, route: Route, message: Message) -> Answer:
        """The defaults for a data request whose answer did not come in time: the loop
        had more to do than it could."""
        answer = overloaded(route.plan, message.request_id)
        self._note(route, message, answer, None)
        return answer

    def _note(
        self, route: Route, message: Message, answer: Answer, test_run: TestRun | None
    ) -> None:
        """Counts and keeps what has been answered, and writes its line in the log."""
        if answer.trace is not None and not answer.trace.peer:
            answer.trace.method, answer.trace.peer = message.method, message.peer
        if self.recorder is not None:
            self.recorder.answered(
                message,
                route.plan,
                answer,
                self.configuration,
                test=test_run is not None,
            )
        log_data_request(answer.trace, answer.status)

    def _with_trace(self, answer: Answer, test_run: TestRun) -> Answer:
        """The answer of a test run, which carries its trace back in headers."""
        if answer.trace is None:
            return answer
        shown = test_run.show_personal
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


async def open_dispatcher(
    configuration: Configuration, recorder: AnswerRecorder | None = None
) -> Dispatcher:
    """A reception with an engine of its own; called inside the running loop."""
    return Dispatcher(
        configuration, await open_engine(configuration), recorder=recorder
    )


def defaults(plan: Plan, request_id: str) -> Answer:
    """Status 200 and every output at its default, where we failed ourselves."""
    return default_answer(
        plan, Trace(plan.endpoint, request_id), "error", "answer=error"
    )
