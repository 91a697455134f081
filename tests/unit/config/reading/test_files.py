# ruff: noqa: E501 - a case stands on one line
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


def messages(folder: Folder) -> list[str]:
    """All problems, the folder's own path left out."""
    return [
        str(problem).replace(str(folder.path), ".")
        for problem in folder.report.problems()
    ]


def test_the_root_file_is_looked_for_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("version: 1\n")
    (tmp_path / "empty").mkdir()
    cases = {
        "nowhere": ".:1:1: there is no such folder; write the folder that holds ivrhooks.yaml",
        "file": ".:1:1: this is a file; write the folder that holds ivrhooks.yaml",
        "empty": "./ivrhooks.yaml:1:1: a configuration's folder holds an ivrhooks.yaml; write one, or name another folder",
    }
    for name, message in cases.items():
        folder = opened(tmp_path / name)
        assert folder.root() is None
        assert messages(folder) == [message]


def test_a_file_that_holds_no_mapping_is_an_error_at_its_beginning(
    tmp_path: Path,
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("\n\n  - a\n")
    folder = opened(tmp_path)
    assert folder.root() is None
    assert messages(folder) == [
        "./ivrhooks.yaml:1:1: this is no mapping; write `key: value` lines"
    ]


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (16 * 1024 - 1, ""),
        (16 * 1024, ""),
        (16 * 1024 + 1, ""),
        (1024 * 1024, ""),
        (1024 * 1024 + 1, "the file is larger than 1 MB; split it into one file an endpoint"),
    ],
)  # fmt: skip
def test_a_file_is_read_up_to_a_megabyte(
    tmp_path: Path, size: int, message: str
) -> None:
    start = "version: 1\nstore: "
    (tmp_path / "ivrhooks.yaml").write_text(start + "x" * (size - len(start)))
    folder = opened(tmp_path)
    document = folder.root()
    assert [problem.message for problem in folder.report.problems()] == (
        [message] if message else []
    )
    if document is not None:
        assert len(document.root.value["store"].value) == size - len(start)


def test_a_file_of_another_ending_is_a_warning_at_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "endpoints").mkdir()
    for name in ("a.yml", "b.json", "c.txt"):
        (tmp_path / "endpoints" / name).write_text("a: 1\n")
    folder = opened(tmp_path)
    assert names(folder) == []
    advice = "warning: this file is not read; name it with .yaml at the end"
    assert messages(folder) == [
        f"./endpoints/a.yml:1:1: {advice}",
        f"./endpoints/b.json:1:1: {advice}",
    ]


def test_a_link_to_an_endpoint_that_is_there_is_no_second_one(tmp_path: Path) -> None:
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "endpoints" / "b.yaml").write_text("a: 1\n")
    (tmp_path / "endpoints" / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "endpoints" / "c.yaml").symlink_to(tmp_path)  # a folder
    assert names(opened(tmp_path)) == ["a.yaml"]


def test_a_file_beside_the_root_file_is_watched_with_it(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_bytes(b"date\n")
    folder = opened(tmp_path)
    assert folder.beside("days.csv") == b"date\n"
    assert folder.beside("nowhere.csv") is None
    assert folder.beside("a\0b") is None
    assert folder.read == {str(tmp_path / "days.csv"): b"date\n"}


def fingerprint(path: Path, files: dict[str, bytes]) -> str:
    path.mkdir()
    folder = opened(path)
    for name, data in files.items():
        (path / name).write_bytes(data)
        folder.beside(name)
    return folder.fingerprint()


def test_a_fingerprint_is_of_names_and_bytes_wherever_the_folder_is(
    tmp_path: Path,
) -> None:
    """Two configurations that differ in one byte, name or border are told apart."""
    first = fingerprint(tmp_path / "1", {"a": b"x", "b": b"yz"})
    assert len(first) == 6 and int(first, 16) >= 0
    assert fingerprint(tmp_path / "2", {"b": b"yz", "a": b"x"}) == first
    others = [
        fingerprint(tmp_path / "3", {"a": b"xy", "b": b"z"}),
        fingerprint(tmp_path / "4", {"a": b"x", "c": b"yz"}),
        fingerprint(tmp_path / "5", {"a": b"x", "b": b"yZ"}),
        fingerprint(tmp_path / "6", {"a": b"x"}),
    ]
    assert len({first, *others}) == 5
