"""A data request on its way: contract, lookups, actions, outputs and answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from ivrhooks.actions.draft import Accepting
from ivrhooks.answering import contract
from ivrhooks.answering.actions import accept, before_storing, made_up
from ivrhooks.answering.answer import Answer, answered, default_answer, degraded
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.lookups import Lookups, Start
from ivrhooks.answering.outputs import Outputs, fill, fill_mock
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import ActionRun, Trace, visible
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Plan
from ivrhooks.resilience.awaited import Awaited
from ivrhooks.resilience.deadline import Clock, Deadline

log = logging.getLogger(__name__)

Deliver = Callable[[Answer], None]
"""Whoever takes the answer of one data request; called once, and never raises."""


class AnswerRun:
    """A data request on its way to its answer; the handle of one that is waited for.

    ``deliver`` gets the answer once, never after ``cancel``. This is the one safety net
    there is: a broken contract is a refusal, and a mistake of ours the defaults with
    status 200. ``trace`` is filled on the way, so that a refusal has one too. Without
    an ``outbox`` no action is stored.
    """

    __slots__ = (
        "clock",
        "deadline",
        "deliver",
        "lookups",
        "outbox",
        "plan",
        "scope",
        "storing",
        "trace",
    )

    def __init__(
        self,
        plan: Plan,
        trace: Trace,
        clock: Clock,
        deadline: Deadline,
        deliver: Deliver,
        outbox: Accepting | None = None,
    ) -> None:
        self.plan = plan
        self.trace = trace
        self.clock = clock
        self.deadline = deadline
        self.deliver: Deliver | None = deliver
        self.outbox = outbox
        self.scope: RequestScope | None = None
        self.lookups: Lookups | None = None
        self.storing: Awaited[list[ActionRun]] | None = None

    def start(
        self,
        request: DataRequest,
        sources: Mapping[str, Start],
        moment: Callable[[Plan], datetime],
    ) -> bool:
        """Begins; True where the answer has been delivered at once."""
        return self._step(partial(self._check, request, sources, moment))

    def cancel(self) -> None:
        """The caller is gone: nothing is delivered any more."""
        self.deliver = None
        if self.lookups is not None:
            self.lookups.cancel()
        if self.storing is not None:
            self.storing.cancel()

    def _step(self, step: Callable[[], Answer | None]) -> bool:
        """Takes one step, which gives the answer or has begun to wait for the next."""
        try:
            answer = step()
        except Exception as problem:
            answer = self._failed(problem)
        if answer is None:
            return False
        deliver, self.deliver = self.deliver, None
        if deliver is not None:
            deliver(answer)
        return True

    # ------------------------------------------------------------- the steps

    def _check(
        self,
        request: DataRequest,
        sources: Mapping[str, Start],
        moment: Callable[[Plan], datetime],
    ) -> Answer | None:
        """Contract, then lookups."""
        plan, trace = self.plan, self.trace
        trace.warnings = _warnings(plan, request)
        checked = contract.check(plan, request)
        if checked.ignored:
            trace.warnings = (*trace.warnings, contract.INVALID_IGNORED)
        trace.inputs = checked.inputs
        if plan.headers:
            trace.headers = visible(checked.headers, plan)
        trace.contract_ended = trace.outputs_started = self.clock()
        if plan.mode == "mock" and not plan.actions:
            return self._answered(fill_mock(plan, checked.inputs))
        self.scope = scope = RequestScope(
            checked.inputs,
            checked.headers,
            moment(plan),
            request.request_id,
            trace.notes,
        )
        if plan.mode == "mock":
            scope.values["actions"] = made_up(plan)
            return self._answered(fill_mock(plan, checked.inputs, scope))
        if not plan.lookups:
            return self._stored(scope)
        end = before_storing(plan, self.deadline)
        self.lookups = Lookups(plan, scope, sources, end)
        if self.lookups.begin(partial(self._step, self._looked_up)):
            return self._looked_up()
        return None

    def _looked_up(self) -> Answer | None:
        """The lookups have ended."""
        if self.lookups is None or self.scope is None:
            raise RuntimeError("nothing was looked up")
        self.trace.lookups = self.lookups.runs
        self.trace.outputs_started = self.clock()
        return self._stored(self.scope)

    def _stored(self, scope: RequestScope) -> Answer | None:
        """Actions are stored, where there are any."""
        if not self.plan.actions:
            return self._filled(scope)
        work = accept(self.plan, scope, self.deadline, self.outbox)
        self.storing = Awaited(work, self._accepted)
        return None

    def _accepted(self, result: list[ActionRun] | BaseException) -> None:
        self.storing = None
        self._step(partial(self._filled_after, result))

    def _filled_after(self, result: list[ActionRun] | BaseException) -> Answer:
        if isinstance(result, BaseException) or self.scope is None:
            raise RuntimeError("actions were not stored")
        self.trace.actions = result
        self.trace.outputs_started = self.clock()
        return self._filled(self.scope)

    def _filled(self, scope: RequestScope) -> Answer:
        """Outputs out of what the lookups gave."""
        trace = self.trace
        return self._answered(fill(self.plan, scope, trace.lookups, trace.actions))

    def _answered(self, outputs: Outputs) -> Answer:
        trace = self.trace
        trace.outputs_ended = self.clock()
        answer = answered(outputs, trace, degraded(trace.lookups, trace.actions))
        trace.ended = self.clock()
        return answer

    def _failed(self, problem: Exception) -> Answer:
        """A refusal, or the defaults where the mistake is ours."""
        plan, trace = self.plan, self.trace
        trace.ended = self.clock()
        if isinstance(problem, ContractError):
            trace.contract_ended = trace.ended
            return refuse(plan, problem, trace.request_id, trace)
        name = plan.endpoint
        log.error("endpoint %s: a mistake of ivrhooks", name, exc_info=problem)
        return default_answer(plan, trace, "error", "answer=error")


def _warnings(plan: Plan, request: DataRequest) -> Sequence[str]:
    found = request.warnings
    if contract.FORMAT_MISMATCH in found or not contract.mismatched(plan, request):
        return found
    return (*found, contract.FORMAT_MISMATCH)
