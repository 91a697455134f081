"""Dispatches data requests: one configuration, its engine and its access policies.

Both servers use it. A reload makes a new dispatcher and swaps one reference.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from ivrhooks.actions.draft import ActionStore
from ivrhooks.answering.answer import Answer, after_mistake, overloaded
from ivrhooks.answering.answer_run import Deliver
from ivrhooks.answering.engine import Engine, Pending, open_engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.shown.description import describe
from ivrhooks.answering.shown.detail import detail
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.log.telemetry import log_data_request
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.http.access_policy import build_policies
from ivrhooks.http.paths import PathTable
from ivrhooks.http.pending import Counted, Deferred
from ivrhooks.http.request import HttpRequest, read_request, recall_key
from ivrhooks.http.route import Route, route_of
from ivrhooks.http.test_runs.signature import HEADER, verify
from ivrhooks.http.test_runs.test_run import TestRun, answer_test_run
from ivrhooks.http.test_runs.trace_headers import pack
from ivrhooks.resilience.deadline import Clock, Deadline
from ivrhooks.resilience.loop_lag import LoopLag

if TYPE_CHECKING:
    from ivrhooks.store.shared import Shared

CAPACITY = 2000
"""How many data requests one process answers at the same time; further ones get their
defaults at once."""

_TEST = HEADER.lower().encode()

CROWD = 50
"""How many data requests must be in progress before the loop may count as lagging."""

BEHIND = 0.25
"""Fraction of the deadline; when the loop lags by more, new requests get defaults."""

_logger = logging.getLogger("ivrhooks.http")


class AnswerRecorder(Protocol):
    """Records each answer, and gives test runs what they need: the console's ``token``
    and the URL of the sandbox."""

    token: str
    sandbox_url: str
    now: Callable[[], float]

    def answered(
        self,
        request: HttpRequest,
        plan: Plan,
        answer: Answer,
        configuration: Configuration,
        *,
        test: bool = False,
    ) -> None: ...

    def outbox(self, configuration: Configuration) -> ActionStore | None:
        """Return what stores actions."""


class Dispatcher:
    """Answers the data requests of one configuration. Belongs to one event loop."""

    def __init__(
        self,
        configuration: Configuration,
        engine: Engine,
        *,
        recorder: AnswerRecorder | None = None,
        clock: Clock = time.monotonic,
        capacity: int = CAPACITY,
        shared: Shared | None = None,
    ) -> None:
        """``shared``: the Redis at which callers are counted."""
        self.recorder = recorder
        self.opened_at = datetime.now(UTC)
        self.configuration = configuration
        self.engine = engine
        self.clock = clock
        self.in_flight = 0
        self._capacity = capacity
        self._crowd = min(CROWD, capacity)
        self._lag = LoopLag(clock)
        self.shared = shared
        policies = build_policies(configuration, clock, shared)
        self._routes = {
            path: route_of(plan, policies[path], engine)
            for path, plan in configuration.plans.items()
        }
        self.match_target = PathTable(self._routes).match
        """Returns the endpoint of a path as it was received."""

    def match(self, path: str) -> Route | None:
        """Return the endpoint of exactly this path, as the configuration writes it."""
        return self._routes.get(path)

    def test_run(self, route: Route, request: HttpRequest) -> TestRun | None:
        """Return the options of a test run of the console; None for live traffic."""
        if _TEST not in request.fields or self.recorder is None:
            return None
        signed = request.headers[HEADER.lower()]
        token, now = self.recorder.token, self.recorder.now()
        return verify(signed, token, endpoint=route.plan.endpoint, now=now)

    def deadline(self, plan: Plan, test_run: TestRun | None = None) -> Deadline:
        """Return the deadline of a data request that is complete now."""
        seconds = plan.deadline
        if test_run is not None and test_run.deadline is not None:
            seconds = test_run.deadline
        return Deadline(self.clock() + seconds, self.clock)

    def dispatch(
        self,
        route: Route,
        request: HttpRequest,
        deliver: Deliver,
        deadline: Deadline | None = None,
    ) -> Pending | None:
        """Answer a complete request by its deadline, which starts here unless it is
        given, and log it.

        ``deliver`` gets the answer: before this returns (None) where there is nothing
        to wait for, else later from the loop; never where the handle is cancelled by
        ``abandon``. Never raises: after an internal error the IVR gets the defaults.
        """
        together = route.policy.shared is not None and request.problem is None
        if together and _TEST not in request.fields:
            until = deadline or self.deadline(route.plan)
            go_on = partial(self._dispatch, route, request, deliver, until)
            return Counted(self, partial(route.policy.count, request), go_on)
        return self._dispatch(route, request, deliver, deadline)

    def _dispatch(
        self,
        route: Route,
        request: HttpRequest,
        deliver: Deliver,
        deadline: Deadline | None,
        wait: float | None = None,
    ) -> Pending | None:
        """Dispatch a request whose caller has been counted: ``wait`` is the result."""
        plan, test_run, answer = route.plan, None, None
        try:
            if _TEST in request.fields:
                test_run = self.test_run(route, request)
            key = recall_key(request) if route.recalls else None
            answer = self._at_once(route, request, test_run, wait, key)
            if answer is None:
                until = deadline or self.deadline(plan, test_run)
                data_request = read_request(plan, request, key)
        except Exception as problem:
            answer, test_run = _mistake(route, request, problem), None
        if answer is not None:
            self._note(route, request, answer, test_run)
            deliver(answer)
            return None
        self.in_flight += 1
        done = partial(self._done, route, request, test_run, deliver)
        if test_run is not None and self.recorder is not None:
            work = answer_test_run(
                self.engine,
                plan,
                data_request,
                until,
                test_run,
                self.recorder.sandbox_url,
            )
            return _task(work, route, request, done)
        engine = self.engine
        if route.sources and engine.scheduler.is_deprioritised(route.sources):
            begin = partial(engine.begin, plan, data_request, until, done)
            deferred = Deferred(begin)
            engine.scheduler.later(deferred.begin)
            return deferred
        return engine.begin(plan, data_request, until, done)

    def _at_once(
        self,
        route: Route,
        request: HttpRequest,
        test_run: TestRun | None,
        wait: float | None,
        key: Hashable,
    ) -> Answer | None:
        """Return a refusal, or the answer that is kept for ``key``; else None."""
        if self._lag.began is None:
            self._lag.begin()
        busy = self.in_flight >= self._crowd
        if busy or request.problem is not None or not route.policy.is_open:
            answer = self._refusal(route, request, test_run, wait)
            if answer is not None:
                return answer
        if key is None or test_run is not None:
            return None
        identity = request.request_id, request.method, request.peer
        return self.engine.recall(route.plan, key, *identity, self.clock)

    def abandon(self, pending: Pending) -> None:
        """Give up an answer that ``dispatch`` is waiting for."""
        pending.cancel()
        self.in_flight -= 1

    async def answer(
        self, route: Route, request: HttpRequest, deadline: Deadline | None = None
    ) -> Answer:
        """Return the answer of one endpoint, as ``dispatch`` delivers it."""
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        pending = self.dispatch(route, request, partial(_deliver, waiting), deadline)
        if waiting.done():
            return waiting.result()
        try:
            return await waiting
        except asyncio.CancelledError:
            if pending is not None:
                self.abandon(pending)
            raise

    async def close(self) -> None:
        """Close the engine and Redis. No data request may be in progress."""
        await self.engine.close()
        if self.shared is not None:
            await self.shared.close()

    def _refusal(
        self,
        route: Route,
        request: HttpRequest,
        test_run: TestRun | None,
        wait: float | None,
    ) -> Answer | None:
        """Return the answer to a request that is not to be looked up, else None."""
        error = request.problem
        if error is None and test_run is None and not route.policy.is_open:
            # a test run's peer is the console, not the IVR
            error = route.policy.refuse_caller(request, wait)
        if error is not None:
            return _refuse(route.plan, error, request)
        if self.in_flight >= self._crowd and (
            self.in_flight >= self._capacity or self._is_behind(route.plan)
        ):
            return overloaded(route.plan, request.request_id)
        return None

    def _is_behind(self, plan: Plan) -> bool:
        """Return whether the loop lags too far for the deadline of a new request."""
        return self._lag.age() > plan.deadline * BEHIND

    def _done(
        self,
        route: Route,
        request: HttpRequest,
        test_run: TestRun | None,
        deliver: Deliver,
        answer: Answer,
    ) -> None:
        """Take the answer from the engine."""
        self.in_flight -= 1
        self._note(route, request, answer, test_run)
        if test_run is not None:
            try:
                answer = self._with_trace(answer, test_run)
            except Exception:
                _logger.exception("endpoint %s: trace is lost", route.plan.endpoint)
        deliver(answer)

    def give_up(self, route: Route, request: HttpRequest) -> Answer:
        """Return the defaults for a data request whose answer did not come in time
        because the loop was overloaded."""
        answer = overloaded(route.plan, request.request_id)
        self._note(route, request, answer, None)
        return answer

    def _note(
        self,
        route: Route,
        request: HttpRequest,
        answer: Answer,
        test_run: TestRun | None,
    ) -> None:
        """Count and record an answer, and write its log line."""
        trace, recorder = answer.trace, self.recorder
        if trace is not None and not trace.peer:
            trace.method, trace.peer = request.method, request.peer
        try:
            if recorder is not None:
                recorder.answered(
                    request,
                    route.plan,
                    answer,
                    self.configuration,
                    test=test_run is not None,
                )
            log_data_request(trace, answer.status)
        except Exception:
            _logger.exception("endpoint %s: not recorded", route.plan.endpoint)

    def _with_trace(self, answer: Answer, test_run: TestRun) -> Answer:
        """Return the answer of a test run with its trace in headers."""
        if answer.trace is None:
            return answer
        shown = test_run.show_personal
        shown_trace = {
            "result": describe(
                answer.trace, answer, self.configuration, show_personal=shown
            ),
            "detail": detail(answer.trace, self.configuration, show_personal=shown),
        }
        return replace(answer, headers=(*answer.headers, *pack(shown_trace)))


def _deliver(waiting: asyncio.Future[Answer], answer: Answer) -> None:
    if not waiting.done():
        waiting.set_result(answer)


def _task(
    work: Coroutine[Any, Any, Answer],
    route: Route,
    request: HttpRequest,
    done: Deliver,
) -> Pending:
    def deliver(task: asyncio.Task[Answer]) -> None:
        if not task.cancelled():
            problem = task.exception()
            done(_mistake(route, request, problem) if problem else task.result())

    task = asyncio.get_running_loop().create_task(work)
    task.add_done_callback(deliver)
    return task


def _mistake(route: Route, request: HttpRequest, problem: BaseException) -> Answer:
    trace = Trace(route.plan.endpoint, request.request_id)
    return after_mistake(route.plan, trace, problem)


def _refuse(plan: Plan, error: ContractError, request: HttpRequest) -> Answer:
    trace = Trace(
        plan.endpoint,
        request.request_id,
        plan.mode,
        method=request.method,
        path=plan.path,
        peer=request.peer,
    )
    return refuse(plan, error, request.request_id, trace)


async def open_dispatcher(
    configuration: Configuration, recorder: AnswerRecorder | None = None
) -> Dispatcher:
    """Return a dispatcher with its own engine; called inside the running loop."""
    outbox = None if recorder is None else recorder.outbox(configuration)
    engine = await open_engine(configuration, outbox)
    shared = None
    limited = any(plan.security.rate_limit for plan in configuration.plans.values())
    if configuration.shared_cache and limited:
        from ivrhooks.store.shared import Shared  # loads Redis

        shared = Shared(configuration.shared_cache)
        shared.watch()
    return Dispatcher(configuration, engine, recorder=recorder, shared=shared)
