"""YAML 1.2, bounded, with the place of everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.yaml_reader import MAX_BYTES, plain, read_yaml

LEAVE_OUT = "leave it out, or put a text that begins with ! in quotes"


def only_problem(data: bytes) -> tuple[str, int, int]:
    _, problems = read_yaml(data)
    assert len(problems) == 1
    return problems[0].message, problems[0].line, problems[0].column


def test_the_parser_is_the_c_one() -> None:
    assert "clib" in YAML(typ="safe", pure=False).Parser.__module__


def test_words_of_yaml_1_1_are_text() -> None:
    root, problems = read_yaml(
        b"a: no\nb: on\nc: 1:30\nd: 0123\ne: 2026-10-01\nf: 1_000\ng: yes\nh: =\n"
    )
    assert not problems
    assert list(plain(root).values()) == [
        "no",
        "on",
        "1:30",
        "0123",
        "2026-10-01",
        "1_000",
        "yes",
        "=",
    ]


def test_scalars_of_yaml_1_2() -> None:
    root, _ = read_yaml(
        b'[1, -7, +12, 0x10, 0o17, 1.5, 1e3, true, FALSE, null, ~, "1", 0, !!str 5]'
    )
    numbers = [1, -7, 12, 16, 15, 1.5, 1e3]
    words = [True, False, None, None, "1", 0, "5"]
    assert plain(root) == [*numbers, *words]


def test_addresses_and_times_need_no_quotes_between_brackets() -> None:
    root, problems = read_yaml(
        b"{url: http://127.0.0.1:8090/x?y=1, at: 2026-10-01T09:30:00+08:00, l: [1:30]}"
    )
    assert not problems
    assert plain(root) == {
        "url": "http://127.0.0.1:8090/x?y=1",
        "at": "2026-10-01T09:30:00+08:00",
        "l": ["1:30"],
    }


def test_a_mistake_after_such_an_address_is_reported_where_it_is() -> None:
    assert only_problem(b"a: {url: http://x}\nb: [\nc: }\n")[1] > 1


def test_keys_and_values_have_places() -> None:
    root, _ = read_yaml(b"a:\n  b: [x, y]\n")
    assert root is not None
    inner = root.below("a")
    assert inner is not None
    assert inner.keys["b"] == (2, 3)
    listed = inner.below("b")
    assert listed is not None
    assert (listed.line, listed.column) == (2, 6)
    assert listed.below(1) is not None


@pytest.mark.parametrize(
    ("data", "words", "line", "column"),
    [
        (b"", "empty", 1, 1),
        (b"# only a comment\n", "empty", 1, 1),
        (b"a: 1\nb: 2\na: 3\n", "written twice (first in line 1)", 3, 1),
        (b"a:\n\tb: 1\n", "tab", 2, 1),
        (b"a: {{ b }}\n", "template }} without quotes", 1, 5),
        (b"a: b: c", "quotes", 1, 5),
        (b"a: 1\n---\nb: 2\n", "one document", 2, 1),
        (b"a: *q\n", "no anchor", 1, 4),
        (b"a: &x [*x]\n", "contains itself", 1, 8),
        (b"a: !thing 1\n", "tag", 1, 4),
        (b"a: caf\xe9\n", "UTF-8", 1, 7),
        (b"a: 1\nb: \x01\n", "control character", 2, 4),
        (b"a: .inf\n", "quotes", 1, 4),
        (b"<<: {a: 1}\n", "merge keys", 1, 1),
        (b"x: " + b"[" * 30, "deeper than 20", 1, 23),
        (b"[" * 200_000, "deeper than 20", 1, 21),
        (b"a: " + b"x" * MAX_BYTES, "1 MB", 1, 1),
        (b"? {a: 1}\n: 2\n", "a key must be", 1, 3),
    ],
)
def test_invalid_values_are_refused(
    data: bytes, words: str, line: int, column: int
) -> None:
    message, *place = only_problem(data)
    assert words in message
    assert place == [line, column]


def test_a_byte_order_mark_is_dropped() -> None:
    assert plain(read_yaml(b"\xef\xbb\xbfa: 1\n")[0]) == {"a": 1}


def test_aliases_are_taken_and_bounded() -> None:
    assert plain(read_yaml(b"a: &x {b: 1}\nc: *x\n")[0]) == {
        "a": {"b": 1},
        "c": {"b": 1},
    }
    many = b"a: &x 1\nb: [" + b"*x, " * 101 + b"]\n"
    assert "more than 100 aliases" in only_problem(many)[0]


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]")
    assert "more than 100000 values" in only_problem("\n".join(lines).encode())[0]


def test_aliases_do_not_nest_deeper_than_allowed() -> None:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{level}: &a{level} [*a{level - 1}]" for level in range(1, 25)]
    assert "deeper than 20" in only_problem("\n".join(lines).encode())[0]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    root, problems = read_yaml(data)
    assert root is not None or problems


@given(st.text(alphabet="ab:{}[]&*!|>\"'-# \n\t,?%@`\u2028", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    root, problems = read_yaml(text.encode())
    assert root is not None or problems


def test_merge_keys_are_one_error_and_are_merged() -> None:
    """What is missing without them would be a second error for one mistake."""
    root, problems = read_yaml(
        b"x: &x {a: 1, b: 2}\ny:\n  b: 3\n  <<: *x\nz:\n  <<: {c: 4}\n"
    )
    assert [(p.line, p.column) for p in problems] == [(4, 3), (6, 3)]
    assert plain(root)["y"] == {"a": 1, "b": 3}
    assert plain(root)["z"] == {"c": 4}
    assert root is not None
    below = root.below("y")
    assert below is not None and below.keys["b"] == (3, 3)


@pytest.mark.parametrize(
    ("written", "text"),
    [("+86138", "+86138"), ("1.10", "1.10"), ("0x1F", "0x1F"), ("7", "7"), ("x", "")],
)
def test_a_number_is_kept_to_the_letter(written: str, text: str) -> None:
    root, _ = read_yaml(f"a: {written}\n".encode())
    assert root is not None
    node = root.below("a")
    assert node is not None and node.text == text


@pytest.mark.parametrize(
    ("tagged", "cure"),
    [
        ("!env KEY", 'write "${KEY}"'),
        ("!ENV KEY", 'write "${KEY}"'),
        ("!secret app_key", 'write "${app_key}"'),
        ("!env 5", LEAVE_OUT),
        ("!include x.yaml", LEAVE_OUT),
    ],
)
def test_a_tag_of_another_tool_is_reported_with_its_cure(
    tagged: str, cure: str
) -> None:
    root, (problem,) = read_yaml(f"a: {tagged}\n".encode())
    tag = tagged.partition(" ")[0]
    assert problem.message == f"the tag {tag} is not known here; {cure}"
    assert as_written(plain(root)["a"]) == tagged


@pytest.mark.parametrize(
    ("sign", "code"),
    [("\u00a0", "U+00A0"), ("\u3000", "U+3000"), ("\u200b", "U+200B")],
)
def test_a_sign_that_looks_like_a_blank_before_a_key(sign: str, code: str) -> None:
    """What is below would else be read at the wrong depth, one error a key."""
    text = f"inputs:\n{sign}{sign}tel: 1\n{sign}b: 2\n"
    assert only_problem(text.encode()) == (
        f"{code} stands here, which is no blank of YAML; write blanks, or delete it",
        2,
        1,
    )
    quoted, problems = read_yaml(f'"{sign}a": 1\n'.encode())
    assert not problems and plain(quoted) == {f"{sign}a": 1}
