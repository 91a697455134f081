"""One data request as the journal keeps it."""

from __future__ import annotations


def test_request_and_trace_are_in_no_repr(make_entry) -> None:
    text = repr(make_entry(body=b"tel=13800000001", trace={"tel": "13800000001"}))
    assert "13800000001" not in text
    assert "/api/desk" in text
