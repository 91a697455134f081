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
        ("a: {b: '{{ c['d'] }}'}\n", (1, 15), "write other quotes inside them"),
        ("a: 'it's'\n", (1, 8), "write other quotes inside them"),
        ('a: {b: "{{ f(c, "d") }}"}\n', (1, 18), "write other quotes inside them"),
        ("a：b\nc: 1\n", (1, 1), "write the ASCII sign `:` and a blank, not `：`"),
        (
            "a: {b: 1， c: 2}\n",
            (1, 12),
            "write the ASCII sign `,` between entries, not `，`",
        ),
        ("a: *b*\n", (1, 4), "put the text in quotes"),
        ("a: &b* c\n", (1, 4), "put the text in quotes"),
        ("a: @b\n", (1, 4), "put the text in quotes"),
        ("a:\n\tb: 1\n", (2, 1), "a tab cannot indent YAML; write blanks"),
        ("a: \x01\n", (1, 4), "a control character cannot stand in YAML"),
        ('a: "b\\0c"\n', (1, 4), "a text holds the control character"),
    ],
)
def test_unreadable_yaml_gets_a_correction(
    text: str, place: tuple[int, int], words: str
) -> None:
    _, problems = read_yaml(text.encode())
    assert words in problems[-1].message
    assert (problems[-1].line, problems[-1].column) == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 'x\nb: y\n", (1, 4)),  # closed by the end of the file
        ('a: "x\n\n\n', (1, 4)),
        ('a: 1\nb: "x\nc: y\nd: "z"\n', (2, 4)),  # closed by the next quote
        ('a: 1\r\nb: "x\r\nc: y\r\nd: "z"\r\n', (2, 4)),
        ('ü: "ü\nb: "z"\n', (1, 4)),
        ("- 'x\n- 'y'\n", (1, 3)),
        ('"a: 1\nb: "x"\n', (1, 1)),
        ('a: {b: "${K}, c: "${K}"}\n', (1, 8)),
        ('a: {b: "x, c: {"1": 1}}\n', (1, 8)),
        ("a: ['x, 'y']\n", (1, 5)),
        ('a: don\'t\nb: c # can\'t "x\nd: "x\ne: "y"\n', (3, 4)),
        ('a: "\\"x\nb: "z"\n', (1, 4)),  # an escaped quote closes nothing
        ("a: 'it''s\nb: 'z'\n", (1, 4)),
    ],
)
def test_a_quote_that_is_not_closed_is_reported_where_it_begins(
    text: str, place: tuple[int, int]
) -> None:
    (problem,) = read_yaml(text.encode())[1]
    assert problem.message == (
        "this is no YAML: the quote that begins here is not closed; close it behind "
        "the text"
    )
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('a: "x" y\n', (1, 8), "did not find expected key"),
        ('a: {b: "x",\n c: "y" "z"}\n', (2, 9), "did not find expected ','"),
        ('a: "x"\n b: 1\n', (2, 2), "did not find expected key"),
        ('a: "x"\nb: [y\n', (2, 4), "the `[` that begins here is not closed"),
    ],
)
def test_a_quote_that_is_closed_is_not_to_blame(
    text: str, place: tuple[int, int], words: str
) -> None:
    (problem,) = read_yaml(text.encode())[1]
    assert words in problem.message
    assert (problem.line, problem.column) == place


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (
            "a:\n  b: {c: 1\n  d: {e: 2}\n",
            (2, 6),
            "the `{` that begins here is not closed",
        ),
        ("a:\n  b: {c: 1\nd: 2\n", (2, 6), "the `{` that begins here is not closed"),
        ("a: [1, 2\nb: 3\n", (1, 4), "the `[` that begins here is not closed"),
        (
            "a: {\n  b: 1\n  c: 2\n}\n",
            (3, 4),
            "close the brace }",
        ),  # a comma is missing
        ("a: {b: 1}}\nc: 2\n", (1, 10), "`}` closes nothing; remove it"),
        ("a: [1]]\n", (1, 7), "`]` closes nothing; remove it"),
        ("a: {b: c d: e}\n", (1, 11), "flow mapping"),
    ],
)
def test_a_bracket_that_is_not_closed_or_closes_nothing(
    text: str, place: tuple[int, int], words: str
) -> None:
    (problem,) = read_yaml(text.encode())[1]
    assert words in problem.message
    assert (problem.line, problem.column) == place


def test_yaml_of_the_pure_parser_is_accepted() -> None:
    """The C parser refuses a colon within unquoted text between braces."""
    for text in (
        "a: {url: http://x:1/y}\nb: 1\n",
        "a:\n  {url: http://x:1/y,\n  b: 1}\n",
        "a: [http://x:1/y, 'z']\n",
    ):
        assert read_yaml(text.encode())[1] == [], text
