"""Evaluates one template over given results: its value, what it read, and why.

It is compiled and evaluated like one of a configuration, with the names of one endpoint
or, without one, with any names. No source is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateError

from ivrhooks.answering.contract import check
from ivrhooks.answering.scope import HeaderValues, RequestScope
from ivrhooks.authoring.template_places import PlacedError, placed
from ivrhooks.authoring.tests.runner import data_request
from ivrhooks.basics.time_zones import zone
from ivrhooks.basics.values import to_int, to_text
from ivrhooks.config.plan import Configuration, Expression, Plan
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.filters import TemplateContext
from ivrhooks.config.templates.names import RESERVED, Names
from ivrhooks.config.templates.paths import plain_path
from ivrhooks.languages.catalogue import Reason, because
from ivrhooks.sources.interface import FAILED


class CannotTry(Exception):
    """The request does not fit the template: why, and what to send."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ReadField:
    """One field that a template reads: whether the results have it, and its value."""

    name: str
    found: bool
    value: Any = None


@dataclass(frozen=True, slots=True)
class TryResult:
    """What became of a template. ``value`` is None for "no value"; ``because``: why
    (``no_value``, or the status of a lookup that failed); ``as_int`` and ``as_text``:
    what an output of that type would have."""

    value: Any = None
    because: str = ""
    as_int: int | None = None
    as_text: str | None = None
    read: tuple[ReadField, ...] = ()
    notes: tuple[str, ...] = ()
    errors: tuple[PlacedError, ...] = ()


@dataclass(frozen=True, slots=True)
class TryRequest:
    """A template and what it is tried over. ``record``: the result of one lookup, or of
    several by their names; ``{"fail": "timeout"}`` stands for a failure. ``lookup``:
    whose result it is, "" for the only one that the template names."""

    template: str
    record: Any = None
    lookup: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None


def try_template(
    request: TryRequest, configuration: Configuration, plan: Plan | None
) -> TryResult:
    """Compile and evaluate the template.

    Raises CannotTry, and ContractError where inputs of the endpoint cannot be read.
    """
    timezone = zone(plan.timezone if plan is not None else "UTC")
    template_context = TemplateContext(
        configuration.calendars, configuration.region, timezone
    )
    names = (
        _names(plan, configuration)
        if plan is not None
        else _names_in_template(request.template)
    )
    names = replace(names, template_context=template_context)
    report = Report()
    location = Location(report, Document("", Node(request.template, 1, 1)))
    expression = Templates(names).compile(request.template, location)
    if report.failed:
        errors = [
            placed(request.template, problem.message, problem.line)
            for problem in report.problems()
        ]
        return TryResult(errors=tuple(errors))
    scope = _scope(request, plan, request.now or datetime.now(timezone))
    read = expression.lookups | expression.statuses
    for name, record in _results(request, sorted(read), names.lookups).items():
        status, result = _outcome(record)
        scope.set_result(name, status, result)
    return _evaluate(request.template, expression, scope, names)


def _evaluate(
    template: str, expression: Expression, scope: RequestScope, names: Names
) -> TryResult:
    value = expression(scope)
    empty = {""}.union(*(names.empty.get(lookup, ()) for lookup in expression.lookups))
    failed = [
        scope.statuses[lookup]["status"]
        for lookup in names.lookups
        if lookup in expression.lookups and scope.statuses[lookup]["status"] in FAILED
    ]
    if failed or value is None or (isinstance(value, str) and value in empty):
        because, value = failed[0] if failed else "no_value", None
    else:
        because = ""
    return TryResult(
        value,
        because,
        to_int(value),
        None if value is None else to_text(value),
        tuple(_read_fields(template, scope, names)),
        tuple(scope.notes),
    )


# ------------------------------------------------------------------------- names


def _names(plan: Plan, configuration: Configuration) -> Names:
    """Return the names that templates of an endpoint can use."""
    empty = {
        lookup.name: frozenset[str]().union(
            *(configuration.sources[call.source].empty for call in lookup.calls)
        )
        for lookup in plan.lookups
    }
    return Names(
        inputs=tuple(parameter.name for parameter in plan.inputs),
        headers=tuple(parameter.name for parameter in plan.headers),
        lookups=tuple(lookup_plan.name for lookup_plan in plan.lookups),
        empty=empty,
    )


def _names_in_template(template: str) -> Names:
    """Return the names that a template uses, each taken as valid."""
    try:
        tree = Environment(autoescape=True).parse(template)
    except (TemplateError, RecursionError):
        return Names()
    stored = {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
    roots = {name.name for name in tree.find_all(nodes.Name)} - stored
    roots -= {*RESERVED, *Environment(autoescape=True).globals}
    by_root: dict[str, set[str]] = {"inputs": set(), "headers": set(), "lookups": set()}
    for path in _paths(tree):
        if len(path) > 1 and path[0] in by_root:
            by_root[str(path[0])].add(str(path[1]))
    lookups = sorted({*roots, *by_root["lookups"]})
    return Names(
        tuple(sorted(by_root["inputs"])),
        tuple(sorted(by_root["headers"])),
        tuple(lookup for lookup in lookups if not lookup.startswith("__")),
    )


def _paths(tree: nodes.Template) -> Iterator[tuple[str | int, ...]]:
    """Yield the plain paths of a template, only the longest of each place."""
    inner: set[int] = set()
    for node in tree.find_all(nodes.Expr):
        if not isinstance(node, (nodes.Getattr, nodes.Getitem)) or id(node) in inner:
            continue
        path = plain_path(node)
        if path is None:
            continue
        below: nodes.Node = node.node
        while isinstance(below, (nodes.Getattr, nodes.Getitem)):
            inner.add(id(below))
            below = below.node
        yield path


def _read_fields(
    template: str, scope: RequestScope, names: Names
) -> Iterator[ReadField]:
    """Yield each field that the template reads by a plain path, once."""
    tree = Environment(autoescape=True).parse(template)
    known = ("inputs", "headers", "lookups", *names.lookups)
    for path in dict.fromkeys(_paths(tree)):
        if path[0] not in known:
            continue
        value: Any = scope.values.get(str(path[0]))
        for step in path[1:]:
            value = _below(value, step)
        yield ReadField(".".join(map(str, path)), value is not None, value)


def _below(value: Any, step: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, (list, tuple)) and isinstance(step, int):
        return value[step] if -len(value) <= step < len(value) else None
    return getattr(value, "extension", None) if step == "extension" else None


# ----------------------------------------------------------------------- results


def _scope(request: TryRequest, plan: Plan | None, now: datetime) -> RequestScope:
    inputs, headers = dict(request.inputs), HeaderValues()
    if plan is not None:
        lenient = replace(
            plan,
            inputs=tuple(
                replace(parameter, required=False) for parameter in plan.inputs
            ),
            headers=tuple(
                replace(parameter, required=False) for parameter in plan.headers
            ),
        )
        checked = check(lenient, data_request(plan, request.inputs, request.headers))
        inputs, headers = checked.inputs, checked.headers
    else:
        headers.update({k.lower(): value for k, value in request.headers.items()})
    return RequestScope(inputs, headers, now, "try", [])


def _results(
    request: TryRequest, read: list[str], known: tuple[str, ...]
) -> Mapping[str, Any]:
    """Return the result of each lookup that the template reads. Raises CannotTry."""
    record = request.record
    if request.lookup:
        return {**dict.fromkeys(read), request.lookup: record}
    names = {*known, *read}
    if isinstance(record, Mapping) and record and set(record) <= names:
        return {**dict.fromkeys(read), **record}
    if len(read) > 1 and record is not None:
        listed = ", ".join(read)
        raise CannotTry(because("template_reads", names=listed))
    return dict.fromkeys(read, record)


def _outcome(record: Any) -> tuple[str, Any]:
    """Return the status of a lookup, and its result."""
    if isinstance(record, Mapping) and set(record) == {"fail"}:
        return str(record["fail"]), None
    return ("not_found" if record is None else "ok"), record
