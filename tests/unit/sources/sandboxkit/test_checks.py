"""What a sandbox was sent, held against the description, strictly."""

from __future__ import annotations

import pytest

from ivrhooks.sources.interface import Param
from ivrhooks.sources.sandboxkit.checks import (
    find_problem,
    read_bearer,
    read_body,
    read_integer,
)

PARAMS = (
    Param("id", "int", True),
    Param("name", "string", values=("a", "b")),
    Param("flag", "bool"),
    Param("numbers", "list", of="int"),
    Param("rows", "list", items=(Param("key", "string", True),)),
    Param("more", "object"),
)


@pytest.mark.parametrize(
    "values",
    [
        {"id": 1},
        {"id": -(2**63), "name": None, "unknown": object()},
        {"id": 2**63 - 1, "name": "a", "flag": False, "numbers": [], "more": {}},
        {"id": 1, "numbers": [1, 2], "rows": [{"key": "k", "other": 1}]},
    ],
)
def test_a_fitting_request_has_no_problem(values):
    assert find_problem(PARAMS, values) is None


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ([], "the body"),
        ({}, "id"),
        ({"id": None}, "id"),
        ({"id": True}, "id"),
        ({"id": 1.0}, "id"),
        ({"id": "1"}, "id"),
        ({"id": 2**63}, "id"),
        ({"id": -(2**63) - 1}, "id"),
        ({"id": 1, "name": "c"}, "name"),
        ({"id": 1, "name": 1}, "name"),
        ({"id": 1, "flag": 1}, "flag"),
        ({"id": 1, "numbers": 1}, "numbers"),
        ({"id": 1, "numbers": [1, "2"]}, "numbers[1]"),
        ({"id": 1, "rows": [{"key": "k"}, {}]}, "rows[1].key"),
        ({"id": 1, "rows": ["k"]}, "rows[0]"),
        ({"id": 1, "more": []}, "more"),
    ],
)
def test_the_problem_names_its_place(values, named):
    problem = find_problem(PARAMS, values)
    assert problem is not None
    assert problem.startswith(named)


def test_integers_of_a_query_are_ascii_and_64_bits():
    assert read_integer("-12") == -12
    for text in ("", "1.0", "٣", " 1", "1_0", "9" * 19, "9" * 30):
        assert read_integer(text) is None


@pytest.mark.parametrize("data", [b"", b"{", b"NaN", b'"\\ud800"', b'{"a": "\\udc00"}'])
def test_a_body_that_is_no_json_or_cannot_be_stored_is_a_value_error(data):
    with pytest.raises(ValueError, match=r"."):
        read_body(data)


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("Basic abc", ""),
        ("abc", ""),
        ("", ""),
    ],
)
def test_a_bearer_token_is_read_whatever_the_case_of_its_scheme(header, token):
    assert read_bearer(header) == token
