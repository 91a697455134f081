"""The row of kind sql in the catalogue."""

from __future__ import annotations

from ivrhooks.sources.sql.kind import SQL


def test_its_pool_has_eight_connections_by_default() -> None:
    assert SQL.max_concurrent == 8
    assert SQL.client is None and SQL.open is not None and not SQL.stands_in
