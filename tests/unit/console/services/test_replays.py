"""What another configuration would have answered: which folders, and what is told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.console.context import ConsoleContext, ConsoleError
from ivrhooks.console.services.replays import folders, replay, replay_one
from ivrhooks.observe.replay.child import replayed
from ivrhooks.observe.replay.runner import CannotReplay
from tests.unit.console.conftest import DESK, KEY, VIP


class InProcess:
    """Runs a job here: what it does is the same, and it is there at once."""

    def run(self, job: dict[str, Any]) -> dict[str, Any]:
        return replayed(job)


@pytest.fixture
def context(served: Any) -> ConsoleContext:
    return replace(served.context, replays=InProcess())


@pytest.fixture
def row(served: Any) -> int:
    sent = {"tel": VIP, "note": "n"}
    served.client().post("/api/desk", data=sent, headers={"X-Api-Key": KEY})
    return int(served.rows()[0]["id"])


@pytest.fixture
def beside(served: Any) -> Path:
    """Another configuration, beside the one that is served."""
    folder = served.folder.parent / "configs-next"
    shutil.copytree(served.folder, folder)
    text = DESK.replace('default: ""}\n  shop', 'default: "", max_length: 3}\n  shop')
    assert text != DESK
    (folder / "endpoints/desk.yaml").write_text(text)
    return folder


def test_folders_are_those_beside_the_configuration(
    context: Any, beside: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/other.yaml").write_text("version: 1")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden/ivrhooks.yaml").write_text("version: 1")
    (tmp_path / "link").symlink_to(beside, target_is_directory=True)
    (tmp_path / "ivrhooks.yaml").write_text("version: 1")
    (beside / "deeper").mkdir()
    (beside / "deeper/ivrhooks.yaml").write_text("version: 1")
    assert folders(context) == ["configs", "configs-next"]


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "/etc",
        "../configs-next",
        "configs-next/",
        "configs-next/deeper",
        "link",
        None,
        5,
        ["configs"],
    ],
)
def test_no_path_leads_anywhere(
    context: Any, beside: Path, tmp_path: Path, name: Any
) -> None:
    (tmp_path / "link").symlink_to("/etc", target_is_directory=True)
    with pytest.raises(ConsoleError, match="folder: send one of configs") as raised:
        replay(context, {"folder": name})
    assert raised.value.status == 400


def test_the_last_hour_is_counted(context: Any, beside: Path, row: int) -> None:
    report = replay(context, {"folder": "configs-next"})
    assert (report["folder"], report["since"]) == ("configs-next", "1h")
    assert (report["requests"], report["changed"], report["chosen"]) == (1, 1, 1)
    outputs = {output["name"]: output for output in report["endpoints"][0]["outputs"]}
    assert outputs["back"]["changed"] == 1
    [example] = outputs["back"]["examples"]
    assert example["before"] == "138****0001" and "138" not in example["after"]
    same = replay(context, {"folder": "configs", "since": "15m", "endpoint": "desk"})
    assert (same["requests"], same["changed"]) == (1, 0)
    assert replay(context, {"folder": "configs", "endpoint": "x"})["requests"] == 0


def test_one_data_request_side_by_side(context: Any, beside: Path, row: int) -> None:
    report = replay_one(context, row, {"folder": "configs-next"})
    assert (report["endpoint"], report["before"], report["after"]) == ("desk", 200, 200)
    verdicts = {output["name"]: output["verdict"] for output in report["outputs"]}
    assert verdicts == {"isVip": "same", "back": "changed", "shop": "same"}
    with pytest.raises(ConsoleError) as raised:
        replay_one(context, 999_999, {"folder": "configs"})
    assert raised.value.status == 404


def test_a_refused_configuration_tells_why(context: Any, beside: Path) -> None:
    file = beside / "endpoints/desk.yaml"
    file.write_text(DESK.replace("format: form", "format: frm"))
    report = replay(context, {"folder": "configs-next"})
    assert "desk.yaml:3:" in report["problems"][0]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"fodler": "configs"}, "unknown key fodler"),
        ({"folder": "configs", "since": "soon"}, "since: send a duration"),
        ({"folder": "configs", "since": 5}, "since: send a duration"),
        ({"folder": "configs", "endpoint": 5}, "endpoint: send its name"),
    ],
)
def test_invalid_values_are_refused(context: Any, wanted: Any, words: str) -> None:
    with pytest.raises(ConsoleError, match=words) as raised:
        replay(context, wanted)
    assert raised.value.status == 400
    with pytest.raises(ConsoleError, match="folder"):
        replay_one(context, 1, {"folder": "configs", "since": "1h"})


@pytest.mark.parametrize(
    ("code", "status"), [("busy", 409), ("late", 504), ("failed", 500)]
)
def test_a_replay_that_cannot_be_made_is_refused(
    context: Any, code: str, status: int
) -> None:
    class Cannot:
        def run(self, job: Any) -> Any:
            raise CannotReplay(code)

    with pytest.raises(ConsoleError) as raised:
        replay(replace(context, replays=Cannot()), {"folder": "configs"})
    assert (raised.value.status, raised.value.code) == (status, f"replay_{code}")


def test_without_a_journal_there_is_nothing_to_replay(context: Any) -> None:
    with pytest.raises(ConsoleError, match="no data requests are kept"):
        replay(replace(context, journal=lambda: None), {"folder": "configs"})
