"""The row of kind table in the catalogue."""

from __future__ import annotations

from ivrhooks.sources.table.kind import TABLE


def test_it_asks_nobody_over_http() -> None:
    assert TABLE.client is None and TABLE.open is not None
    assert not TABLE.stands_in and not TABLE.asks_requests
    assert [one.name for one in TABLE.operations] == ["find", "list"]
