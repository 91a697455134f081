"""The files of a configuration's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.config.reading.files import Folder
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node


def opened(path: Path) -> Folder:
    return Folder(path, Report(), {})


def names(folder: Folder, *include: str) -> list[str]:
    location = Location(folder.report, Document("ivrhooks.yaml", Node({}, 1, 1)))
    return [file.name for file in folder.endpoint_files(include, location)]


def test_endpoints_come_by_name_and_each_once(tmp_path: Path) -> None:
    for name in ("endpoints/b.yaml", "endpoints/a.yaml", "more/c.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    (tmp_path / "endpoints" / ".a.yaml.swp").write_text("x")
    (tmp_path / "endpoints" / "notes.md").write_text("x")
    (tmp_path / "endpoints" / "folder.yaml").mkdir()
    folder = opened(tmp_path)
    assert names(folder, "more", "endpoints") == ["a.yaml", "b.yaml", "c.yaml"]
    assert folder.report.problems() == ()


@pytest.mark.parametrize("target", ["nowhere", "endpoints/a.yaml"])
def test_a_file_that_leads_nowhere_is_an_error(tmp_path: Path, target: str) -> None:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "endpoints" / "a.yaml").symlink_to(tmp_path / target)
    folder = opened(tmp_path)
    assert folder.document(tmp_path / "endpoints" / names(folder)[0]) is None
    assert "cannot be read" in folder.report.problems()[0].message


def test_a_folder_may_have_no_endpoints(tmp_path: Path) -> None:
    assert names(opened(tmp_path)) == []


def test_a_folder_outside_by_its_whole_path_is_refused(tmp_path: Path) -> None:
    folder = opened(tmp_path)
    assert names(folder, str(tmp_path), "nowhere") == []
    assert len(folder.report.problems()) == 2
