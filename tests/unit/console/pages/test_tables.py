"""The tables' pages as a browser that is signed in gets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

GOOD = "phone,name\n13800000001,<b>Wang\n"


@pytest.fixture
def page(serve: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    file = tmp_path / "vips.csv"
    file.write_text(GOOD)
    served = serve(
        "version: 1\nconsole: {enabled: true}\nsources:\n"
        '  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: b}}\n'
        f"  vips: {{kind: table, file: '{file}', key: {{phone: phone}}}}\n"
    )
    return served.page


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_each_language_has_its_pages(page: Callable[..., Any], language: str) -> None:
    assert "vips" in page(f"tables?lang={language}").text
    shown = page(f"tables/vips?lang={language}").text
    assert "13800000001" in shown and "&lt;b&gt;Wang" in shown


def test_checked_then_saved_then_brought_back(
    page: Callable[..., Any], tmp_path: Path
) -> None:
    shown = page("tables/vips").text
    state = re.search('name="state" value="([^"]+)"', shown)
    assert state is not None
    form = {"text": GOOD + "139,Li\n", "who": "Chen", "state": state[1]}
    assert "Good: 2 rows." in page("tables/vips", {**form, "what": "check"}).text
    bad = page("tables/vips", {**form, "text": GOOD + "1,2,3\n", "what": "check"})
    assert "line 3: 3 cells" in bad.text and bad.status_code == 200
    assert (tmp_path / "vips.csv").read_text() == GOOD
    saved = page("tables/vips", {**form, "what": "save"}).text
    assert "Saved: 2 rows." in saved and "saved by Chen" in saved
    versions = re.findall(r"version=(\w+)", saved)
    assert len(versions) == 2
    old = page(f"tables/vips?version={versions[1]}").text
    assert "This is an earlier version" in old and "139,Li" not in old


@pytest.mark.parametrize(
    ("form", "status", "why"),
    [
        ({"what": "drop"}, 400, "send what: check or save"),
        ({"what": "save", "who": " "}, 400, "give your name"),
        ({"what": "save", "who": "Chen"}, 409, "the file has changed in the meantime"),
    ],
)
def test_a_refused_form_keeps_its_input(
    page: Callable[..., Any], form: Any, status: int, why: str
) -> None:
    shown = page("tables/vips", {"state": "0", "text": GOOD + "139,Li\n", **form})
    assert shown.status_code == status and why in shown.text
    assert "139,Li" in shown.text
    assert 'name="state" value="0"' in shown.text
    assert f'name="who" value="{form.get("who", "")}"' in shown.text


def test_there_is_no_page_of_an_unknown_table(page: Callable[..., Any]) -> None:
    for shown in (page("tables/none"), page("tables/none", {"what": "check"})):
        assert shown.status_code == 404 and "no table none" in shown.text
