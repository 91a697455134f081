"""Describes the operations of a table: one row, or all matching rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivrhooks.sources.interface import Field, Operation, Param

HELP = {
    "text": "exact, blanks around it dropped",
    "phone": "one subscriber's number, in any notation",
    "prefix": "the longest cell that the value begins with",
}
MAX_ROWS = 1000


def table_operations(
    key: Mapping[str, str], columns: Sequence[str]
) -> tuple[Operation, ...]:
    """Return ``find`` and ``list`` of a table. ``key``: how each column can be
    searched."""
    params = tuple(
        Param(
            name,
            "any",
            help=HELP[how],
            pii="text" if how == "text" else "phone",
        )
        for name, how in key.items()
    )
    return (
        Operation(
            kind="table",
            name="find",
            method="GET",
            path="",
            summary="The first row in the file's order that fits all parameters",
            reference="no vendor; docs/systems/table.md",
            params=params,
            needs_one_of=tuple(key),
            fields=tuple(Field(name) for name in columns),
            all_fields=True,
        ),
        Operation(
            kind="table",
            name="list",
            method="GET",
            path="",
            summary=f"All rows that fit, at most {MAX_ROWS:,}",
            reference="no vendor; docs/systems/table.md",
            params=params,
            fields=(
                Field("rows", "list"),
                *(Field(f"rows.{name}") for name in columns),
            ),
            all_fields=True,
            entries="rows",
        ),
    )


OPERATIONS = table_operations({}, ())
