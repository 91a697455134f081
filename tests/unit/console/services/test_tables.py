"""Tables looked at, checked and saved: a real file, versions in a data folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.loader import load
from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services import tables

GOOD = "phone,name\n13800000001,Wang\n"


@pytest.fixture
def context(served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))
    folder = tmp_path / "other"
    (folder / "endpoints").mkdir(parents=True)
    (folder / "vips.csv").write_text(GOOD)
    (folder / "ivrhooks.yaml").write_text(
        "version: 1\nsources:\n  vips: {kind: table, file: vips.csv, "
        "key: {phone: phone}}\n"
    )
    configuration = load(folder)
    return replace(served.context, configuration=lambda: configuration)


def save(context: Any, text: str, who: str = "Li", **more: str) -> Any:
    state = tables.table(context, "vips")["state"]
    return tables.save(context, "vips", text, **{"who": who, "state": state, **more})


def path(context: Any) -> Path:
    return Path(context.configuration().sources["vips"].data_file.path)


def test_every_table_with_its_rows(context: Any) -> None:
    assert tables.tables(context) == [
        {
            "name": "vips",
            "file": "vips.csv",
            "key": {"phone": "phone"},
            "rows": 1,
            "problem": "",
        }
    ]
    table = tables.table(context, "vips")
    assert table["shown"] == [{"phone": "13800000001", "name": "Wang"}]
    assert (table["text"], table["versions"]) == (GOOD, [])


def test_a_check_writes_nothing(context: Any) -> None:
    assert tables.check(context, "vips", GOOD + "139,Li\n") == {
        "rows": 2,
        "problem": "",
    }
    broken = tables.check(context, "vips", GOOD + "1,2,3\n")
    assert broken["problem"].startswith("line 3: 3 cells")
    assert path(context).read_text() == GOOD
    assert [file.name for file in path(context).parent.glob(".*")] == []


def test_saved_rows_are_served_at_once_and_kept(context: Any) -> None:
    mode = path(context).stat().st_mode
    assert save(context, "phone,name\r\n138,Li\r\n")["rows"] == 1
    assert path(context).read_text() == "phone,name\n138,Li\n"
    assert path(context).stat().st_mode == mode
    table = tables.table(context, "vips")
    assert table["shown"] == [{"phone": "138", "name": "Li"}]
    assert [each["who"] for each in table["versions"]] == ["Li", ""]
    first = table["versions"][1]["number"]
    assert tables.version(context, "vips", first).text == GOOD


def test_the_last_ten_versions_are_kept_and_encrypted(
    context: Any, tmp_path: Path
) -> None:
    for number in range(12):
        save(context, f"phone,name\n138{number},Wang\n", who=f"n{number}")
    kept = tables.table(context, "vips")["versions"]
    assert [version["who"] for version in kept] == [f"n{n}" for n in range(11, 1, -1)]
    files = list((tmp_path / "data" / "tables").rglob("*.version"))
    assert len(files) == 10
    assert not any(b"Wang" in version.read_bytes() for version in files)
    assert {version.stat().st_mode & 0o777 for version in files} == {0o600}


@pytest.mark.parametrize(
    ("text", "more", "status", "words"),
    [
        (GOOD, {"who": " "}, 400, "give your name"),
        (GOOD, {"state": "0"}, 409, "changed in the meantime"),
        ("phone,name\n", {}, 400, "no rows"),
        ("fone,name\n1,2\n", {}, 400, "no column `phone`"),
    ],
)
def test_a_refused_change_leaves_the_file(
    context: Any, text: str, more: dict[str, str], status: int, words: str
) -> None:
    with pytest.raises(ConsoleError, match=words) as raised:
        save(context, text, **more)
    assert raised.value.status == status
    assert path(context).read_text() == GOOD


def test_a_table_or_version_that_is_not_there(context: Any) -> None:
    with pytest.raises(ConsoleError, match="no table none"):
        tables.table(context, "none")
    with pytest.raises(ConsoleError, match="no version 7"):
        tables.version(context, "vips", "7")


def test_a_large_file_is_not_changed_here(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MAX_BYTES", 5)
    assert tables.table(context, "vips")["text"] is None


def test_old_versions_are_readable_by_their_owner_only(
    context: Any, tmp_path: Path
) -> None:
    save(context, GOOD + "139,Li\n")
    (folder,) = (tmp_path / "data" / "tables").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path(context).parent.glob(".*")] == []


def test_a_version_that_cannot_be_read_is_passed_over(
    context: Any, tmp_path: Path
) -> None:
    save(context, GOOD + "139,Li\n")
    kept = sorted((tmp_path / "data" / "tables").rglob("*.version"))
    kept[-1].write_bytes(b"no version")
    assert [
        version["who"] for version in tables.table(context, "vips")["versions"]
    ] == [""]


def test_without_a_table_it_says_that_there_is_none(served: Any) -> None:
    assert tables.tables(served.context) == []
    with pytest.raises(ConsoleError, match="no table vips; tables: none"):
        tables.table(served.context, "vips")


def test_a_file_that_is_gone_or_cannot_be_written_is_reported(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tables.table(context, "vips")["state"]

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "_write", full)
    with pytest.raises(ConsoleError, match="No space left") as raised:
        tables.save(context, "vips", GOOD, who="Li", state=state)
    assert (raised.value.status, raised.value.code) == (500, "file_problem")
    path(context).unlink()
    with pytest.raises(ConsoleError, match="No such file"):
        tables.table(context, "vips")
