"""What the console is built from, and how it refuses."""

from __future__ import annotations

from ivrhooks.console.context import ConsoleError, invalid
from ivrhooks.languages.catalogue import because


def test_a_refusal_carries_its_status_its_code_and_its_words() -> None:
    error = ConsoleError(404, "unknown_endpoint", because("endpoint_unknown"))
    assert (error.status, error.code) == (404, "unknown_endpoint")
    assert str(error) == str(error.reason) == "there is no such endpoint"
    wrong = invalid(because("object"))
    assert (wrong.status, wrong.code) == (400, "invalid_request")
