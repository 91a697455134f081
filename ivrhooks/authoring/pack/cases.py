"""The ten data requests of a test pack.

They are the endpoint's own tests, what its contract refuses, and what every caller may
send.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import phonenumbers

from ivrhooks.authoring.caller_request import agreed_values
from ivrhooks.authoring.examples import example_of
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Plan
from ivrhooks.config.sobot_fields import PROBE, SECRET_FIELDS

TESTS_FIRST = 6
"""So many of the endpoint's own tests come before everything else."""


@dataclass(frozen=True, slots=True)
class Case:
    """One data request. ``inputs`` and ``headers`` by their declared names, agreed
    values among them; ``method``, ``body`` (with ``content_type``) and ``slash`` are
    what differs from what the IVR would send: "" where nothing does. ``refusal``: the
    code that a server refuses it with before it looks at the parameters."""

    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    body: str = ""
    content_type: str = ""
    slash: str = ""
    refusal: str = ""


def cases_of(plan: Plan) -> Iterator[Case]:
    """Yield more than ten data requests, the most telling first; some may be equal."""
    tests = _tests(plan)
    good = _example(plan)
    yield from islice(tests, TESTS_FIRST)
    yield from _mock_cases(plan, good)
    yield good
    yield from _refused_cases(plan, good)
    yield from tests
    yield from _plain_cases(plan, good)


# ------------------------------------------------------------ what is answered


def _tests(plan: Plan) -> Iterator[Case]:
    """Yield the tests that a live server can be asked: those without ``now`` and
    ``mode``."""
    for test in plan.tests:
        if test.now is None and test.mode in (None, plan.mode):
            inputs = _sent_values(plan.inputs, test.inputs)
            yield Case(str(test.name), inputs, _sent_values(plan.headers, test.headers))


def _sent_values(
    declared: tuple[Parameter, ...], values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a test names, and the agreed values that it leaves out.

    A null is left out, since forms and query strings have none.
    """
    sent = {name: value for name, value in values.items() if value is not None}
    return {**agreed_values(declared, values), **sent}


def _example(plan: Plan) -> Case:
    made = {
        place: {
            parameter.name: parameter.equals
            if parameter.equals is not None
            else example_of(parameter, plan)
            for parameter in declared
        }
        for place, declared in (("inputs", plan.inputs), ("headers", plan.headers))
    }
    headers = {name: value for name, value in made["headers"].items() if value != ""}
    return Case("Every parameter has a value", made["inputs"], headers)


def _mock_cases(plan: Plan, good: Case) -> Iterator[Case]:
    if plan.mode != "mock":
        return
    for rule in plan.mock:
        if rule.when:
            conditions = ", ".join(
                f"{name} {value}" for name, value in rule.when.items()
            )
            yield _with(good, f"The answer for {conditions}", rule.when)


def _plain_cases(plan: Plan, good: Case) -> Iterator[Case]:
    """Yield variations that change nothing, and methods that no endpoint has."""
    for parameter in plan.inputs:
        if parameter.format == "phone":
            yield from _notation_cases(plan, parameter, good)
    name = "A parameter that is not declared is ignored"
    yield _with(good, name, {"ivrhooks_undeclared": "1"})
    yield replace(good, name="One slash more at the end is the same path", slash="/")
    yield replace(good, name="And so are two slashes", slash="//")
    name = "What the IVR adds by itself is ignored"
    own = {key: value for key, value in PROBE.items() if key not in SECRET_FIELDS}
    yield _with(good, name, {key: value for key, value in own.items() if value})
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "GET", "POST"):
        if method != plan.method:
            name = f"{method} is refused"
            yield replace(good, name=name, method=method, refusal="method_not_allowed")


def _notation_cases(plan: Plan, parameter: Parameter, good: Case) -> Iterator[Case]:
    yield _with(good, "A withheld number is no error", {parameter.name: "anonymous"})
    number = str(good.inputs[parameter.name])
    region = plan.region or "CN"
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    yield _with(good, "The number with its country code", {parameter.name: e164})


def _with(good: Case, name: str, inputs: Mapping[str, Any]) -> Case:
    return replace(good, name=name, inputs={**good.inputs, **inputs})


# ------------------------------------------------------------- what is refused


def _refused_cases(plan: Plan, good: Case) -> Iterator[Case]:
    yield from _wrong_cases(plan, good, "headers", plan.headers)
    yield from _wrong_cases(plan, good, "inputs", plan.inputs)
    if plan.method != "POST":
        return
    cut = "JSON that is cut is refused"
    yield replace(
        good, name=cut, body='{"', content_type="application/json",
        refusal="unreadable_body",
    )  # fmt: skip
    yield replace(
        good, name="XML is refused", body="<call/>", content_type="application/xml",
        refusal="unsupported_media_type",
    )  # fmt: skip


def _wrong_cases(
    plan: Plan, good: Case, place: str, declared: tuple[Parameter, ...]
) -> Iterator[Case]:
    """Yield each way to break the contract at one of the parameters, once."""
    good_values = getattr(good, place)
    broken: set[str] = set()
    for parameter in declared:
        if parameter.segment:
            continue
        for word, breach, value in _breaches(parameter):
            if word in broken:
                continue
            broken.add(word)
            values = {
                name: item
                for name, item in good_values.items()
                if name != parameter.name
            }
            values.update({} if value is None else {parameter.name: value})
            name = f"{parameter.wire}: {breach}"
            changed: Mapping[str, Any] = {place: values}
            yield replace(good, name=name, **changed)


def _breaches(parameter: Parameter) -> Iterator[tuple[str, str, Any]]:
    """Yield a name of the breach, its description, and the value; None: left out."""
    if parameter.equals is not None:
        yield "agreed", "another value than the agreed one", "wrong-value"
        return
    if parameter.required:
        yield "missing", "missing", None
    for word, (is_broken, breach, value) in _LIMITS.items():
        if is_broken(parameter):
            yield word, breach, value(parameter)


_LIMITS: Mapping[
    str, tuple[Callable[[Parameter], bool], str, Callable[[Parameter], Any]]
] = {
    "enum": (
        lambda parameter: bool(parameter.enum) and parameter.type == "string",
        "none of its values",
        lambda parameter: "none-of-them",
    ),
    "int": (
        lambda parameter: parameter.type == "int",
        "no number",
        lambda parameter: "x",
    ),
    "min": (
        lambda parameter: parameter.min is not None,
        "below its minimum",
        lambda parameter: (parameter.min or 0) - 1,
    ),
    "max": (
        lambda parameter: parameter.max is not None,
        "over its maximum",
        lambda parameter: (parameter.max or 0) + 1,
    ),
    "max_length": (
        lambda parameter: parameter.max_length is not None and not parameter.enum,
        "too long",
        lambda parameter: "x" * ((parameter.max_length or 0) + 1),
    ),
}
