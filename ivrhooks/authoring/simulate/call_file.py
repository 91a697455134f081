"""Reads the file of a simulated call: the caller, the data requests, and the route.

It is checked like a configuration: each problem has its file, line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.config.plan import Configuration, Expression, Plan
from ivrhooks.config.reading.report import Document, Location, Report, nearest
from ivrhooks.config.reading.yaml_reader import MAX_BYTES, plain, read_yaml
from ivrhooks.config.schema.declare import Absent, read, schema_of, section, setting
from ivrhooks.config.schema.fields import (
    Any_,
    NestedList,
    Text,
    Values,
    duration,
    needs,
)
from ivrhooks.config.schema.problems import report_messages
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.names import Names

NAMES = ("answers", "caller")
"""What the templates of the file see: the answers so far by endpoint, the caller."""


@section("An entry of `steps:`")
@dataclass(frozen=True, slots=True)
class StepEntry:
    """One data request of the call, as written. ``within``: in seconds."""

    ask: str = setting(
        Text(blank=False, **needs("ask: an-endpoint")), "", "An endpoint's name."
    )
    inputs: Mapping[str, Any] = setting(Values(), dict, "What is sent, by input.")
    headers: Mapping[str, Any] = setting(Values(), dict, "Headers that are sent.")
    expect: Mapping[str, Any] = setting(Values(), dict, "Outputs and their values.")
    within: float | None = setting(duration(), None, "How long it may take.")
    when: Any = setting(Any_(), Absent, "Asked only where this is true.")


@section("The file of a simulated call")
@dataclass(frozen=True, slots=True)
class CallEntry:
    """The whole file, as written."""

    caller: str = setting(
        Text(**needs('caller: "13800000001", in quotes')), "", "Who calls."
    )
    url: str | None = setting(Text(blank=False), None, "Where the server is.")
    steps: tuple[StepEntry, ...] = setting(
        NestedList(StepEntry, **needs("steps: [{ask: an-endpoint}]")),
        (),
        "What the flow asks, in order.",
    )
    route: Any = setting(Any_(), Absent, "Where the call goes, a template.")
    expect_route: Any = setting(Any_(), Absent, "Where it should go.")


@dataclass(frozen=True, slots=True)
class Step:
    """One data request, ready to be sent. ``when``: None where it is always sent."""

    plan: Plan
    inputs: Mapping[str, Expression]
    headers: Mapping[str, str]
    expect: Mapping[str, Any]
    within: float | None
    when: Expression | None


@dataclass(frozen=True, slots=True)
class Call:
    """A simulated call. ``expects_route``: whether the file has ``expect_route``."""

    caller: str
    url: str | None
    steps: tuple[Step, ...]
    route: Expression | None
    expect_route: Any
    expects_route: bool


def read_call(file: Path, configuration: Configuration) -> Call:
    """Return the call of ``file``, over the endpoints of ``configuration``.

    Raises ConfigError with every problem.
    """
    report = Report()
    document = _document(file, report)
    location = Location(report, document)
    entry, messages = read(schema_of(CallEntry), plain(document.root))
    report_messages(messages, location)
    templates = Templates(Names(extra=NAMES))
    steps = [
        _step(step, templates, configuration, location.at("steps", index))
        for index, step in enumerate(entry.steps)
    ]
    route = _expression(entry.route, templates, location.at("route"))
    if report.failed:
        raise ConfigError(report.problems())
    return Call(
        entry.caller,
        entry.url,
        tuple(step for step in steps if step is not None),
        route,
        None if entry.expect_route is Absent else entry.expect_route,
        entry.expect_route is not Absent,
    )


def _document(file: Path, report: Report) -> Document:
    try:
        with file.open("rb") as stream:
            root, problems = read_yaml(stream.read(MAX_BYTES + 1))
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise ConfigError(
            (Problem(message, file=str(file), line=1, column=1),)
        ) from None
    for problem in problems:
        report.add(Problem(problem.message, str(file), problem.line, problem.column))
    if root is None or report.failed:
        raise ConfigError(report.problems())
    return Document(str(file), root)


def _step(
    entry: StepEntry,
    templates: Templates,
    configuration: Configuration,
    location: Location,
) -> Step | None:
    plan = configuration.by_name(entry.ask)
    if plan is None and entry.ask:
        known = [plan.endpoint for plan in configuration.plans.values()]
        hint = nearest(entry.ask, known) or f"; there are: {', '.join(sorted(known))}"
        location.at("ask").error(f"there is no endpoint `{entry.ask}`{hint}")
    _check_names(entry.inputs, plan, "inputs", location)
    _check_names(entry.expect, plan, "outputs", location)
    inputs = {
        name: templates.compile(value, location.at("inputs", name))
        for name, value in entry.inputs.items()
    }
    when = _expression(entry.when, templates, location.at("when"))
    if plan is None:
        return None
    headers = {name: str(value) for name, value in entry.headers.items()}
    return Step(plan, inputs, headers, entry.expect, entry.within, when)


def _check_names(
    names: Mapping[str, Any], plan: Plan | None, what: str, location: Location
) -> None:
    """Report names that the endpoint does not declare."""
    if plan is None:
        return
    declared = [declaration.name for declaration in getattr(plan, what)]
    at = location.at("expect" if what == "outputs" else what)
    for name in names:
        if name not in declared:
            hint = nearest(name, declared) or f"; there are: {', '.join(declared)}"
            message = f"`{name}` is none of the {what} of {plan.endpoint}{hint}"
            at.at(name).error(message, key=True)


def _expression(
    value: Any, templates: Templates, location: Location
) -> Expression | None:
    if value is Absent or value is None:
        return None
    return templates.compile(value, location)
