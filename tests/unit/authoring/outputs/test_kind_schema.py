"""The editor's schema and `check` agree on hundreds of good and broken files."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from ivrhooks.authoring.outputs.editor_schema import editor_schema
from ivrhooks.basics.errors import ConfigError
from ivrhooks.config.loader import examine
from ivrhooks.config.reading.yaml_reader import plain, read_yaml

pytestmark = pytest.mark.long

TESTS = Path(__file__).parents[3]
SLIPS = YAML(typ="safe").load(TESTS / "unit/config/schema/slips.yaml")
EDITS = YAML(typ="safe").load(TESTS / "edits/edits.yaml")
EDITED = TESTS / "edits/good"
FILES = {"root": "ivrhooks.yaml", "endpoint": "endpoints/vip.yaml", "table": "vips.csv"}
NAMES = (
    *("APP_ID", "APP_KEY", "OMI_KEY", "TOKEN", "VIP_KEY", "OMICRM_KEY", "SHOP_TOKEN"),
    *("SIGN_SECRET", "ORDER_KEY", "HOOK_SECRET"),
)
VALIDATORS = {
    name: Draft7Validator(editor_schema(name)) for name in ("root", "endpoint")
}
STRUCTURE = re.compile(r"unknown key|unknown day|is not for kind|^no kind `")
"""What the shape of a file alone is enough to see."""


def marks(name: str, text: str) -> list[str] | None:
    """What the schema marks; None where the file is no YAML at all."""
    try:
        value = plain(read_yaml(text.encode())[0])
    except (ConfigError, ValueError, TypeError, IndexError):
        return None
    return [error.message for error in VALIDATORS[name].iter_errors(value)]


def slips(folder: Path) -> Iterator[tuple[Path, str, Path]]:
    """A folder, the schema's name and the file, for each slip of the book."""
    (folder / "endpoints").mkdir(parents=True)
    sqlite3.connect(folder / "customers.db").close()
    good = [(name, was, now) for name, was, now in SLIPS["good"] if name != "table"]
    broken = [
        (name, *slip[:2]) for name in ("root", "endpoint") for slip in SLIPS[name]
    ]
    for name, was, now in (*good, *broken):
        for other, file in FILES.items():
            (folder / file).write_text(SLIPS["files"][other], "utf-8")
        text = SLIPS["files"][name].replace(was, now, 1)
        (folder / FILES[name]).write_text(text, "utf-8")
        yield folder, name, folder / FILES[name]


def edits(folder: Path) -> Iterator[tuple[Path, str, Path]]:
    """The same for each single edit of the scenario."""
    for edit in EDITS:
        if edit["file"].endswith(".yaml"):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(EDITED, folder)
            file = folder / edit["file"]
            text = file.read_text("utf-8").replace(edit["was"], edit["now"], 1)
            file.write_text(text, "utf-8")
            name = "root" if edit["file"] == "ivrhooks.yaml" else "endpoint"
            yield folder, name, file


@pytest.mark.timeout(300)
@pytest.mark.parametrize("corpus", [slips, edits])
def test_check_and_schema_agree(corpus: Any, tmp_path: Path) -> None:
    environ = {name: f"{name.lower()}-5e8d2f91" for name in NAMES}
    environ["SOBOT_URL"] = "https://crm.example.com"
    environ["DB_URL"] = f"sqlite:///{tmp_path / 'files' / 'customers.db'}"
    wrongly_marked, missed, count = [], [], 0
    for folder, name, file in corpus(tmp_path / "files"):
        count += 1
        problems = examine(folder, environ=environ)[1]
        errors = [problem for problem in problems if problem.severity == "error"]
        marked = marks(name, file.read_text("utf-8"))
        if marked and not errors:
            wrongly_marked.append((file.read_text("utf-8"), marked))
        here = [problem for problem in errors if Path(problem.file) == file]
        if marked == [] and any(STRUCTURE.search(problem.message) for problem in here):
            missed += [f"{problem.path}: {problem.message}" for problem in here]
    assert count > 100
    assert wrongly_marked == []
    assert [problem for problem in missed if "holidays[" not in problem] == []
