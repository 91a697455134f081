"""What the console is built from, and how it refuses."""

from __future__ import annotations

from ivrhooks.console.context import ConsoleError


def test_a_refusal_carries_its_status_its_code_and_its_words() -> None:
    error = ConsoleError(404, "unknown_endpoint", "there is no such endpoint")
    assert (error.status, error.code) == (404, "unknown_endpoint")
    assert str(error) == error.message == "there is no such endpoint"
