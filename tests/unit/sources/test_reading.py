"""What all clients read alike: JSON, the statuses of a failing system, and rows."""

from __future__ import annotations

import pytest

from ivrhooks.sources.interface import Response
from ivrhooks.sources.reading import is_rows, is_unavailable, json_of


def test_json_is_read_in_the_charset_of_its_label():
    body = '{"name": "王"}'.encode("gb18030")
    labelled = {"content-type": "application/json; charset=gb18030"}
    assert json_of(Response(200, labelled, body)) == {"name": "王"}
    assert json_of(Response(200, {}, b'{"a": 1}')) == {"a": 1}


def test_a_body_that_is_no_json_is_a_value_error():
    with pytest.raises(ValueError, match="JSON"):
        json_of(Response(200, {}, b"<html>"))


@pytest.mark.parametrize(
    ("status", "unavailable"),
    [
        (200, False),
        (404, False),
        (428, False),
        (429, True),
        (430, False),
        (499, False),
        (500, True),
        (599, True),
    ],
)
def test_server_errors_and_too_many_requests_are_temporary(status, unavailable):
    assert is_unavailable(status) is unavailable


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([], True),
        ([{"a": 1}, {}], True),
        ([{"a": 1}, 2], False),
        ({"a": 1}, False),
        (None, False),
        ("text", False),
    ],
)
def test_rows_are_a_list_of_objects(value, rows):
    assert is_rows(value) is rows
