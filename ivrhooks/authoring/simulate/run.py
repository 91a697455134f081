"""Makes a simulated call as the flow would: step by step, over HTTP.

The caller hears nothing during the seconds that the steps take.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ivrhooks.authoring.caller_request import (
    agreed_values,
    all_headers,
    http_request,
    int_of,
)
from ivrhooks.authoring.simulate.call_file import Call, Step
from ivrhooks.basics.errors import SourceError
from ivrhooks.config.plan import OutputRule, Plan
from ivrhooks.sources.interface import Request, Response

Send = Callable[[Request], Response]
"""Sends one request; raises SourceError."""


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of one step.

    ``answer``: the outputs as declared, None without answer or where ``when`` is false;
    ``problems``: what differs from what was expected.
    """

    ask: str
    asked: bool
    status: int | None
    seconds: float
    answer: Mapping[str, Any] | None
    degraded: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallResult:
    """The result of the call. ``problems``: those beside the steps' own."""

    steps: tuple[StepResult, ...]
    route: Any
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything is as expected."""
        return not self.problems and not any(step.problems for step in self.steps)

    @property
    def silent_seconds(self) -> float:
        """How long the caller heard nothing."""
        return sum(step.seconds for step in self.steps)


class _Names:
    """What the templates see; ``note`` records what they could not evaluate."""

    def __init__(self, call: Call) -> None:
        self.answers: dict[str, Mapping[str, Any]] = {}
        self.values: Mapping[str, Any] = {
            "caller": call.caller,
            "answers": self.answers,
        }
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def run_call(
    call: Call, url: str, send: Send, clock: Callable[[], float]
) -> CallResult:
    """Make the call against the server at ``url``. ``clock`` gives seconds."""
    names = _Names(call)
    steps = []
    for step in call.steps:
        result = _run_step(step, call, url, send, clock, names)
        steps.append(result)
        if result.answer is not None:
            names.answers[result.ask] = result.answer
    route = None if call.route is None else call.route(names)
    return CallResult(
        tuple(steps), route, tuple(_route_differences(call, route, names))
    )


def _run_step(
    step: Step,
    call: Call,
    url: str,
    send: Send,
    clock: Callable[[], float],
    names: _Names,
) -> StepResult:
    plan = step.plan
    if step.when is not None and not step.when(names):
        return StepResult(plan.endpoint, False, None, 0.0, None, "", ())
    request = http_request(
        plan, _inputs(step, call, names), all_headers(plan, step.headers), url
    )
    started = clock()
    try:
        response = send(request)
    except SourceError as error:
        seconds = clock() - started
        problem = f"no answer: {error}"
        return StepResult(plan.endpoint, True, None, seconds, None, "", (problem,))
    seconds = clock() - started
    answer = declared_outputs(plan, response.body)
    degraded = response.headers.get("x-ivrhooks-degraded", "")
    problems = tuple(_differences(step, response.status, answer, seconds))
    return StepResult(
        plan.endpoint, True, response.status, seconds, answer, degraded, problems
    )


def _inputs(step: Step, call: Call, names: _Names) -> dict[str, Any]:
    """Return the inputs: the caller's number in each telephone input, agreed values,
    and those of the step."""
    phones = {
        parameter.name: call.caller
        for parameter in step.plan.inputs
        if parameter.format == "phone"
    }
    agreed = agreed_values(step.plan.inputs, ())
    own = {name: value(names) for name, value in step.inputs.items()}
    return {**phones, **agreed, **own}


def declared_outputs(plan: Plan, body: bytes) -> dict[str, Any]:
    """Return the outputs of an answer as declared, whatever the caller's profile.

    Outputs that were left out are missing.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    shape = plan.shape
    for key in shape.under if shape is not None else ():
        answer = answer.get(key) if isinstance(answer, Mapping) else None
    if not isinstance(answer, Mapping):
        return {}
    texts = shape is not None and shape.strings
    return {
        rule.name: _as_declared(rule, answer[rule.name], texts=texts)
        for rule in plan.outputs
        if rule.name in answer
    }


def _as_declared(rule: OutputRule, value: Any, *, texts: bool) -> Any:
    """Return a value with its declared type, where the profile makes each one text."""
    return int_of(value) if texts and rule.type == "int" else value


def _differences(
    step: Step, status: int, answer: Mapping[str, Any], seconds: float
) -> Iterator[str]:
    if status != 200:
        yield f"status: expected 200, came {status}"
    for name, expected in step.expect.items():
        came = answer.get(name)
        if type(came) is not type(expected) or came != expected:
            yield f"{name}: expected {_as_json(expected)}, came {_as_json(came)}"
    if step.within is not None and seconds > step.within:
        yield f"within: expected {step.within:g} s, took {seconds:.3f} s"


def _route_differences(call: Call, route: Any, names: _Names) -> Iterator[str]:
    yield from names.notes
    if call.expects_route and route != call.expect_route:
        yield f"route: expected {_as_json(call.expect_route)}, came {_as_json(route)}"


def _as_json(value: Any) -> str:
    """Return a value as JSON, so that its type is visible."""
    return "left out" if value is None else json.dumps(value, ensure_ascii=False)
