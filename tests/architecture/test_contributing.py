"""The steps of CONTRIBUTING.md, followed on a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PAGE = Path(__file__).parents[2] / "CONTRIBUTING.md"
BLOCK = re.compile(r"^```(diff|sh)\n(.*?)^```", re.S | re.M)
SECTIONS = {
    part.partition("\n")[0]: BLOCK.findall(part)
    for part in PAGE.read_text("utf-8").split("\n## ")[1:]
    if part.startswith("Add ")
}


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Path:
    """The repository as it stands, with this environment."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True
    )
    target = tmp_path / "copy"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (checkout / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(checkout / name, target / name)
    (target / ".venv-test").symlink_to(sys.prefix)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)
    return target


def test_there_are_four_things_to_add() -> None:
    assert [len(blocks) > 0 for blocks in SECTIONS.values()] == [True] * 4


@pytest.mark.parametrize("section", list(SECTIONS))
def test_the_steps_can_be_followed(section: str, copy: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(copy), "IVRHOOKS_DATA": str(copy / "data")}
    for kind, text in SECTIONS[section]:
        command = ["sh", "-eu"] if kind == "sh" else ["git", "apply", "-"]
        done = subprocess.run(
            command, cwd=copy, env=env, input=text, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
