"""Requests of kind http: what stands in the source, and what in the lookup."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.http.request_builder import (
    PartedRequest,
    RequestBuilder,
    pairs_of,
    text_of,
)


def builder(parted: bool = False, **query: str) -> RequestBuilder:
    headers = (("Accept", "application/json"), ("X-App-Id", "app-1"))
    return RequestBuilder("http://erp/api/", headers, query, parted=parted)


def test_headers_and_query_of_the_source_go_with_every_request() -> None:
    request = builder(key="k&1").build({"path": "/a"})
    assert request.url == "http://erp/api/a?key=k%261"
    assert request.headers == (("Accept", "application/json"), ("X-App-Id", "app-1"))


def test_a_requests_own_win() -> None:
    params = {"path": "/a", "query": {"key": "mine"}, "headers": {"x-app-id": "2"}}
    request = builder(key="k", v="1").build(params)
    assert request.url == "http://erp/api/a?key=mine&v=1"
    assert request.headers == (("Accept", "application/json"), ("x-app-id", "2"))


@pytest.mark.parametrize(
    ("params", "body", "label"),
    [
        ({"json": {"a": "é", "b": [1]}}, '{"a":"é","b":[1]}', "application/json"),
        (
            {"form": {"a": ["x", "y z"], "b": True}},
            "a=x&a=y+z&b=true",
            "application/x-www-form-urlencoded",
        ),
        ({"body": "<x>é</x>"}, "<x>é</x>", "text/plain; charset=utf-8"),
        (
            {"body": "<x/>", "content_type": "text/xml; charset=utf-8"},
            "<x/>",
            "text/xml; charset=utf-8",
        ),
    ],
)
def test_a_body_has_its_label(params: dict[str, Any], body: str, label: str) -> None:
    request = builder().build({"method": "post", "path": "/a", **params})
    assert request.body == body.encode()
    assert dict(request.headers)["Content-Type"] == label
    assert request.method == "POST"


def test_a_label_of_the_requests_own_headers_wins() -> None:
    params = {"path": "/", "json": {}, "headers": {"content-type": "application/vnd"}}
    labels = [
        v for k, v in builder().build(params).headers if k.lower() == "content-type"
    ]
    assert labels == ["application/vnd"]


def test_a_parted_request_knows_its_parts() -> None:
    params = {"method": "POST", "path": "/a b", "query": {"q": "ü"}, "form": {"f": 1}}
    request = builder(parted=True, key="k").build(params)
    assert isinstance(request, PartedRequest)
    assert request.address == "http://erp/api/a b"
    assert request.query == (("key", "k"), ("q", "ü"))
    assert request.form == (("f", "1"),)
    assert request.url == "http://erp/api/a b?key=k&q=%C3%BC"


def test_a_header_with_a_line_break_is_never_sent() -> None:
    with pytest.raises(SourceRejected):
        builder().build({"path": "/", "headers": {"X": "a\r\nY: b"}})


def test_values_are_written_as_json_writes_them() -> None:
    assert [text_of(value) for value in (True, 7.0, {"a": [1]}, "x")] == [
        "true",
        "7",
        '{"a":[1]}',
        "x",
    ]
    assert tuple(pairs_of({"a": None, "b": [None, 2]})) == (("b", "2"),)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(
    path=st.sampled_from(["", "/c", "c/1", "/c?x=1", "?x"]) | st.text("abc/?%é ."),
    query=st.none() | st.dictionaries(st.text(max_size=5), VALUES, max_size=4),
)
def test_the_common_request_is_built_as_any_other(path: str, query: Any) -> None:
    quick, whole = (
        RequestBuilder("http://crm/api", (("Accept", "x"),), {}, parted=False)
        for _ in range(2)
    )
    whole._is_plain = False
    params = {"method": "GET", "path": path, "query": query}
    try:
        expected: Any = whole.build(params)
    except SourceRejected as problem:
        expected = str(problem)
    for _ in range(2):  # the address is remembered
        try:
            built: Any = quick.build(params)
        except SourceRejected as problem:
            built = str(problem)
        assert built == expected
