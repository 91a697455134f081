"""The outbox's pages and API, over a server whose outbox has something in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.query import StoredActions
from ivrhooks.store.cipher import Cipher
from support.sample_outbox import fill_outbox

Pair = tuple[Any, list[str]]


@pytest.fixture
def filled(served: Any, tmp_path: Path) -> Iterator[Pair]:
    """A dead one and two that wait."""
    url, cipher = f"sqlite:///{tmp_path / 'outbox.db'}", Cipher([b"k" * 32])
    ids = fill_outbox(url, cipher)
    stored = served.recorder.actions._stored = StoredActions(url, lambda: cipher)
    yield served, ids
    stored.close()


def test_without_actions_the_page_is_empty(served: Any) -> None:
    shown = served.page("outbox")
    assert shown.status_code == 200
    assert "There are no actions." in shown.text


def test_the_page_says_why_and_hides_numbers(filled: Pair) -> None:
    served, ids = filled
    text = served.page("outbox?state=dead").text
    assert "refused, said the CRM" in text
    assert ids[0] in text
    assert ids[1] not in text
    page = served.page(f"outbox/{ids[0]}").text
    assert "138****0001" in page
    assert "13800000001" not in page
    assert served.page("outbox/nobody").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh", "vi"])
def test_each_language_has_its_page(filled: Pair, language: str) -> None:
    served, ids = filled
    for path in ("outbox", f"outbox/{ids[0]}"):
        assert served.page(f"{path}?lang={language}").status_code == 200


def test_one_is_tried_again_at_once(filled: Pair) -> None:
    served, ids = filled
    done = served.page("outbox/change", {"what": "retry", "ids": ids[0]})
    assert done.status_code == 303
    assert "changed=1" in done.headers["Location"]
    assert served.recorder.actions.stored.summary().totals["dead"] == 0


def test_many_are_dropped_after_a_question(filled: Pair) -> None:
    served, _ = filled
    form = {"what": "drop", "state": "waiting"}
    question = served.page("outbox/change", form)
    assert question.status_code == 200
    assert "This is about 2 actions." in question.text
    assert served.recorder.actions.stored.summary().totals["waiting"] == 2
    done = served.page("outbox/change", {**form, "sure": "1"})
    assert "changed=2" in done.headers["Location"]
    assert served.recorder.actions.stored.summary().totals["waiting"] == 0


@pytest.mark.parametrize("form", [{"what": "x"}, {"what": "drop"}])
def test_an_unknown_choice_is_refused(filled: Pair, form: Any) -> None:
    assert filled[0].page("outbox/change", form).status_code == 400


def test_the_api_lists_shows_and_changes(filled: Pair) -> None:
    served, ids = filled
    listed = served.ask("GET", "outbox?state=dead").json
    assert [action["id"] for action in listed["actions"]] == [ids[0]]
    assert listed["dead"] == 1
    entry = served.ask("GET", f"outbox/{ids[0]}").json
    assert (entry["status"], entry["error"]) == (422, "refused, said the CRM")
    again = served.ask("POST", "outbox/retry", json={"ids": [ids[0]]}).json
    assert again == {"changed": 1, "missed": 0}
    wanted = {"all": True, "state": "waiting"}
    assert served.ask("POST", "outbox/drop", json=wanted).json["changed"] == 3
    assert served.ask("GET", "outbox?state=done").status_code == 400
