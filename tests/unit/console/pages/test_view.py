"""Why an output is its default, in the words of the lookup that decided."""

from __future__ import annotations

import pytest

from ivrhooks.console.pages.view import why


@pytest.mark.parametrize(
    ("because", "status", "cause", "word"),
    [
        ("timeout", "timeout", "deadline", ("cause", "deadline")),
        ("timeout", "timeout", "timeout", ("cause", "timeout")),
        ("error", "error", "no_answer", ("cause", "no_answer")),
        ("withheld", "skipped", "withheld", ("cause", "withheld")),
        ("skipped", "skipped", "when", ("cause", "when")),
        ("not_found", "not_found", "", ("because", "not_found")),
        ("not_mapped", "ok", "", ("because", "not_mapped")),
    ],
)
def test_the_cause_of_its_lookup_is_reported(because, status, cause, word) -> None:
    steps = [
        {"name": "contract", "success": True},
        {"name": "other crm.x", "status": status, "cause": "busy"},
        {"name": "customer crm.x", "status": status, "cause": cause},
    ]
    output, detail = {"because": because}, {"lookups": {"customer": status}}
    assert why(output, detail, steps) == word


def test_a_trace_of_an_older_version_says_its_reason() -> None:
    steps = [{"name": "customer crm.x", "status": "error"}]
    output, detail = {"because": "error"}, {"lookups": {"customer": "error"}}
    assert why(output, detail, steps) == ("because", "error")
    assert why({"because": "busy"}, {}, steps) == ("because", "busy")
