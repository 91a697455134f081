"""The last valid configuration is kept, and changed files are noticed."""

from __future__ import annotations

import copy
import gc
import logging
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from ivrhooks.authoring.freeze import freeze
from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.config.plan import Configuration
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.sources.interface import SourceSettings


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
def config_store(files: Files) -> ConfigStore:
    return ConfigStore(str(files.folder), files.load)


def test_unchanged_files_are_not_read(files: Files, config_store: ConfigStore) -> None:
    assert [config_store.refresh() for _ in range(3)] == [False] * 3
    assert files.loads == 1


def test_a_change_is_read_after_the_files_are_stable(
    files: Files, config_store: ConfigStore
) -> None:
    files.write("tw")
    assert not config_store.refresh()
    files.write("two")
    assert not config_store.refresh()
    assert config_store.refresh()
    assert config_store.current.fingerprint == "two"
    assert not config_store.refresh()
    assert files.loads == 2


def test_a_loaded_configuration_is_excluded_from_garbage_collection(
    files: Files, config_store: ConfigStore
) -> None:
    collected: list[bool] = []
    config_store.on_load = lambda: collected.append(gc.isenabled())
    files.write("two")
    assert config_store.refresh(now=True)
    files.write("broken")
    assert not config_store.refresh(now=True)
    assert collected == [False]
    assert gc.isenabled()


def test_a_new_file_is_a_change(files: Files, config_store: ConfigStore) -> None:
    files.write("x", "endpoints/new.yaml")
    config_store.refresh()
    config_store.refresh()
    assert files.loads == 2


def test_files_other_than_yaml_are_no_change(
    files: Files, config_store: ConfigStore
) -> None:
    files.write("x", "notes.txt")
    assert [config_store.refresh(), config_store.refresh()] == [False, False]
    assert files.loads == 1


def test_the_same_content_written_again_changes_nothing(
    files: Files, config_store: ConfigStore
) -> None:
    kept = config_store.current
    files.write("one")
    assert [config_store.refresh(), config_store.refresh()] == [False, False]
    assert config_store.current is kept


def test_a_broken_configuration_is_not_used_and_logged_once(
    files: Files, config_store: ConfigStore, caplog: pytest.LogCaptureFixture
) -> None:
    files.write("broken")
    with caplog.at_level(logging.INFO):
        assert not any(config_store.refresh() for _ in range(4))
    assert config_store.current.fingerprint == "one"
    assert config_store.problem == "ivrhooks.yaml:3:1: sources: no good"
    assert len(caplog.records) == 1
    assert "still answering with one" in caplog.text
    assert "ivrhooks.yaml:3:1" in caplog.text


def test_a_corrected_configuration_is_used_and_clears_the_problem(
    files: Files, config_store: ConfigStore
) -> None:
    files.write("broken")
    config_store.refresh(now=True)
    files.write("two")
    config_store.refresh()
    assert config_store.refresh()
    assert (config_store.current.fingerprint, config_store.problem) == ("two", "")


def test_refresh_now_reads_unchanged_files(
    files: Files, config_store: ConfigStore
) -> None:
    assert config_store.refresh(now=True)
    assert files.loads == 2


def test_a_store_without_changes_announces_nothing(
    files: Files, config_store: ConfigStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        for text in ("two", "broken"):
            files.write(text)
            config_store.refresh(quiet=True)
            config_store.refresh(quiet=True)
    assert caplog.records == []


def test_a_removed_folder_leaves_the_current_configuration(
    files: Files, config_store: ConfigStore
) -> None:
    (files.folder / "ivrhooks.yaml").unlink()

    def gone(folder: str) -> Configuration:
        raise ConfigError([Problem("no ivrhooks.yaml in it", folder)])

    config_store._load = gone
    config_store.refresh()
    assert not config_store.refresh()
    assert config_store.current.fingerprint == "one"


def test_an_exception_while_reading_leaves_the_configuration(
    config_store: ConfigStore, caplog
) -> None:
    def stumble(folder: str) -> Configuration:
        raise RuntimeError(f"symlink loop from {folder}")

    config_store._load = stumble
    assert not config_store.refresh(now=True)
    assert config_store.current.fingerprint == "one"
    assert "symlink loop" in config_store.problem
    assert "still answering with one" in caplog.text


def test_a_refused_configuration_makes_no_store(files: Files) -> None:
    files.write("broken")
    with pytest.raises(ConfigError):
        ConfigStore(str(files.folder), files.load)


def test_the_folder_comes_from_the_argument_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(tmp_path))
    assert ConfigStore.open().folder == str(tmp_path)
    assert ConfigStore.open(str(tmp_path)).folder == str(tmp_path)
    monkeypatch.delenv("IVRHOOKS_CONFIG")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs/ivrhooks.yaml").write_text("version: 1\n")
    assert ConfigStore.open().folder == "configs"


def test_catch_up_reads_a_change_at_once(
    files: Files, config_store: ConfigStore
) -> None:
    config_store.catch_up()
    assert files.loads == 1
    files.write("two")
    config_store.catch_up()
    config_store.catch_up()
    assert (config_store.current.fingerprint, files.loads) == ("two", 2)


def test_refreezing_the_contract_accepts_a_refused_change(
    tmp_path: Path,
) -> None:
    (tmp_path / "endpoints").mkdir()
    endpoint = tmp_path / "endpoints" / "vip.yaml"
    text = (
        "endpoint: vip\npath: /a\nformat: form\nmode: mock\n"
        "outputs: {isVip: {type: int, default: 0}}\nmock: [{outputs: {isVip: 1}}]\n"
    )
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n", "utf-8")
    endpoint.write_text(text, "utf-8")
    freeze(tmp_path, {})
    store = ConfigStore(str(tmp_path))
    endpoint.write_text(text.replace("path: /a", "path: /b"), "utf-8")
    assert [store.refresh(), store.refresh()] == [False, False]
    assert "the contract is frozen" in store.problem
    freeze(tmp_path, {})
    assert [store.refresh(), store.refresh()] == [False, True]
    assert (list(store.current.plans), store.problem) == (["/b"], "")


# ------------------------------------------------------------- files of rows


class Rows:
    """A file of rows whose next state a test chooses."""

    path = Path("vips.csv")

    def __init__(self) -> None:
        self.problem = ""
        self.next = ""

    def refresh(self, *, now: bool = False) -> bool:
        changed, self.problem = self.problem != self.next, self.next
        return changed and not self.problem


def test_a_broken_data_file_is_logged_like_a_broken_configuration(
    files: Files, make_configuration, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="ivrhooks.server.reload")
    rows = Rows()

    def load(folder: str) -> Configuration:
        options = SimpleNamespace(data_file=rows)
        vips = SourceSettings("vips", "table", "", options=options)
        return replace(files.load(folder), sources={"vips": vips})

    store = ConfigStore(str(files.folder), load)
    rows.next = "vips.csv:7:1: 3 cells for 2 columns"
    assert not store.refresh() and store.problem == rows.next
    store.refresh()
    rows.next = ""
    assert not store.refresh() and store.problem == ""
    assert files.loads == 1
    assert caplog.messages == [
        "vips.csv:7:1: 3 cells for 2 columns; the file is refused, its last rows stay "
        "in use",
        "vips.csv has been read again",
    ]


def test_a_configuration_that_is_valid_again_is_logged(
    files: Files, config_store: ConfigStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for text in ("broken", "one", "one"):
        files.write(text)
        config_store.refresh(now=text == "broken")
        config_store.refresh()
    messages = [record.message for record in caplog.records]
    assert len(messages) == 2
    assert messages[0].startswith("the new configuration is refused")
    assert messages[1] == "the configuration is good again: one"


def test_a_change_is_logged_once_by_all_processes(
    files: Files, config_store: ConfigStore, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    worker = copy.copy(config_store)  # as a fork has it
    files.write("two")
    assert config_store.refresh(now=True)
    assert worker.refresh(now=True)
    assert worker.current.fingerprint == "two"
    messages = [record.message for record in caplog.records]
    assert messages == ["answering with two, no longer one"]
