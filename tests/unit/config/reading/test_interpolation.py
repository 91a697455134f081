"""References to the environment and to files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.config.reading.interpolation import fill
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node, plain

ENVIRON = {"A": "one", "EMPTY": "", "NESTED": "${A}"}


def filled(text: str, folder: Path) -> tuple[Any, str]:
    root = Node({"k": Node(text, 3, 7)}, 1, 1, {"k": (3, 1)})
    location = Location(Report(), Document("f.yaml", root))
    fill(root, location, ENVIRON, folder)
    return plain(root)["k"], "\n".join(map(str, location.report.problems()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${A}", "one"),
        ("x ${A} y ${A}", "x one y one"),
        ("${EMPTY}", ""),
        ("${B:-two}", "two"),
        ("${B:-}", ""),
        ("${EMPTY:-two}", "two"),
        ("${B:-http://x:1/y}", "http://x:1/y"),
        ("$${A}", "${A}"),
        ("$${A} ${A}", "${A} one"),
        ("$A $ {A}", "$A $ {A}"),
        ("${NESTED}", "${A}"),
        ("${file:secret}", "hush"),
    ],
)
def test_references_are_replaced_once(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "secret").write_text("hush\n")
    assert filled(text, tmp_path) == (expected, "")


def test_a_file_by_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    assert filled(f"${{file:{tmp_path}/secret}}", Path("/"))[0] == "hush"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${B}", "the environment variable B is not set"),
        ("${A", "not closed"),
        ("${C:-${A}}", "a default cannot hold another reference"),
        ("${}", "cannot be read"),
        ("${a-b}", "cannot be read"),
        ("${file:nowhere}", "No such file"),
        ("${file:.}", "cannot be read"),
        ("${file:binary}", "not UTF-8"),
        ("${file:/dev/zero}", "64 KB"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    _, problems = filled(text, tmp_path)
    assert words in problems
    assert problems.startswith("f.yaml:3:7: k: ")
