"""Runs one data request: contract, lookups, actions, outputs and answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ivrhooks.actions.draft import ActionStore
from ivrhooks.answering import contract
from ivrhooks.answering.actions import accept, before_storing, made_up
from ivrhooks.answering.answer import Answer, after_mistake, answered, degraded
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.lookups import Lookups
from ivrhooks.answering.outputs import Outputs
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import ActionRun, Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.config.plan import Plan
from ivrhooks.resilience.awaited import Awaited
from ivrhooks.resilience.deadline import Clock, Deadline

if TYPE_CHECKING:
    from ivrhooks.answering.compiled import CompiledPlan
    from ivrhooks.answering.engine import Engine

Deliver = Callable[[Answer], None]
"""Takes the answer of one data request; called once, and never raises."""


class AnswerRun:
    """The run of one data request, and the handle to wait for it.

    ``deliver`` gets the answer once, never after ``cancel``. All exceptions end here: a
    broken contract becomes a refusal, an internal error the defaults with status 200.
    ``trace`` is filled step by step, so that a refusal has one too.
    """

    __slots__ = (
        "clock",
        "compiled",
        "deadline",
        "deliver",
        "engine",
        "lookups",
        "outbox",
        "plan",
        "recall_key",
        "scope",
        "storing",
        "trace",
    )

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        trace: Trace,
        clock: Clock,
        deadline: Deadline,
        deliver: Deliver,
    ) -> None:
        self.engine = engine
        self.plan = plan
        self.compiled: CompiledPlan
        self.trace = trace
        self.clock = clock
        self.deadline = deadline
        self.deliver: Deliver | None = deliver
        self.outbox: ActionStore | None = None
        self.scope: RequestScope | None = None
        self.lookups: Lookups | None = None
        self.storing: Awaited[list[ActionRun]] | None = None

    def start(self, request: DataRequest, deliver_actions: bool) -> bool:
        """Begin; return True where the answer has been delivered at once.

        Without ``deliver_actions`` no action is stored.
        """
        if deliver_actions:
            self.outbox = self.engine.outbox
        return self._step(self._check, request)

    def cancel(self) -> None:
        """Stop: the caller is gone, and nothing is delivered any more."""
        self.deliver = None
        if self.lookups is not None:
            self.lookups.cancel()
        if self.storing is not None:
            self.storing.cancel()

    def _step(self, step: Callable[..., Answer | None], *arguments: Any) -> bool:
        """Run one step, which returns the answer, or None where the next step is waited
        for."""
        try:
            answer = step(*arguments)
        except Exception as problem:
            answer = self._failed(problem)
        if answer is None:
            return False
        deliver, self.deliver = self.deliver, None
        if deliver is not None:
            deliver(answer)
        return True

    # ------------------------------------------------------------- the steps

    def _check(self, request: DataRequest) -> Answer | None:
        """Check the contract, then go on with the lookups."""
        plan, trace = self.plan, self.trace
        compiled = self.compiled = self.engine.compiled(plan)
        self.recall_key = request.recall_key
        checked_by = compiled.contract
        trace.warnings = request.warnings
        if checked_by.fitting is not None and not checked_by.fits(request):
            trace.warnings = _with_mismatch(trace.warnings)
        checked = checked_by.check(request)
        if checked.ignored:
            trace.warnings = (*trace.warnings, contract.INVALID_IGNORED)
        trace.inputs = checked.inputs
        if plan.headers:
            trace.headers = checked_by.visible(checked.headers)
        trace.contract_ended = trace.outputs_started = self.clock()
        if compiled.is_mock:
            return self._answer_with(compiled.outputs.fill_mock(checked.inputs))
        if compiled.kept is not None and trace.context is None:
            now = trace.contract_ended
            kept = compiled.kept.find(checked.inputs, checked.headers, now)
            if kept is not None:
                trace.lookups = kept.runs
                return self._answer_with(kept)
        return self._look_up(checked)

    def _look_up(self, checked: contract.Contract) -> Answer | None:
        """Start the lookups, where there are any and no answer is kept."""
        plan, trace, engine = self.plan, self.trace, self.engine
        now = None
        if plan.clock:
            trace.now = now = engine.moment(self.compiled.zone)
        self.scope = scope = RequestScope(
            checked.inputs,
            checked.headers,
            now,
            trace.request_id,
            trace.notes,
        )
        scope.tracing = trace.context
        if plan.mode == "mock":
            scope.values["actions"] = made_up(plan)
            outputs = self.compiled.outputs.fill_mock(checked.inputs, scope)
            return self._answer_with(outputs)
        if not plan.lookups:
            return self._store_actions(scope) if plan.actions else self._fill(scope)
        end = before_storing(plan, self.deadline) if plan.actions else self.deadline
        self.lookups = Lookups(plan, scope, engine.starts, end, engine.deadlines)
        if self.lookups.begin(self._resume):
            return self._after_lookups()
        return None

    def _resume(self) -> None:
        """Continue after lookups that ended later."""
        self._step(self._after_lookups)

    def _after_lookups(self) -> Answer | None:
        """Continue after the lookups."""
        if self.lookups is None or self.scope is None:
            raise RuntimeError("nothing was looked up")
        self.trace.lookups = self.lookups.runs
        self.trace.outputs_started = self.clock()
        return (
            self._store_actions(self.scope)
            if self.plan.actions
            else self._fill(self.scope)
        )

    def _store_actions(self, scope: RequestScope) -> Answer | None:
        """Store the actions before the answer leaves."""
        work = accept(self.plan, scope, self.deadline, self.outbox)
        self.storing = Awaited(work, self._on_stored)
        return None

    def _on_stored(self, result: list[ActionRun] | BaseException) -> None:
        self.storing = None
        self._step(self._after_actions, result)

    def _after_actions(self, result: list[ActionRun] | BaseException) -> Answer:
        if isinstance(result, BaseException) or self.scope is None:
            raise RuntimeError("actions were not stored")
        self.trace.actions = result
        self.trace.outputs_started = self.clock()
        return self._fill(self.scope)

    def _fill(self, scope: RequestScope) -> Answer:
        """Fill the outputs from the results of the lookups."""
        trace = self.trace
        filled = self.compiled.outputs.fill(scope, trace.lookups, trace.actions)
        answer, kept = self._answer_with(filled), self.compiled.kept
        if kept is not None and not (trace.notes or trace.warnings):
            inputs, headers = scope.values["inputs"], scope.values["headers"]
            kept.keep(inputs, headers, self.recall_key, filled)
        return answer

    def _answer_with(self, outputs: Outputs) -> Answer:
        trace = self.trace
        trace.outputs_ended = self.clock()
        reasons = ""
        if trace.lookups or trace.actions:
            reasons = degraded(trace.lookups, trace.actions)
        answer = answered(outputs, trace, reasons)
        trace.ended = self.clock()
        return answer

    def _failed(self, problem: Exception) -> Answer:
        """Return a refusal, or the defaults after an internal error."""
        plan, trace = self.plan, self.trace
        trace.ended = self.clock()
        if isinstance(problem, ContractError):
            trace.contract_ended = trace.ended
            return refuse(plan, problem, trace.request_id, trace)
        return after_mistake(plan, trace, problem)


def _with_mismatch(warnings: Sequence[str]) -> Sequence[str]:
    mismatch = contract.FORMAT_MISMATCH
    return warnings if mismatch in warnings else (*warnings, mismatch)
