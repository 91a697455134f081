"""What the pages of systems and the README show can be copied as it stands."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrhooks.config.loader import examine
from ivrhooks.config.reading.yaml_reader import read_yaml

ROOT = Path(__file__).parents[2]
SYSTEMS = sorted((ROOT / "docs" / "systems").glob("*.md"))
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANY_BLOCK = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"\$\{([A-Z0-9_]+)\}")
FILE = re.compile(r"\$\{file:[^}]*\}")
HEAD = """\
endpoint: shown
path: /api/shown
format: form
inputs:
  tel: {type: string, format: phone, required: true}
  order_no: {type: int}
"""
USES = """\
  own: {type: string, value: "{{ inputs.tel }} {{ inputs.order_no }}", default: ""}
"""


def blocks(page: Path) -> Iterator[str]:
    """The YAML that a page shows, fragments with an indent left out."""
    for text in BLOCK.findall(page.read_text("utf-8")):
        if not text.startswith(" "):
            yield FILE.sub("${FILE}", text)


@pytest.mark.parametrize("page", SYSTEMS, ids=lambda page: str(page.stem))
def test_the_examples_of_a_system_are_a_good_configuration(
    page: Path, tmp_path: Path
) -> None:
    shown = list(blocks(page))
    root = [text for text in shown if text.startswith(("sources:", "system_api:"))]
    lookups = [text for text in shown if text.startswith("lookups:")]
    assert root and len(lookups) == 1
    write(
        tmp_path, "version: 1\nregion: CN\n" + "".join(root), HEAD + lookups[0] + USES
    )
    environ = {name: "shown" for text in shown for name in NAME.findall(text)}
    environ["DB_URL"] = "postgresql://shown@db.example.com/shown"
    _, problems = examine(tmp_path, environ=environ)
    assert [str(problem) for problem in problems if problem.severity != "note"] == []


def test_every_yaml_of_the_pages_can_be_read() -> None:
    shown = [
        (page, textwrap.dedent(text))
        for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        for text in ANY_BLOCK.findall(page.read_text("utf-8"))
    ]
    assert len(shown) > 60
    wrong = [
        f"{page.name}: {problem}\n{text}"
        for page, text in shown
        for problem in read_yaml(text.encode())[1]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_endpoint_of_the_readme_is_a_good_one(tmp_path: Path) -> None:
    shown = list(blocks(ROOT / "README.md"))
    (endpoint,) = (text for text in shown if text.startswith("endpoint:"))
    root = (ROOT / "configs" / "ivrhooks.yaml").read_text("utf-8")
    write(tmp_path, root, endpoint)
    _, problems = examine(tmp_path, environ={})
    assert [str(problem) for problem in problems if problem.severity != "note"] == []


def write(folder: Path, root: str, endpoint: str) -> None:
    (folder / "endpoints").mkdir()
    (folder / "ivrhooks.yaml").write_text(root, encoding="utf-8")
    shutil.copytree(ROOT / "configs" / "tables", folder / "tables")
    (folder / "endpoints" / "shown.yaml").write_text(endpoint, encoding="utf-8")
