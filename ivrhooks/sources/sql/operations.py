"""Describes the operations of a database: each of its queries is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivrhooks.sources.interface import Operation, Param

MAX_ROWS = 1000

OPERATIONS = (
    Operation(
        kind="sql",
        name="query",
        method="GET",
        path="",
        summary="Each name under `queries:` is an operation, its `:names` are its "
        "parameters, all required",
        reference="no vendor; docs/systems/sql.md",
        free_fields=True,
        rows=True,
    ),
)


def query_operations(names: Mapping[str, Sequence[str]]) -> tuple[Operation, ...]:
    """Return the operations of one source. ``names``: each query's parameters."""
    return tuple(
        Operation(
            kind="sql",
            name=name,
            method="GET",
            path="",
            summary="A query of the configuration",
            reference="no vendor; docs/systems/sql.md",
            params=tuple(Param(param, "any", required=True) for param in params),
            free_fields=True,
            rows=True,
        )
        for name, params in names.items()
    )
