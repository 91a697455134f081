"""The console's answers in JSON."""

from __future__ import annotations

from datetime import date

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.replies import refusal, reply
from ivrhooks.languages.catalogue import because


def test_a_value_is_one_line_of_json() -> None:
    answer = reply({"a": date(2026, 1, 2), 7: "số"}, 201)
    assert answer.get_data(as_text=True) == '{"a":"2026-01-02","7":"số"}'
    assert (answer.status_code, answer.content_type) == (201, "application/json")


def test_a_refusal_has_one_shape() -> None:
    answer = refusal(ConsoleError(404, "not_found", because("nothing_here")))
    assert answer.status_code == 404
    assert answer.json == {
        "error": {"code": "not_found", "message": str(because("nothing_here"))}
    }
