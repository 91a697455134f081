"""``ivrhooks init``: a folder that passes check and test, and replaces nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Run = Callable[..., Result]


def test_the_written_files_pass_check_and_test(run: Run, tmp_path: Path) -> None:
    done = run("init", tmp_path / "mine")
    assert done.exit_code == 0
    assert run("check", tmp_path / "mine").exit_code == 0
    tested = run("test", tmp_path / "mine")
    assert tested.output.splitlines()[-1] == "2 tests passed."


def test_every_file_has_the_editors_modeline(run: Run, tmp_path: Path) -> None:
    files = json.loads(run("init", tmp_path / "mine", "--json").output)["files"]
    for name in files:
        file = Path(name)
        if file.suffix == ".yaml":
            first = file.read_text("utf-8").splitlines()[0]
            schema = first.partition("$schema=")[2]
            assert json.loads((file.parent / schema).read_text("utf-8"))["properties"]


def test_it_replaces_nothing(run: Run, tmp_path: Path) -> None:
    run("init", tmp_path / "mine")
    file = tmp_path / "mine" / "ivrhooks.yaml"
    file.write_text("version: 1 # changed\n", "utf-8")
    done = run("init", tmp_path / "mine")
    assert (done.exit_code, file.read_text("utf-8")) == (1, "version: 1 # changed\n")
    assert "is there already" in done.output


def test_a_folder_that_cannot_be_made_is_reported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    done = run("init", tmp_path / "file" / "below")
    assert done.exit_code == 1 and "cannot be written" in done.output
