"""The row of kind http in the catalogue."""

from __future__ import annotations

from ivrhooks.sources.http.kind import HTTP


def test_what_is_special_about_it_is_said_by_flags() -> None:
    assert HTTP.asks_requests and not HTTP.stands_in and not HTTP.needs_auth
    assert HTTP.picks == ("first", "none")
    assert set(HTTP.rule_keys) <= set(HTTP.keys)
    assert HTTP.open is None and HTTP.client is not None
    assert HTTP.operations[0].free_answer
