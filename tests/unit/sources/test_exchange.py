"""Parameters become the parts of a request that their description names."""

from __future__ import annotations

import json

import pytest

from ivrhooks.basics.errors import SourceRejected
from ivrhooks.sources.exchange import build_request, fit_params, json_bytes
from ivrhooks.sources.interface import Operation, Param, Query, SourceSettings


def made(params=(), values=None, *, method="POST", path="/things", paths=None, **more):
    operation = Operation(
        kind="x",
        name="op",
        method=method,
        path=path,
        summary="",
        reference="",
        params=params,
        **more,
    )
    settings = SourceSettings("s", "x", "http://h/b/", paths=paths or {})
    return build_request(Query(operation, values or {}), settings, ())


def test_each_value_goes_where_its_description_says():
    params = (
        Param("id", place="path"),
        Param("q", place="query"),
        Param("name", place="body"),
    )
    values = {"id": "a b", "q": "ü&", "name": "n", "unknown": 1}
    request = made(params, values, path="/things/{id}.json")
    assert request.url == "http://h/b/things/a%20b.json?q=%C3%BC%26"
    assert json.loads(request.body) == {"name": "n"}


def test_a_path_of_the_configuration_replaces_the_vendors():
    params = (Param("id", place="path"),)
    request = made(params, {"id": 7}, path="/old/{id}", paths={"op": "/new/{id}"})
    assert request.url == "http://h/b/new/7"
    request = made(params, {"id": 7}, path="/old/{id}", paths={"other": "/new/{id}"})
    assert request.url == "http://h/b/old/7"


def test_a_wrapper_goes_around_the_body_and_free_names_into_it():
    params = (Param("name", place="body"),)
    values = {"name": "n", "field_1": "x", "gone": None}
    request = made(params, values, body_wrapper="company", free_params=True)
    assert json.loads(request.body) == {"company": {"name": "n", "field_1": "x"}}
    request = made((), {"field_1": "x"}, method="GET", free_params=True)
    assert (request.url, request.body) == ("http://h/b/things?field_1=x", None)


def test_a_list_in_a_query_is_joined_with_commas():
    params = (Param("ids", "list", of="int"),)
    for ids in ([1, 2], "1,2", ("1", 2)):
        request = made(params, {"ids": ids}, method="GET")
        assert request.url == "http://h/b/things?ids=1%2C2"


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("int", " 7 ", 7),
        ("int", 7.0, 7),
        ("int", "-9223372036854775808", -(2**63)),
        ("string", 7, "7"),
        ("string", True, "1"),
        ("string", "a\nb", "a\nb"),
        ("bool", True, True),
        ("any", {"a": [1]}, {"a": [1]}),
    ],
)
def test_a_value_is_made_the_vendors_type(kind, value, wanted):
    fitted = fit_params((Param("x", kind),), {"x": value})
    assert fitted == {"x": wanted}
    assert type(fitted["x"]) is type(wanted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int", "7.5"), ("int", "٣"), ("int", 7.5), ("int", True), ("string", {"a": 1})],
)
def test_a_value_that_cannot_be_that_type_is_refused(kind, value):
    with pytest.raises(SourceRejected, match="x wants"):
        fit_params((Param("x", kind),), {"x": value})


@pytest.mark.parametrize("value", [float("nan"), object(), {"a": {1, 2}}])
def test_a_body_that_is_not_json_is_refused(value):
    with pytest.raises(SourceRejected):
        json_bytes(value)


def test_half_a_surrogate_pair_does_not_stop_a_request():
    assert json_bytes({"a": "x\ud800"}) == b'{"a":"x?"}'
    request = made((Param("q"),), {"q": "x\ud800"}, method="GET")
    assert request.url == "http://h/b/things?q=x"
