from __future__ import annotations

from datetime import UTC, datetime

from ivrhooks.answering.scope import MAX_NOTES, HeaderValues, RequestScope


def make_scope():
    return RequestScope({"tel": "1"}, {}, datetime.now(UTC), "r-1", [])


def test_templates_see_the_names_of_the_format():
    scope = make_scope()
    assert set(scope.values) == {"inputs", "headers", "now", "request", "lookups"}
    assert scope.values["request"] == {"id": "r-1"}


def test_templates_can_read_a_completed_lookup():
    scope = make_scope()
    scope.set_result("customer", "ok", {"id": 1})
    assert scope.values["customer"] == {"id": 1}
    assert scope.values["lookups"]["customer"]["status"] == "ok"


def test_header_names_are_case_insensitive():
    headers = HeaderValues({"x-shop": "north"})
    assert headers["X-Shop"] == headers.get("X-SHOP") == "north"
    assert "x-ShOp" in headers
    assert 7 not in headers


def test_notes_are_unique_and_bounded():
    scope = make_scope()
    for number in range(3 * MAX_NOTES):
        scope.note(f"note {number % 70}")
    assert len(scope.notes) == MAX_NOTES == len(set(scope.notes))
