"""What the process of a replay does, over a real journal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.observe.replay.child import replayed
from ivrhooks.store.keys import VARIABLE
from tests.unit.observe.replay.test_run import ROOT, VIP, journal, write  # noqa: F401

KEY = "k" * 32


@pytest.fixture
def job(
    journal: Any,  # noqa: F811 - the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., dict[str, Any]]:
    """The job of a folder with texts of the configuration replaced."""
    monkeypatch.setenv(VARIABLE, KEY)
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path))

    def made(was: str = "", now: str = "", **more: Any) -> dict[str, Any]:
        assert was in VIP
        folder = write(tmp_path / "new", ROOT, VIP.replace(was, now))
        many = {"since": 0.0, "endpoint": "", "most": 100}
        url = journal.engine.url.render_as_string(hide_password=False)
        return {"folder": str(folder), "journal": url, **many, **more}

    return made


def test_of_many_some_are_taken_evenly(job: Any) -> None:
    order = job(most=2)
    report = replayed(order)
    assert (report["requests"], report["chosen"]) == (2, 6)
    assert replayed({**order, "endpoint": "none"})["chosen"] == 0
    assert replayed({**order, "since": 1e12})["chosen"] == 0


def test_one_request_stands_side_by_side(job: Any) -> None:
    order = job("nick: {type: string", "name: {type: string", row=1)
    report = replayed(order)
    assert (report["endpoint"], report["before"], report["after"]) == ("vip", 200, 200)
    outputs = {output["name"]: output for output in report["outputs"]}
    assert outputs["isVip"] == {
        "name": "isVip",
        "before": 1,
        "after": 1,
        "verdict": "same",
        "because": "",
    }
    gone, new = outputs["nick"], outputs["name"]
    assert (gone["verdict"], gone["because"]) == ("lost", "the output is gone")
    assert (new["verdict"], new["before"]) == ("won", None)
    assert new["after"].startswith("W") and "13800000001" not in new["after"]
    assert replayed({**order, "row": 999}) == {"missing": True}


def test_a_name_is_masked_in_a_text_that_is_made_of_it(job: Any) -> None:
    text = 'nick: {type: string, value: "Dear {{ customer.nick }}, welcome"'
    order = job('nick: {type: string, value: "{{ customer.nick }}"', text, row=1)
    root = ROOT.replace("phone: digits", "phone: digits, pii: {nick: name}")
    Path(order["folder"], "ivrhooks.yaml").write_text(root)
    report = replayed(order)
    nick = next(output for output in report["outputs"] if output["name"] == "nick")
    assert nick["after"].startswith("Dear W") and "Wang" not in str(nick)


def test_a_refused_folder_tells_its_errors(job: Any) -> None:
    report = replayed(job("format: form", "format: frm"))
    [problem] = report["problems"]
    assert "vip.yaml:3:" in problem
