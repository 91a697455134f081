"""Warns of lookups, inputs and fields of an endpoint that its templates do not use, or
that an operation does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivrhooks.config.compile.lookups import CompiledLookup
from ivrhooks.config.compile.operation_checks import check_field
from ivrhooks.config.plan import Expression, OutputRule
from ivrhooks.config.reading.report import Location
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.templates.compile import Templates


def all_expressions(
    lookups: Mapping[str, CompiledLookup],
    actions: Sequence[CompiledLookup],
    outputs: Sequence[OutputRule],
) -> list[Expression]:
    """Return every template of an endpoint."""
    expressions = [rule.value for rule in outputs if rule.value]
    for compiled in (*lookups.values(), *actions):
        expressions += compiled.uses.expressions
    return expressions


def check_use(
    entry: EndpointEntry,
    lookups: Mapping[str, CompiledLookup],
    templates: Templates,
    expressions: Sequence[Expression],
    location: Location,
    system: bool,
) -> None:
    """Warn of lookups and inputs that no template names, and of misspelt fields."""
    failed = location.report.failed_in(location.document.file)
    if not (system or templates.doubts or failed):  # a text in doubt may name them
        _check_lookups(lookups, expressions, location)
        _check_inputs(entry, expressions, location)
        _check_values(entry, location)
    _check_fields(entry, lookups, templates)


def _check_lookups(
    lookups: Mapping[str, CompiledLookup],
    expressions: Sequence[Expression],
    location: Location,
) -> None:
    named = frozenset().union(*(used.lookups | used.statuses for used in expressions))
    for name in lookups:
        if name not in named:
            location.at("lookups", name).warning(
                f"nothing names the lookup `{name}`, but every call waits for it; "
                "use it in an output, or remove it",
                key=True,
            )


def _check_inputs(
    entry: EndpointEntry, expressions: Sequence[Expression], location: Location
) -> None:
    """Warn of inputs that no template names. An input with ``equals`` needs no
    template."""
    parameters = frozenset().union(*(used.parameters for used in expressions))
    if "inputs.*" in parameters:
        return
    in_mocks = {name for mock in entry.mock for name in mock.when or ()}
    for name, written in entry.inputs.items():
        used = f"inputs.{name}" in parameters or name in in_mocks
        if not used and written.equals is Absent:
            location.at("inputs", name).warning(
                f"nothing names the input `{name}`; use it in a template, or remove it",
                key=True,
            )


def _check_values(entry: EndpointEntry, location: Location) -> None:
    """Warn of outputs that have a default alone. With ``mock`` entries, an endpoint may
    not have its lookups yet."""
    if entry.mock:
        return
    for name, output in entry.outputs.items():
        if output.value is Absent:
            location.at("outputs", name).warning(
                "without a value this output is always at its default; write value: "
                '"{{ … }}"',
                key=True,
            )


def _check_fields(
    entry: EndpointEntry,
    lookups: Mapping[str, CompiledLookup],
    templates: Templates,
) -> None:
    """Warn of fields that an operation does not have, but that are close to one it
    has."""
    for location, name, path in templates.fields:
        if not location.has() or name not in lookups:
            continue
        own = entry.lookups[name].pick
        operations = [
            (described, (own or described.pick) not in (None, "none"))
            for described in lookups[name].operations
        ]
        check_field(path, operations, name, location)
