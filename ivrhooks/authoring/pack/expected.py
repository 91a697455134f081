"""The expected answers of a pack, from the engine with the real sources as they answer
now.

Values that change with time, that a source did not give, or that are personal are
compared by type or masked. No action is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import Trace
from ivrhooks.authoring.caller_request import data_request, wire_text
from ivrhooks.authoring.examples import REFUSED_WHEN
from ivrhooks.authoring.pack.cases import Case
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.people.personal import mask_as
from ivrhooks.config.answer_shape import AnswerShape
from ivrhooks.config.plan import Configuration, OutputRule, Plan
from ivrhooks.languages.catalogue import because
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import FAILED

LATER = timedelta(days=5, hours=11, minutes=30)
"""A moment of another day of the week and another half of the day: what differs then is
judged by its type alone."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The answer that is expected. ``body`` is the whole answer, less the words of a
    refusal; ``by_type``: outputs of which only the type counts; ``masked``: outputs
    that ``body`` holds masked, each with its kind; ``error`` and ``fields``: a
    refusal's code and the parameters it names; ``actions``: what would be stored."""

    status: int
    body: Mapping[str, Any]
    by_type: tuple[str, ...] = ()
    masked: Mapping[str, str] = field(default_factory=dict)
    error: str = ""
    fields: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()


def expected_answers(
    configuration: Configuration,
    plan: Plan,
    cases: Sequence[Case],
    *,
    show_personal: bool = False,
) -> tuple[list[Expected], list[str]]:
    """Return the answers to ``cases``, and the failed lookups (``name=status``).

    Must not be called inside a running event loop.
    """
    return asyncio.run(_all(configuration, plan, cases, show_personal))


async def _all(
    configuration: Configuration,
    plan: Plan,
    cases: Sequence[Case],
    show_personal: bool,
) -> tuple[list[Expected], list[str]]:
    now = datetime.now(UTC)
    answers = await _answers(configuration, plan, cases, now)
    later = await _answers(configuration, plan, cases, now + LATER)
    failed: dict[str, str] = {}
    for answer in (*answers, *later):
        for run in _trace(answer).lookups:
            if run.status in FAILED:
                failed.setdefault(run.name, f"{run.name}={run.status}")
    expected = [
        _expect(plan, answer, other, show_personal=show_personal)
        for answer, other in zip(answers, later, strict=True)
    ]
    return expected, list(failed.values())


async def _answers(
    configuration: Configuration, plan: Plan, cases: Sequence[Case], now: datetime
) -> list[Answer]:
    engine = await open_engine(configuration, None, lambda: now)
    try:
        return [await _answer(engine, plan, case) for case in cases]
    finally:
        await engine.close()


async def _answer(engine: Engine, plan: Plan, case: Case) -> Answer:
    if case.refusal == "method_not_allowed":
        return refuse(plan, _refusal(case.refusal), "")
    inputs, headers = _as_sent(plan, case.inputs), _as_sent(plan, case.headers)
    request = data_request(plan, inputs, {n: str(v) for n, v in headers.items()})
    if case.refusal:
        request = replace(request, body={}, body_problem=_refusal(case.refusal))
    deadline = Deadline.after(plan.deadline, asyncio.get_running_loop().time)
    return await engine.answer(plan, request, deadline, deliver_actions=False)


def _as_sent(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    if plan.format == "json":
        return dict(values)
    return {name: wire_text(value) for name, value in values.items()}


def _refusal(code: str) -> ContractError:
    return ContractError(code, because("as_said", text=REFUSED_WHEN[code]))


# ------------------------------------------------------------ what is judged, and how


def _expect(
    plan: Plan, answer: Answer, later: Answer, *, show_personal: bool
) -> Expected:
    trace = _trace(answer)
    mask = Mask(plan, show_personal, trace)
    failed = _failed_lookups(answer) | _failed_lookups(later)
    by_type: list[str] = []
    masked: dict[str, str] = {}
    shown = dict(answer.outputs)
    for rule in plan.outputs:
        name, value = rule.name, answer.outputs.get(rule.name)
        if value is None:
            continue
        changes = later.outputs.get(name) != value
        changes = changes or (not trace.error and _depends(plan, rule, failed))
        shown_value = mask.output(name, value)
        if not changes and shown_value == value:
            continue
        if not changes and shown_value == mask_as(rule.pii, value):
            masked[name], shown[name] = rule.pii, shown_value
        else:
            by_type.append(name)
            shown[name] = 0 if rule.type == "int" else ""
    body = orjson.loads(answer.body)
    return Expected(
        answer.status,
        _shown_body(plan, body, shown),
        tuple(by_type),
        masked,
        trace.error,
        tuple(sorted(trace.error_fields)),
        tuple(sorted(_stored_actions(answer) | _stored_actions(later))),
    )


def _trace(answer: Answer) -> Trace:
    assert answer.trace is not None  # noqa: S101 - the engine always traces
    return answer.trace


def _failed_lookups(answer: Answer) -> frozenset[str]:
    """Return the lookups without answer; what depends on them is unknown."""
    runs = _trace(answer).lookups
    return frozenset(run.name for run in runs if run.status in FAILED)


def _stored_actions(answer: Answer) -> set[str]:
    runs = _trace(answer).actions
    return {run.name for run in runs if run.status == "not_delivered"}


def _depends(plan: Plan, rule: OutputRule, failed: frozenset[str]) -> bool:
    """Return whether a value depends on a failure, on the moment, or on an action's
    id."""
    value = rule.value
    if plan.mode == "mock":
        return bool(value is not None and value.actions)
    if value is None:
        return False
    named = _below(plan, value.lookups | value.statuses)
    whens = (
        lookup.when for lookup in plan.lookups if lookup.name in named and lookup.when
    )
    clock = value.clock or any(when.clock for when in whens)
    return bool(value.actions) or clock or bool(named & failed)


def _below(plan: Plan, names: frozenset[str]) -> frozenset[str]:
    """Return these lookups and all that they wait for."""
    waits = {lookup.name: lookup.waits_for for lookup in plan.lookups}
    reached = frozenset().union(
        names, *(waits.get(name, frozenset()) for name in names)
    )
    return reached if reached == names else _below(plan, reached)


def _shown_body(
    plan: Plan, body: Mapping[str, Any], shown: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the body with its outputs as they may be shown, without the refusal's
    words."""
    shape = plan.shape or AnswerShape()
    outputs = {name: str(v) if shape.strings else v for name, v in shown.items()}
    top = {name: value for name, value in body.items() if name != "error"}
    place = top
    for key in shape.under:
        place[key] = dict(place.get(key) or {})
        place = place[key]
    place.update({name: v for name, v in outputs.items() if name in place})
    return top
