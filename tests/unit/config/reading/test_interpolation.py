# ruff: noqa: E501 - a case stands on one line
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
def test_invalid_values_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    _, problems = filled(text, tmp_path)
    assert words in problems
    assert problems.startswith("f.yaml:3:7: k: ")


def test_references_are_replaced_at_every_depth_and_where_an_alias_leads(
    tmp_path: Path,
) -> None:
    shared = Node("${A}", 1, 1)
    tree = Node({"list": Node([Node("x ${A}", 1, 1), shared], 1, 1)}, 1, 1)
    tree.value["map"] = Node({"again": shared}, 1, 1)
    location = Location(Report(), Document("f.yaml", tree))
    fill(tree, location, ENVIRON, tmp_path)
    assert plain(tree) == {"list": ["x one", "one"], "map": {"again": "one"}}
    assert not location.report.problems()


def test_an_interpolated_value_remembers_its_source_text(tmp_path: Path) -> None:
    value, _ = filled("a ${A} ${B:-two}", tmp_path)
    assert value.written == "a ${A} ${B:-two}"
    assert value.parts == ("one",)  # a default is in the file already
    assert not hasattr(filled("$${A}", tmp_path)[0], "written")


def test_a_reference_that_is_wrong_says_how_one_is_written(tmp_path: Path) -> None:
    how = "write ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a literal ${"
    assert filled("${A", tmp_path)[1] == (
        f"f.yaml:3:7: k: the reference is not closed; {how}"
    )
    assert filled("${a b}", tmp_path)[1] == (
        f"f.yaml:3:7: k: ${{a b}} cannot be read; {how}"
    )


def test_a_file_of_a_secret_is_read_without_its_line_ends(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"\xef\xbb\xbf hush \r\n\n")
    assert filled("${file:s}", tmp_path) == (" hush ", "")
    (tmp_path / "most").write_bytes(b"x" * 65536)
    assert filled("${file: most }", tmp_path)[1] == ""
    (tmp_path / "more").write_bytes(b"x" * 65537)
    assert "it is larger than 64 KB" in filled("${file:more}", tmp_path)[1]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("${env:A}", "write ${A}"),
        ("${ENV.A}", "write ${A}"),
        ("${ A }", "write ${A}"),
        ("${A-two}", "write ${A:-two}"),
        ("${A:two}", "write ${A:-two}"),
        ("${A:=two}", "write ${A:-two}"),
        ("${env:A:-two}", "write ${A:-two}"),
        ("${customer.isVip}", "write {{ customer.isVip }} for a value of the call, ${NAME} for a variable of the environment"),
        ("${a b}", "write ${NAME}, ${NAME:-default} or ${file:/path}; $${ is a literal ${"),
    ],
)  # fmt: skip
def test_a_reference_as_other_tools_write_it(
    tmp_path: Path, text: str, advice: str
) -> None:
    assert (
        filled(text, tmp_path)[1] == f"f.yaml:3:7: k: {text} cannot be read; {advice}"
    )
