"""The page Sources: one question, shown with people's data masked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.stub_system import ReceivedRequest, stub_system


def answered(seen: ReceivedRequest) -> Any:
    return (
        200,
        {"X-Ok": "1"},
        b'{"tel": "13800000001", "state": "<paid>", "nick": "Wang"}',
    )


@pytest.fixture
def page(serve: Callable[..., Any], tmp_path: Path) -> Any:
    (tmp_path / "t.csv").write_text("phone,a\n13800000001,1\n")
    with stub_system(answered) as system:
        served = serve(
            "version: 1\nconsole: {enabled: true}\nsources:\n"
            f"  shop: {{kind: http, base_url: '{system.url}', pii: {{nick: name}}}}\n"
            f"  t: {{kind: table, file: '{tmp_path}/t.csv', key: {{phone: phone}}}}\n"
            '  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: b}}\n'
        )
        yield served.page


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_each_language_has_its_page(page: Any, language: str) -> None:
    shown = page(f"sources?lang={language}")
    assert shown.status_code == 200 and 'name="path"' in shown.text
    assert 'name="operation"' in page(f"sources?source=crm&lang={language}").text


def test_an_http_source_is_asked_by_its_path(page: Any) -> None:
    form = {"source": "shop", "path": "/find", "params": "tel=13800000001\n\nb=c"}
    shown = page("sources", form).text
    assert "/find?tel=138****0001&amp;b=c" in shown
    assert "13800000001" not in shown.replace("tel=13800000001\n", "")
    assert "&lt;paid&gt;" in shown and "first byte" in shown
    assert "W***" in shown and "Wang" not in shown
    whole = page("sources", {**form, "show_personal": "1"}).text
    assert "/find?tel=13800000001&amp;b=c" in whole and "Wang" in whole


def test_a_table_is_asked_by_an_operation(page: Any) -> None:
    form = {"source": "t", "operation": "find", "params": "phone=139"}
    assert "not found" in page("sources", form).text


@pytest.mark.parametrize(
    ("form", "status", "why"),
    [
        ({"source": "none"}, 404, "there is no source none"),
        ({"source": "shop", "path": ""}, 400, "say what to ask"),
        ({"source": "shop", "params": "tel"}, 400, "write one name=value per line"),
        ({"source": "crm", "operation": "query_customer"}, 400, "needs one of id, tel"),
    ],
)
def test_a_refused_form_keeps_its_input(
    page: Any, form: Any, status: int, why: str
) -> None:
    typed = {"params": "nick=x", **form} if form["source"] == "shop" else form
    shown = page("sources", typed)
    assert shown.status_code == status and why in shown.text
    assert f'rows="3" spellcheck="false">\n{typed.get("params", "")}<' in shown.text
