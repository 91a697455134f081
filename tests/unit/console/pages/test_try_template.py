"""The page Try a template."""

from __future__ import annotations

import html
from typing import Any

import pytest

from tests.unit.console.conftest import KEY, VIP


def form(**more: str) -> dict[str, str]:
    record = '{"isVip": "1", "nick": "<b>"}'
    return {"endpoint": "desk", "record": record, "inputs": "", "now": "", **more}


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_each_language_has_its_page(served: Any, language: str) -> None:
    shown = served.page(f"try?endpoint=desk&lang={language}")
    assert shown.status_code == 200
    assert "{{ customer.isVip }}" in shown.text
    assert "output=shop" in shown.text


def test_an_output_lends_its_template(served: Any) -> None:
    shown = html.unescape(served.page("try?endpoint=desk&output=shop").text)
    assert "{{ headers['X-Shop'] }}" in shown


def test_a_value_and_the_paths_it_read(served: Any) -> None:
    shown = served.page("try", form(template="{{ customer.nick }}"))
    text = html.unescape(shown.text)
    assert "customer.nick" in text and '"<b>"' in text
    assert "<b>" not in shown.text
    missing = served.page("try", form(template="{{ customer.nck }}")).text
    assert "no value" in missing and "not there" in missing


def test_an_error_is_marked_at_its_column(served: Any) -> None:
    shown = html.unescape(
        served.page("try", form(template="one\r\n{{ custmer.nick }}")).text
    )
    assert "Line 2, column 4:" in shown
    assert '{{ custmer.nick }}\n<span aria-hidden="true">   ^</span>' in shown


def test_invalid_json_is_reported_with_its_place(served: Any) -> None:
    shown = served.page("try", form(template="{{ 41 }}", record='{"a": }'))
    assert shown.status_code == 400
    assert "line 1, column 7" in shown.text
    typed = html.unescape(shown.text)
    assert "{{ 41 }}" in typed and '{"a": }' in typed


def test_a_recorded_request_fills_the_form_masked(served: Any) -> None:
    sent = {"tel": VIP}
    served.client().post("/api/desk", data=sent, headers={"X-Api-Key": KEY})
    row = served.rows()[0]["id"]
    assert f"try?request={row}" in served.page(f"requests/{row}").text
    shown = html.unescape(served.page(f"try?request={row}").text)
    assert '"fail": "error"' in shown
    assert "tel=138****0001" in shown and VIP not in shown
