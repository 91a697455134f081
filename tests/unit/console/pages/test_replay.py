"""The pages that replay recorded data requests with another configuration."""

from __future__ import annotations

import html
from typing import Any

import pytest

from tests.unit.console.conftest import DESK, KEY, VIP


@pytest.fixture
def row(served: Any) -> int:
    """One data request, and a folder whose configuration answers it otherwise."""
    folder = served.folder.parent / "configs-next"
    (folder / "endpoints").mkdir(parents=True)
    root = (served.folder / "ivrhooks.yaml").read_text()
    (folder / "ivrhooks.yaml").write_text(root)
    text = DESK.replace("{{ headers['X-Shop'] }}", "<{{ headers['X-Shop'] }}>")
    (folder / "endpoints/desk.yaml").write_text(text)
    sent = {"tel": VIP}
    served.client().post("/api/desk", data=sent, headers={"X-Api-Key": KEY})
    return int(served.rows()[0]["id"])


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_each_language_has_its_page(served: Any, row: int, language: str) -> None:
    shown = served.page(f"replay?lang={language}")
    assert shown.status_code == 200
    assert "<option>configs-next</option>" in shown.text


def test_changes_are_counted_with_examples(served: Any, row: int) -> None:
    form = {"folder": "configs-next", "since": "1h", "endpoint": ""}
    shown = served.page("replay", form)
    text = html.unescape(shown.text)
    assert "With configs-next 1 of 1 answers change." in text
    assert '"north"' in text and '"<north>"' in text and "another value" in text
    assert "<north>" not in shown.text
    part = served.page("replay", form, headers={"X-Fragment": "1"})
    assert "<html" not in part.text and "1 of 1 answers change" in part.text
    same = served.page("replay", {**form, "folder": "configs"}).text
    assert "none of 1 answers changes" in same


def test_one_request_is_compared_from_its_page(served: Any, row: int) -> None:
    page = served.page(f"requests/{row}").text
    assert f'action="/_console/requests/{row}/replay"' in page
    shown = served.page(f"requests/{row}/replay", {"folder": "configs-next"})
    text = html.unescape(shown.text)
    assert '"north"' in text and '"<north>"' in text
    assert VIP not in shown.text


def test_an_unknown_folder_is_refused_on_the_page(served: Any, row: int) -> None:
    shown = served.page("replay", {"folder": "../configs", "since": "1h"})
    assert shown.status_code == 400
    assert "folder: send one of configs, configs-next" in shown.text
