"""Describes a trace as steps, as the console and ``explain`` show it.

Secrets are always hidden; personal data is hidden unless the reader may see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.shown.causes import cause_of
from ivrhooks.answering.shown.exchanges import Exchanges
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import ActionRun, LookupRun, Origin, Trace
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.languages.catalogue import Reason, because
from ivrhooks.sources.interface import FAILED


def describe(
    trace: Trace,
    answer: Answer,
    configuration: Configuration,
    *,
    show_personal: bool = False,
    mask: Mask | None = None,
) -> dict[str, Any]:
    """Return the result of the console's API test and of ``explain --json``: each step
    with its milliseconds, each output with its origin, and the answer to the IVR.

    A step's ``step`` and ``name`` are the same text. A lookup's step also has
    ``status``, ``message``, ``cause``, the source's ``timeout_ms``, the ``links`` of a
    chain, what was ``picked``, and ``request`` and ``response`` where the request was
    watched. The step of the contract has ``warnings``, and ``refused`` and ``reasons``
    for a refusal; that of the outputs has ``notes``. An endpoint with actions has
    ``actions`` beside the outputs. Secrets are always hidden. Unless ``show_personal``,
    each value is masked by its kind; in the final result only numbers and e-mail
    addresses are.
    """
    plan = configuration.by_name(trace.endpoint)
    mask = mask or Mask(plan, show_personal, trace)
    body = orjson.loads(answer.body)
    shown = mask.final(body)
    return {
        "success": answer.status == 200 and not (trace.degraded or trace.error),
        "config": configuration.fingerprint,
        "elapsed_ms": _milliseconds(trace.ended - trace.started),
        "operations": list(_operations(trace, answer, configuration, mask)),
        "outputs": [_output(origin, mask) for origin in trace.origins],
        **_actions(trace, mask),
        "finalResult": {
            "status": answer.status,
            "body": shown,
            "text": (answer.body if shown == body else orjson.dumps(shown)).decode(),
        },
    }


def _operations(
    trace: Trace, answer: Answer, configuration: Configuration, mask: Mask
) -> Iterator[dict[str, Any]]:
    start = trace.started
    plan = configuration.by_name(trace.endpoint)
    exchanges = Exchanges(trace, configuration, mask)
    refused = _refusal(trace)
    params = {
        "inputs": mask.parameters(trace.inputs, plan.inputs if plan else ()),
        "headers": mask.parameters(trace.headers, plan.headers if plan else ()),
    }
    ended = trace.contract_ended or trace.ended
    step = _step("contract", start, start, ended, refused, None if refused else params)
    yield {
        **step,
        "warnings": list(trace.warnings),
        "refused": trace.error,
        "reasons": [mask.reason(reason.packed()) for reason in _reasons(trace)],
    }
    for run in trace.lookups:
        failed = run.status in FAILED
        error = f"{run.status}: {mask.text(run.message)}".rstrip(": ") if failed else ""
        step = _step(
            _named(run, plan), start, run.started, run.ended, error, mask.result(run)
        )
        yield {
            **step,
            "status": run.status,
            "message": mask.text(run.message),
            "cause": cause_of(run),
            "timeout_ms": _timeout(run, configuration),
            "links": _links(run, plan, exchanges),
            "picked": _picked(run, mask),
            **exchanges.decisive(run),
        }
    if trace.actions:
        yield _actions_step(trace, start)
    if not refused:
        values = {
            origin.name: mask.output(origin.name, origin.value)
            for origin in trace.origins
            if origin.value is not None
        }
        began, over = trace.outputs_started, trace.outputs_ended
        step = _step("outputs", start, began, over, "", values)
        yield {**step, "notes": [mask.text(note) for note in trace.notes]}
    began = trace.outputs_ended or ended
    result = {"status": answer.status, "bytes": len(answer.body)}
    yield _step("answer", start, began, trace.ended, trace.degraded, result)


def _timeout(run: LookupRun, configuration: Configuration) -> float | None:
    """Return the ``timeout`` of the source that decided the lookup, in milliseconds."""
    source = configuration.sources.get(run.source)
    seconds = source.timeout if source is not None else None
    return None if seconds is None else _milliseconds(seconds)


def _links(
    run: LookupRun, plan: Plan | None, exchanges: Exchanges
) -> list[dict[str, Any]]:
    """Return the result of each source of a chain: which one hit, which were not
    asked."""
    lookups = plan.lookups if plan is not None else ()
    lookup = next((lookup for lookup in lookups if lookup.name == run.name), None)
    if lookup is None or len(lookup.calls) < 2:
        return []
    queried = [call for call, _ in run.queries]
    queries = {id(call): query for call, query in run.queries}
    statuses = [outcome.status for outcome in run.outcomes]
    outcomes = {
        id(call): statuses[index] if index < len(statuses) else "timeout"
        for index, call in enumerate(queried)
    }
    last = max(
        (lookup.calls.index(call) for call in queried), default=len(lookup.calls)
    )
    return [
        {
            "source": call.source,
            "operation": call.operation,
            "status": outcomes.get(
                id(call), "skipped" if index < last else "not_asked"
            ),
            **(exchanges.of(call, queries[id(call)]) if id(call) in queries else {}),
        }
        for index, call in enumerate(lookup.calls)
    ]


def _picked(run: LookupRun, mask: Mask) -> dict[str, Any] | None:
    """Return which of several records was taken, and by what rule."""
    outcome = run.outcome
    if outcome is None or outcome.picked_of is None or not run.queries:
        return None
    record = run.record if isinstance(run.record, Mapping) else {}
    names = (name for name in ("id", "_id", "uId", "call_uuid") if name in record)
    identity = next(names, None)
    shown = mask.result(run)
    value = shown.get(identity) if isinstance(shown, Mapping) and identity else None
    return {"pick": run.queries[-1][1].pick, "of": outcome.picked_of, "took": value}


def _actions_step(trace: Trace, start: float) -> dict[str, Any]:
    """Return the step that stores the actions of the data request."""
    lost = [run for run in trace.actions if run.status == "not_stored"]
    error = f"not_stored: {lost[0].message}" if lost else ""
    began, ended = trace.actions[0].started, trace.actions[0].ended
    statuses = {run.name: run.status for run in trace.actions}
    return _step("actions", start, began, ended, error, statuses)


def _refusal(trace: Trace) -> str:
    """Return why the data request was refused, on one line; "" where it was not."""
    problems = trace.error_fields.items()
    texts = [f"{name}: {', '.join(map(str, reasons))}" for name, reasons in problems]
    return ": ".join(filter(None, [trace.error, "; ".join(texts)]))


def _reasons(trace: Trace) -> Iterator[Reason]:
    """Yield the same reasons for readers of any language."""
    for name, reasons in trace.error_fields.items():
        for reason in reasons:
            yield because("of", name=name, said=reason)
    if not trace.error_fields and trace.error_reason is not None:
        yield trace.error_reason


def _step(
    name: str, start: float, began: float, ended: float, error: str, result: Any
) -> dict[str, Any]:
    return {
        "step": name,
        "name": name,
        "success": not error,
        "start_ms": _milliseconds(began - start),
        "elapsed_ms": _milliseconds(ended - began),
        "result": result,
        "error": error or None,
    }


def _named(run: LookupRun, plan: Plan | None) -> str:
    """Return ``<lookup> <source>.<operation>``, with the first link where none was
    asked."""
    if run.source:
        return f"{run.name} {run.source}.{run.operation}"
    for lookup in plan.lookups if plan else ():
        if lookup.name == run.name and lookup.calls:
            return f"{run.name} {lookup.calls[0].source}.{lookup.calls[0].operation}"
    return run.name


def _output(origin: Origin, mask: Mask) -> dict[str, Any]:
    return {
        "name": origin.name,
        "type": origin.type,
        "value": mask.output(origin.name, origin.value),
        "origin": origin.origin,
        "because": origin.because,
        "source": origin.source,
        "path": origin.path,
    }


def _actions(trace: Trace, mask: Mask) -> dict[str, Any]:
    """Return the results of the actions, where the endpoint has any."""
    if not trace.actions:
        return {}
    return {"actions": [_action(run, mask) for run in trace.actions]}


def _action(run: ActionRun, mask: Mask) -> dict[str, Any]:
    return {
        "name": run.name,
        "source": run.source,
        "operation": run.operation,
        "status": run.status,
        "id": run.id,
        "message": mask.text(run.message),
        "params": mask.written(run),
        "key": mask(run.key),
        "order": mask(run.order),
    }


def _milliseconds(seconds: float) -> float:
    return round(max(0.0, seconds) * 1000, 3)
