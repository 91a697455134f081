"""YAML that cannot be read: the place of the mistake, and what to write."""

from __future__ import annotations

import pytest

from ivrhooks.config.reading.yaml_reader import read_yaml


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb 2\nc: 3\n", (2, 1), "write `key: value`, with a blank"),
        ("a:\n  b:2\n  c: 3\n", (2, 3), "write `key: value`, with a blank"),
        ("a: x: y\n", (1, 5), "put the text in quotes, or mend the indentation"),
        ('a: "^\\d+$"\n', (1, 6), "write the text in single quotes"),
        ("a: {b: “{{ c }}”}\n", (1, 9), "write straight quotes"),
        ("a: {b: '{{ c['d'] }}'}\n", (1, 15), "other quotes inside them"),
        ("a:\n\tb: 1\n", (2, 1), "a tab cannot indent YAML; write blanks"),
        ("a: \x01\n", (1, 4), "a control character cannot stand in YAML"),
        ('a: "b\\0c"\n', (1, 4), "a text holds the control character"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(
    text: str, place: tuple[int, int], words: str
) -> None:
    _, problems = read_yaml(text.encode())
    assert words in problems[-1].message
    assert (problems[-1].line, problems[-1].column) == place
