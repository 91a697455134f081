"""The body decides, not its label."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.http.bodies import read_body
from ivrhooks.http.forms import MAX_FIELDS

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
LABELS = ["", FORM, JSON, "text/plain", "application/json; charset=UTF-8", "x", ";;"]


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf \t"])
def test_nothing_has_no_fields(body: bytes, label: str) -> None:
    read = read_body(body, label)
    assert (read.kind, read.fields, read.problem) == ("none", {}, None)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b'{"tel":"+84"}', {"tel": "+84"}),
        (b'\xef\xbb\xbf {"tel": 7}', {"tel": 7}),
        (b'\n\t {"a":1,"a":2}', {"a": 2}),
        (b'{"a":null,"b":[1],"c":{"d":1}}', {"a": None, "b": [1], "c": {"d": 1}}),
        (
            b'{"n":123456789012345678901234567890}',
            {"n": 123456789012345678901234567890},
        ),
        (b'{"name":"\xd6\xd0"}', {"name": "��"}),
        (b'{"name":"\\ud800x"}', {"name": "x"}),
        (b"{}", {}),
    ],
)
def test_an_object_is_json_whatever_its_label(
    body: bytes, label: str, fields: dict[str, Any]
) -> None:
    read = read_body(body, label)
    assert (read.kind, dict(read.fields), read.problem) == ("json", fields, None)


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "body",
    [
        b'{"tel":"+84',
        b'{"tel":NaN}',
        b'{"tel":"a""}',
        b'{"a":' * 50_000,
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"n":' + b"9" * 5000 + b"}",
        b'{"a":1} x',
        b"{'a':1}",
    ],
)
def test_json_that_cannot_be_read_is_a_400(body: bytes, label: str) -> None:
    problem = read_body(body, label).problem
    assert problem is not None
    assert (problem.status, problem.code) == (400, "unreadable_body")


@pytest.mark.parametrize(
    "body", [b"[1]", b'"x"', b"7", b"-1.5", b"null", b"true", b"[1,", b'"x', b"NaN"]
)
def test_json_that_is_no_object_is_a_400_under_a_json_label(body: bytes) -> None:
    for label in (JSON, "Application/JSON;charset=utf-8", "application/vnd.x+json"):
        problem = read_body(body, label).problem
        assert problem is not None
        assert problem.code == "unreadable_body"
    for label in ("", FORM, "text/plain"):
        assert read_body(body, label).kind == "form"


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize(
    "body", [b"<xml/>", b" <html>", b"\xef\xbb\xbf<a>", b"tel=1\0", b'{"a":1}\0', b"\0"]
)
def test_markup_and_nul_bytes_are_a_415(body: bytes, label: str) -> None:
    problem = read_body(body, label).problem
    assert problem is not None
    assert (problem.status, problem.code) == (415, "unsupported_media_type")


@pytest.mark.parametrize("label", LABELS)
def test_all_else_is_a_form_whatever_its_label(label: str) -> None:
    read = read_body(b"partnerId=x&m&tel=%2B84\r\n", label)
    assert (read.kind, read.problem) == ("form", None)
    assert read.fields == {"partnerId": "x", "m": "", "tel": "+84"}


def test_a_form_of_too_many_fields_is_a_400() -> None:
    assert read_body(b"&".join([b"a=1"] * MAX_FIELDS), FORM).problem is None
    problem = read_body(b"&".join([b"a=1"] * (MAX_FIELDS + 1)), FORM).problem
    assert problem is not None
    assert problem.code == "unreadable_body"


PART = b'--b\r\nContent-Disposition: form-data; name="tel"\r\n\r\n+84\r\n--b--\r\n'


@pytest.mark.parametrize(
    "label", ["multipart/form-data; boundary=b", 'Multipart/Form-Data; boundary="b"']
)
def test_a_multipart_label_with_its_boundary_is_multipart(label: str) -> None:
    read = read_body(PART, label)
    assert (read.kind, read.fields) == ("multipart", {"tel": "+84"})


@pytest.mark.parametrize(
    "label", ["multipart/form-data", "multipart/form-data; boundary=other"]
)
def test_a_multipart_label_without_its_boundary_decides_nothing(label: str) -> None:
    assert read_body(b'{"tel":1}', label).kind == "json"
    assert read_body(b"tel=1", label).fields == {"tel": "1"}


def test_a_cut_multipart_body_is_a_400() -> None:
    problem = read_body(PART[:60], "multipart/form-data; boundary=b").problem
    assert problem is not None
    assert problem.code == "unreadable_body"


@given(st.binary(max_size=300), st.sampled_from([*LABELS, "multipart/x; boundary=a"]))
def test_no_body_whatever_raises(body: bytes, label: str) -> None:
    read = read_body(body, label)
    assert read.kind in {"none", "form", "multipart", "json", "other"}
    assert all(isinstance(name, str) for name in read.fields)
