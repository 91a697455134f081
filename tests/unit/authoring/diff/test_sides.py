# ruff: noqa: E501 - a case stands on one line
"""One side as it is written: keys, the files beside it, and where they differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.sides import Content, data_files, read_side, written
from ivrhooks.basics.errors import ConfigError
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.schema.endpoint import EndpointEntry

ROOT = """\
version: 1
include: [more]
sources:
  vips: {kind: table, file: vips.csv, key: {phone: phone}}
"""
ENDPOINT = """\
endpoint: %s
path: //%s/
format: form
inputs: {tel: {format: phone}}
lookups: {vip: {source: vips, params: {phone: "{{ inputs.tel }}"}}}
outputs: {level: {type: string, value: "{{ vip.level }}", default: ""}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "ivrhooks.yaml": ROOT,
        "vips.csv": "phone,level\n13800000001,3\n",
        "endpoints/b.yaml": ENDPOINT % ("b", "b"),
        "more/a.yaml": ENDPOINT % ("a", "a"),
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_side_has_every_endpoint_and_every_file_that_is_read(folder: Path) -> None:
    side = read_side(folder, "new", {})
    places = {
        endpoint.entry.endpoint: (endpoint.path, endpoint.place.file)
        for endpoint in side.endpoints
    }
    assert places == {
        "b": ("/b", "new/endpoints/b.yaml"),
        "a": ("/a", "new/more/a.yaml"),
    }
    assert side.place.file == "new/ivrhooks.yaml"
    assert list(side.files) == ["vips.csv"]
    (endpoint, _) = side.endpoints
    assert endpoint.place.at("lookups", "vip").line == 5
    assert endpoint.place.at("actions", "x").line == 1


def test_a_side_without_a_root_file_raises(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        read_side(tmp_path, "new", {})


@pytest.mark.parametrize(
    ("mine", "theirs", "line"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", 2),
        ("a\n", "a\nb\n", 2),
        ("a\nb\n", "a\n", 2),
        ("x\n", "a\n", 1),
        ("a\n", "a\n", 1),
        ("a\n", None, 1),
    ],
)
def test_the_first_line_that_differs(
    tmp_path: Path, mine: str, theirs: str | None, line: int
) -> None:
    (tmp_path / "mine").write_text(mine)
    if theirs is not None:
        (tmp_path / "theirs").write_text(theirs)
    other = Content("", tmp_path / "theirs")
    assert Content("", tmp_path / "mine").first_difference(other) == line


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Interpolated("s3cret", "${KEY}"), "${KEY}"),
        ({Interpolated("a", "${A}"): (1, Interpolated("b", "${B}"))}, {"${A}": [1, "${B}"]}),
        ({1: True, "1.5": 1.5}, {"1": True, "1.5": 1.5}),
        (frozenset({"x"}), ["x"]),
        (None, None),
        (EndpointEntry, EndpointEntry),
    ],
)  # fmt: skip
def test_a_value_as_the_file_has_it(value: Any, plain: Any) -> None:
    assert written(value) == plain


def test_files_are_found_at_any_depth_and_nothing_else_is() -> None:
    value = {
        "vips": {"file": "vips.csv", "key": {"file": {"ca": "x.pem"}}},
        "crm": {"tls": {"ca": "ca.pem", "cert": "me.pem", "key": "me.key"}},
        "office": {"holidays": [{"file": "days.ics"}, "2026-10-01"]},
        "name": "file",
    }
    files = ["vips.csv", "x.pem", "ca.pem", "me.pem", "days.ics"]
    assert list(data_files(value)) == files


def test_in_a_text_of_several_lines_the_line_that_differs_is_found(
    tmp_path: Path,
) -> None:
    text = """\
endpoint: a
path: /a
format: form
outputs:
  word:
    type: string
    value: >-
      {{ 'one' if now
         else 'two' }}
    default: three
"""
    edits = (
        ("'two'", "'2'", 9),
        ("'one'", "'1'", 8),
        ("'two' }}", "'two'\n      }}", 9),
    )
    for number, (was, now, line) in enumerate(edits):
        sides = []
        for name, content in (("old", text), ("new", text.replace(was, now))):
            folder = tmp_path / f"{name}{number}"
            (folder / "endpoints").mkdir(parents=True)
            (folder / "ivrhooks.yaml").write_text("version: 1\n", "utf-8")
            (folder / "endpoints" / "a.yaml").write_text(content, "utf-8")
            sides.append(read_side(folder, name, {}))
        (change,) = compare(*sides)
        assert (change.name, change.line) == ("word", line)
