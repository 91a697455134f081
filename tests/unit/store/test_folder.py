"""Where the data folder is, and who may read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrhooks.store.folder import data_folder


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    folder = data_folder({"IVRHOOKS_DATA": str(tmp_path / "deep" / "data")})
    assert folder == tmp_path / "deep" / "data"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    assert data_folder({"IVRHOOKS_DATA": str(tmp_path)}) == tmp_path
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_without_a_setting_it_is_the_platforms_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert data_folder({}).is_relative_to(tmp_path)
    assert data_folder({}).name == "ivrhooks"
