"""Where a section of a YAML file ends, so that lines can be put in behind it."""

from __future__ import annotations

from io import StringIO

import pytest
from ruamel.yaml import YAML

from ivrhooks.authoring.yaml_lines import end_of, lines_of


def test_the_last_line_ends_too() -> None:
    assert lines_of("a: 1\nb: 2") == ["a: 1\n", "b: 2\n"]
    assert lines_of("a: 1\n") == ["a: 1\n"]
    assert lines_of("") == []


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("first:\n  a: 1\nlater: 2\n", 2),
        ("first:\n  a: 1\n\n# about later\nlater: 2\n", 2),
        ("first:\n  a: 1\n\n# the end\n", 2),
        ("first:\n  a: 1", 2),
        ("first:\n  a: 1\n  # within\n  b: 2\n", 4),
    ],
)
def test_comments_belong_to_the_next_entry(text: str, end: int) -> None:
    root = YAML(typ="rt", pure=True).compose(StringIO(text))
    assert end_of(root.value[0][1], lines_of(text)) == end
