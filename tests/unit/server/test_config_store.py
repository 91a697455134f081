"""The last good configuration is kept, and changed files are noticed."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.config.plan import Configuration
from ivrhooks.server.config_store import Keeper


class Files:
    """A folder whose one file is the configuration's fingerprint."""

    def __init__(self, folder: Path, make_configuration) -> None:
        self.folder = folder
        self.loads = 0
        self._make = make_configuration
        self._moment = 1_000_000_000
        self.write("one")

    def write(self, text: str, name: str = "ivrhooks.yaml") -> None:
        file = self.folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        self._moment += 1
        os.utime(file, (self._moment, self._moment))

    def load(self, folder: str) -> Configuration:
        self.loads += 1
        text = (Path(folder) / "ivrhooks.yaml").read_text()
        if text == "broken":
            problem = Problem("no good", "ivrhooks.yaml", 3, 1, "sources")
            raise ConfigError([problem])
        configuration: Configuration = self._make(
            fingerprint=text, files=("ivrhooks.yaml",)
        )
        return configuration


@pytest.fixture
def files(tmp_path: Path, make_configuration) -> Files:
    return Files(tmp_path, make_configuration)


@pytest.fixture
def keeper(files: Files) -> Keeper:
    return Keeper(str(files.folder), files.load)


def test_nothing_is_read_while_nothing_changes(files: Files, keeper: Keeper) -> None:
    assert [keeper.refresh() for _ in range(3)] == [False] * 3
    assert files.loads == 1


def test_a_change_is_read_once_it_is_still(files: Files, keeper: Keeper) -> None:
    files.write("tw")
    assert not keeper.refresh()
    files.write("two")
    assert not keeper.refresh()
    assert keeper.refresh()
    assert keeper.current.fingerprint == "two"
    assert not keeper.refresh()
    assert files.loads == 2


def test_a_new_file_beside_the_others_is_a_change(files: Files, keeper: Keeper) -> None:
    files.write("x", "endpoints/new.yaml")
    keeper.refresh()
    keeper.refresh()
    assert files.loads == 2


def test_files_that_are_no_yaml_are_no_change(files: Files, keeper: Keeper) -> None:
    files.write("x", "notes.txt")
    assert [keeper.refresh(), keeper.refresh()] == [False, False]
    assert files.loads == 1


def test_the_same_content_written_again_changes_nothing(
    files: Files, keeper: Keeper
) -> None:
    kept = keeper.current
    files.write("one")
    assert [keeper.refresh(), keeper.refresh()] == [False, False]
    assert keeper.current is kept


def test_a_broken_configuration_replaces_nothing_and_is_said_once(
    files: Files, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    files.write("broken")
    with caplog.at_level(logging.INFO):
        assert not any(keeper.refresh() for _ in range(4))
    assert keeper.current.fingerprint == "one"
    assert keeper.problem == "ivrhooks.yaml:3:1: sources: no good"
    assert len(caplog.records) == 1
    assert "still answering with one" in caplog.text
    assert "ivrhooks.yaml:3:1" in caplog.text


def test_a_mended_configuration_is_taken_and_the_problem_gone(
    files: Files, keeper: Keeper
) -> None:
    files.write("broken")
    keeper.refresh(now=True)
    files.write("two")
    keeper.refresh()
    assert keeper.refresh()
    assert (keeper.current.fingerprint, keeper.problem) == ("two", "")


def test_asked_for_now_it_is_read_changed_or_not(files: Files, keeper: Keeper) -> None:
    assert keeper.refresh(now=True)
    assert files.loads == 2


def test_a_quiet_keeper_announces_nothing(
    files: Files, keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for text in ("two", "broken"):
            files.write(text)
            keeper.refresh(quiet=True)
            keeper.refresh(quiet=True)
    assert caplog.records == []


def test_a_folder_that_goes_away_keeps_what_there_was(
    files: Files, keeper: Keeper
) -> None:
    (files.folder / "ivrhooks.yaml").unlink()

    def gone(folder: str) -> Configuration:
        raise ConfigError([Problem("no ivrhooks.yaml in it", folder)])

    keeper._load = gone
    keeper.refresh()
    assert not keeper.refresh()
    assert keeper.current.fingerprint == "one"


def test_a_mistake_while_reading_keeps_what_there_was(keeper: Keeper, caplog) -> None:
    def stumble(folder: str) -> Configuration:
        raise RuntimeError(f"symlink loop from {folder}")

    keeper._load = stumble
    assert not keeper.refresh(now=True)
    assert keeper.current.fingerprint == "one"
    assert "symlink loop" in keeper.problem
    assert "still answering with one" in caplog.text


def test_a_refused_configuration_is_no_keeper(files: Files) -> None:
    files.write("broken")
    with pytest.raises(ConfigError):
        Keeper(str(files.folder), files.load)


def test_the_folder_is_the_given_one_or_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(tmp_path))
    assert Keeper.open().folder == str(tmp_path)
    assert Keeper.open(str(tmp_path)).folder == str(tmp_path)
    monkeypatch.delenv("IVRHOOKS_CONFIG")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/ivrhooks.yaml").write_text("version: 1\n")
    assert Keeper.open().folder == "configs"


def test_who_keeps_it_for_others_reads_a_change_at_once(
    files: Files, keeper: Keeper
) -> None:
    keeper.catch_up()
    assert files.loads == 1
    files.write("two")
    keeper.catch_up()
    keeper.catch_up()
    assert (keeper.current.fingerprint, files.loads) == ("two", 2)
