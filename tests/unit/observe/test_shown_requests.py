"""A row of the journal is shown without people's data."""

from __future__ import annotations

from ivrhooks.languages.catalogue import because
from ivrhooks.observe.shown_requests import SHOWN, shown_request


def test_a_row_is_shown_masked() -> None:
    row = {
        **dict.fromkeys(SHOWN, ""),
        "id": 7,
        "at": 1_800_000_000.5,
        "ms": 1.25,
        "request_id": "13800000001",
        "path": "/lookup/13800000001",
        "reasons": [because("no_name", name="13800000001"), because("tls")],
        "people": [("phone", "13800000001"), ("id", "c-1001")],
        "callers": ["13800000001"],
    }
    shown = shown_request(row)
    assert shown["at"] == "2027-01-15T08:00:00.500+00:00"
    assert shown["callers"] == ["138****0001"]
    assert (shown["id"], shown["ms"]) == (7, 1.2)
    assert shown["reason"] == (
        "`138****0001` cannot be the name of a header; this is TLS (https), and plain "
        "http is spoken here"
    )
    assert shown["reasons"] == [
        {"key": "no_name", "values": {"name": "138****0001"}},
        {"key": "tls", "values": {}},
    ]
    assert "13800000001" not in str(shown)
    own = shown_request({**row, "request_id": "4b9c7fc512348643"})
    assert own["request_id"] == "4b9c7fc512348643"
    assert "c-1001" not in str(shown)
