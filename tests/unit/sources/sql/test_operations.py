"""The operations of a database, one for each query."""

from __future__ import annotations

from ivrhooks.sources.sql.operations import query_operations


def test_all_names_are_required() -> None:
    (operation,) = query_operations({"who": ("tel", "a")})
    assert (operation.kind, operation.name, operation.required, operation.rows) == (
        "sql",
        "who",
        ("tel", "a"),
        True,
    )
