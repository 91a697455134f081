"""New files: never over another one, and what stands in the way is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivrhooks.authoring.outputs.editor_schema import FILES, editor_schema
from ivrhooks.authoring.starter.folder import (
    NEW,
    CannotWrite,
    new_folder,
    write_new,
    write_schemas,
)


def test_a_new_folder_has_its_files_and_the_editors_schemas(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "configs"
    files = new_folder(folder)
    schemas = [f".schema/{name}.json" for name in FILES]
    assert [file.relative_to(folder).as_posix() for file in files] == [*NEW, *schemas]
    assert all(file.is_file() for file in files)
    assert (folder / NEW[0]).read_text("utf-8").endswith("\n")


def test_a_folder_that_has_one_of_the_files_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / NEW[1]
    file.parent.mkdir()
    file.write_text("mine")
    with pytest.raises(CannotWrite, match=f"{NEW[1]} is there already; name another f"):
        new_folder(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["endpoints"]
    assert file.read_text() == "mine"


def test_schemas_are_written_anew_with_each_version(tmp_path: Path) -> None:
    for _ in range(2):
        for file, name in zip(write_schemas(tmp_path), FILES, strict=True):
            text = file.read_text("utf-8")
            assert json.loads(text) == editor_schema(name)
            assert text.endswith("}\n") and "\\u" not in text
            file.write_text("old")


def test_a_file_is_written_once(tmp_path: Path) -> None:
    file = tmp_path / "endpoints" / "a.yaml"
    write_new(file, "a: nhà\n")
    assert file.read_bytes() == "a: nhà\n".encode()
    with pytest.raises(CannotWrite, match=r"a\.yaml is there already; name another e"):
        write_new(file, "b\n")
    assert file.read_bytes() == "a: nhà\n".encode()


def test_existing_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file is no folder; name another one"):
        write_new(tmp_path / "file" / "a.yaml", "")
    with pytest.raises(CannotWrite, match="a cannot be written: Not a directory"):
        write_new(tmp_path / "file" / "b" / "a", "")
    with pytest.raises(CannotWrite, match="cannot be written: File name too long"):
        write_new(tmp_path / ("x" * 300), "")
