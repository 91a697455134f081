"""The answer: contract, lookups, outputs, strung together on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from ivrhooks.actions.draft import Accepting
from ivrhooks.answering import contract
from ivrhooks.answering.actions import accept, before_storing, made_up, not_stored
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.lookups import Asked, Lookups
from ivrhooks.answering.outputs import (
    Origins,
    Outputs,
    all_defaults,
    fill,
    fill_mock,
    fit,
)
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import ActionRun, LookupRun, Trace, visible
from ivrhooks.config.plan import Plan
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import FAILED


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the IVR: ``body`` is one line of JSON; content type and length
    are added by the web room. ``trace`` says how it came about."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    trace: Trace | None = None


async def make_answer(
    plan: Plan,
    request: DataRequest,
    deadline: Deadline,
    sources: Mapping[str, Asked],
    now: datetime,
    trace: Trace,
    outbox: Accepting | None = None,
) -> Answer:
    """A data request on its way to its answer. Raises ContractError.

    ``trace`` is filled on the way, so that a refusal has one too. Without an
    ``outbox`` no action is stored.
    """
    trace.warnings = _warnings(plan, request)
    checked = contract.check(plan, request)
    if checked.ignored:
        trace.warnings = (*trace.warnings, contract.INVALID_IGNORED)
    trace.inputs = checked.inputs
    trace.headers = visible(checked.headers, plan) if plan.headers else {}
    trace.contract_ended = trace.outputs_started = deadline.clock()
    if plan.mode == "mock" and not plan.actions:
        return _ended(fill_mock(plan, checked.inputs), deadline, trace)
    scope = RequestScope(
        checked.inputs, checked.headers, now, request.request_id, trace.notes
    )
    if plan.mode == "mock":
        scope.values["actions"] = made_up(plan)
        outputs = fill_mock(plan, checked.inputs, scope)
    else:
        if plan.lookups:
            end = before_storing(plan, deadline)
            trace.lookups = await Lookups(plan, scope, sources, end).run()
            trace.outputs_started = deadline.clock()
        if plan.actions:
            trace.actions = await accept(plan, scope, deadline, outbox)
            trace.outputs_started = deadline.clock()
        outputs = fill(plan, scope, trace.lookups, trace.actions)
    return _ended(outputs, deadline, trace)


def _ended(outputs: Outputs, deadline: Deadline, trace: Trace) -> Answer:
    trace.outputs_ended = deadline.clock()
    answer = answered(outputs, trace, degraded(trace.lookups, trace.actions))
    trace.ended = deadline.clock()
    return answer


def answered(outputs: Outputs, trace: Trace, reasons: str) -> Answer:
    """Status 200 with ``outputs``, on one line, within the caller profile's size."""
    plan = outputs.plan
    trace.origins = Origins(outputs, mocked=plan.mode == "mock")
    trace.defaults, trace.degraded = outputs.reasons, reasons
    body = orjson.dumps(outputs.values)
    if plan.size_limit is not None:
        body = fit(body, outputs.values, plan.size_limit)
    headers: tuple[tuple[str, str], ...] = (("X-Request-Id", trace.request_id),)
    if reasons:
        headers = (("X-Ivrhooks-Degraded", reasons), *headers)
    return Answer(200, body, headers, trace)


def overloaded(plan: Plan, request_id: str) -> Answer:
    """The answer at once where there is no room for another data request."""
    trace = Trace(plan.endpoint, request_id, method=plan.method, path=plan.path)
    return default_answer(plan, trace, "overload", "answer=overload")


def default_answer(plan: Plan, trace: Trace, because: str, reasons: str) -> Answer:
    """Every output at its default, status 200, and ``reasons`` in the header."""
    outputs = all_defaults(plan, because)
    return answered(outputs, trace, reasons)


def degraded(runs: Sequence[LookupRun], actions: Sequence[ActionRun] = ()) -> str:
    """``name=status`` of each lookup that was asked and failed, or is stale, and
    whether actions could not be stored."""
    words = [
        f"{run.name}={run.status}"
        for run in runs
        if run.asked and (run.status in FAILED or run.status == "stale")
    ]
    if actions and (word := not_stored(actions)):
        words.append(word)
    return "; ".join(words)


def _warnings(plan: Plan, request: DataRequest) -> Sequence[str]:
    found = request.warnings
    if contract.FORMAT_MISMATCH in found or not contract.mismatched(plan, request):
        return found
    return (*found, contract.FORMAT_MISMATCH)
