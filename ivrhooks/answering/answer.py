"""The answer to the IVR, made from outputs or defaults."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import field

from ivrhooks.answering.actions import not_stored
from ivrhooks.answering.outputs import Origins, Outputs, all_defaults
from ivrhooks.answering.trace import ActionRun, LookupRun, Trace
from ivrhooks.basics.frozen import frozen
from ivrhooks.config.plan import Plan
from ivrhooks.sources.interface import FAILED

REQUEST_ID = "X-Request-Id"

_logger = logging.getLogger("ivrhooks.answering")

_DEGRADED = FAILED | {"stale"}


@frozen
class Answer:
    """What the IVR gets.

    ``body`` is one line of JSON; the http package adds content type and length.
    ``trace`` describes how the answer was made. ``outputs``: the values as declared,
    before the caller's profile has written them.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...]
    trace: Trace | None = None
    outputs: Mapping[str, int | str] = field(default_factory=dict)


def answered(outputs: Outputs, trace: Trace, reasons: str) -> Answer:
    """Return status 200 with ``outputs`` on one line, within the caller profile's
    size."""
    trace.origins = Origins(outputs, outputs.plan.mode == "mock")
    trace.defaults, trace.degraded = outputs.reasons, reasons
    headers: tuple[tuple[str, str], ...] = ((REQUEST_ID, trace.request_id),)
    if reasons:
        headers = (("X-Ivrhooks-Degraded", reasons), *headers)
    return Answer(200, outputs.write(), headers, trace, outputs.values)


def overloaded(plan: Plan, request_id: str) -> Answer:
    """Return the answer of an overloaded process: every output at its default, at
    once."""
    trace = Trace(plan.endpoint, request_id, method=plan.method, path=plan.path)
    return default_answer(plan, trace, "overload", "answer=overload")


def default_answer(plan: Plan, trace: Trace, because: str, reasons: str) -> Answer:
    """Return every output at its default, status 200, and ``reasons`` in the header."""
    outputs = all_defaults(plan, because)
    return answered(outputs, trace, reasons)


def after_mistake(plan: Plan, trace: Trace, problem: BaseException) -> Answer:
    """Return status 200 with every output at its default, after an internal error."""
    text = "endpoint %s: internal error, defaults were answered"
    _logger.error(text, plan.endpoint, exc_info=problem)
    return default_answer(plan, trace, "error", "answer=error")


def degraded(runs: Sequence[LookupRun], actions: Sequence[ActionRun] = ()) -> str:
    """Return ``name=status`` of each lookup that was asked and failed or is stale, and
    whether actions could not be stored."""
    words: list[str] = []
    for run in runs:
        if run.status != "ok" and run.asked and run.status in _DEGRADED:
            words.append(f"{run.name}={run.status}")
    if actions and (word := not_stored(actions)):
        words.append(word)
    return "; ".join(words)
