"""What the IVR would send, made for whoever asks in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ivrhooks.authoring.caller_request import (
    agreed_values,
    all_headers,
    all_inputs,
    data_request,
    filled_path,
    form_pairs,
    form_text,
    http_request,
    json_body,
    segment_inputs,
    shown_headers,
    shown_inputs,
    sign_request,
    typed_inputs,
)
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.sources.interface import Request

URL = "http://127.0.0.1:8080/"


def plan_of(configuration: Configuration, name: str) -> Plan:
    plan = configuration.by_name(name)
    assert plan is not None
    return plan


def request(
    configuration: Configuration, name: str, inputs: Mapping[str, Any]
) -> Request:
    return http_request(plan_of(configuration, name), inputs, {"X-Shop": "south"}, URL)


def test_a_form_has_the_fields_that_sobot_adds(configuration: Configuration) -> None:
    made = request(configuration, "vip", {"tel": "+86 138", "order no": 7, "m": "1"})
    assert (made.method, made.url) == ("POST", "http://127.0.0.1:8080/api/vip")
    assert made.headers == (
        ("X-Shop", "south"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    )
    assert made.body == (
        b"partnerId=probe&token=probe&source=0&robotNo=1&docId="
        b"&tel=%2B86%20138&order%20no=7&m=1"
    )
    assert made.repeatable is False


def test_pairs_may_name_a_field_twice(configuration: Configuration) -> None:
    plan = plan_of(configuration, "vip")
    made = http_request(plan, [("tel", "1"), ("tel", "2"), ("token", "t")], {}, URL)
    assert (
        made.body == b"partnerId=probe&m&source=0&robotNo=1&docId=&tel=1&tel=2&token=t"
    )
    assert typed_inputs(plan_of(configuration, "desk"), [("count", "7")]) == {
        "count": 7
    }
    assert all_headers(plan, [("x-api-key", "mine")]) == {"x-api-key": "mine"}


def test_json_has_the_declared_types(configuration: Configuration) -> None:
    made = request(configuration, "desk", {"queue": "7", "count": "7"})
    assert made.body == b'{"queue": "7", "count": 7}'
    assert ("Content-Type", "application/json") in made.headers


def test_query_goes_into_the_address(configuration: Configuration) -> None:
    made = request(configuration, "system", {"tel": "138 & 1"})
    path = "http://127.0.0.1:8080/api/system/customer"
    assert (made.method, made.url) == ("GET", f"{path}?tel=138%20%26%201")
    assert made.body is None
    assert request(configuration, "system", {}).url == path


@pytest.mark.parametrize("text", ["seven", "7.0", "", "1" * 19])
def test_a_wrong_value_is_sent_as_it_is(
    configuration: Configuration, text: str
) -> None:
    assert typed_inputs(plan_of(configuration, "desk"), {"count": text}) == {
        "count": text
    }


def test_null_is_left_out_of_a_form_and_other_types_are_json() -> None:
    assert form_pairs({"a": None, "b": True, "c": [1], "d": "x"}) == [
        ("b", "true"),
        ("c", "[1]"),
        ("d", "x"),
    ]
    assert form_text([("m", None), ("a b", "ü&=")]) == "m&a%20b=%C3%BC%26%3D"


def test_the_headers_known_by_the_configuration_are_sent_and_not_shown(
    configuration: Configuration,
) -> None:
    plan = plan_of(configuration, "vip")
    sent = all_headers(plan, {"x-shop": "north"})
    assert sent == {"X-Api-Key": "desk-key-7", "x-shop": "north"}
    assert all_headers(plan, {"x-api-key": "wrong"}) == {"x-api-key": "wrong"}
    assert shown_headers(plan, sent) == {"X-Api-Key": "***", "x-shop": "north"}


SEGMENTS = """\
endpoint: open
path: /open/{tel}/{n}
format: json
inputs:
  tel: {format: phone}
  n: {type: int}
  from: {path: data.caller.number}
  lang: {name: the language}
  data2: {path: data.queue}
outputs: {o: {type: string, value: "{{ inputs.tel }}", default: ""}}
"""


@pytest.mark.parametrize(
    ("inputs", "path", "body"),
    [
        ({"tel": "1 2", "n": 7}, "/open/1%202/7", {}),
        ({"tel": None, "n": ""}, "/open/%7Btel%7D/%7Bn%7D", {}),
        (
            {"tel": "1", "n": 0, "from": "2", "data2": "q"},
            "/open/1/0",
            {"data": {"caller": {"number": "2"}, "queue": "q"}},
        ),
        ({"tel": "1", "n": 1, "lang": "zh"}, "/open/1/1", {"the language": "zh"}),
        ({"tel": "1", "n": 1, "other": [1]}, "/open/1/1", {"other": [1]}),
    ],
)
def test_each_input_stands_in_its_place(
    authored: Any, inputs: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    plan = plan_of(authored.load({"open": SEGMENTS}), "open")
    assert filled_path(plan, inputs) == path
    assert json_body(plan, inputs) == body
    named = {name: str(inputs[name]) for name in ("tel", "n")}
    expected = {name: text for name, text in named.items() if text not in ("", "None")}
    assert segment_inputs(plan, inputs) == expected


AGREED = """\
endpoint: agreed
path: /a-b/{tel}/x
format: json
headers:
  X-Key: {secret: true, equals: desk-key-7}
  X-Api: {equals: v2}
  X-Shop: {}
inputs:
  tel: {format: phone, required: true}
  n: {type: int}
  key: {secret: true, equals: desk-key-7}
  fixed: {equals: v3}
  filled: {equals: "${ID}"}
  lang: {}
outputs: {o: {type: int, value: 1, default: 1}}
"""


@pytest.fixture
def agreed(authored: Any) -> Plan:
    return plan_of(authored.load({"agreed": AGREED}), "agreed")


def test_agreed_values_are_added_where_missing(agreed: Plan) -> None:
    assert agreed_values(agreed.headers, ()) == {"X-Key": "desk-key-7", "X-Api": "v2"}
    assert agreed_values(agreed.headers, ["x-KEY"]) == {"X-Api": "v2"}
    assert agreed_values(agreed.inputs, ["key", "Fixed", "filled"]) == {"fixed": "v3"}
    assert all_headers(agreed, {"X-Shop": "n", "x-api": "v1"}) == {
        "X-Key": "desk-key-7",
        "X-Shop": "n",
        "x-api": "v1",
    }
    assert all_inputs(agreed, [("tel", "1"), ("tel", "2"), ("key", None)]) == [
        ("fixed", "v3"),
        ("filled", "sandbox"),
        ("tel", "1"),
        ("tel", "2"),
        ("key", None),
    ]
    assert all_inputs(agreed, {"lang": "vi"})[-1] == ("lang", "vi")


def test_agreed_values_are_never_printed(agreed: Plan) -> None:
    inputs = {"tel": "138", "key": "x", "fixed": "y", "filled": None, "lang": "vi"}
    assert shown_inputs(agreed, inputs) == [
        ("tel", "138"),
        ("key", "***"),
        ("fixed", "***"),
        ("filled", None),
        ("lang", "vi"),
    ]
    headers = {"x-key": "k", "X-Api": "v2", "X-Shop": "n", "X-Else": "e"}
    assert shown_headers(agreed, headers) == {
        "x-key": "***",
        "X-Api": "***",
        "X-Shop": "n",
        "X-Else": "e",
    }


@pytest.mark.parametrize("format", ["json", "form", "query"])
def test_a_data_request_has_its_parts_where_a_server_puts_them(
    authored: Any, format: str
) -> None:
    text = AGREED.replace("format: json", f"format: {format}")
    plan = plan_of(authored.load({"agreed": text}), "agreed")
    made = data_request(plan, {"tel": "138", "n": "7", "lang": "v"}, {"X-Shop": "n"})
    assert (made.method, made.path) == (plan.method, "/a-b/{tel}/x")
    assert (dict(made.headers), dict(made.segments)) == (
        {"x-shop": "n"},
        {"tel": "138"},
    )
    assert made.peer == "127.0.0.1" and len(made.request_id) == 36
    if format == "query":
        assert (made.query, made.body) == ({"n": "7", "lang": "v"}, {})
        assert made.body_kind == "none"
    else:
        assert (made.query, made.body) == ({}, {"n": 7, "lang": "v"})
        assert made.body_kind == format


def test_a_segment_is_in_the_path_alone(agreed: Plan) -> None:
    made = http_request(agreed, {"tel": "+86 1", "lang": "nhà"}, {}, "http://h//")
    assert (made.url, made.repeatable) == ("http://h/a-b/%2B86%201/x", False)
    assert made.body == '{"lang": "nhà"}'.encode()


def test_a_request_is_signed_over_its_bytes_and_keeps_its_own_headers(
    configuration: Configuration,
) -> None:
    desk = plan_of(configuration, "desk")
    bodies = {}
    for queue in ("sales", "service"):
        plain = http_request(desk, {"queue": queue}, {}, URL)
        signed = sign_request(desk, plain, 1000.0, "id-1")
        headers = dict(signed.headers)
        bodies[queue] = headers.pop("X-Signature")
        assert headers == {"Content-Type": "application/json"}
        assert (signed.url, signed.body) == (plain.url, plain.body)
    assert bodies["sales"] != bodies["service"]
    own = http_request(desk, {}, {"x-signature": "mine"}, URL)
    sent = sign_request(desk, own, 1000.0, "id-1").headers
    assert [v for name, v in sent if name.lower() == "x-signature"] == ["mine"]
    empty = Request("GET", "http://h/a")
    assert "X-Signature" in dict(sign_request(desk, empty, 1000.0, "id-1").headers)
    vip = plan_of(configuration, "vip")
    assert sign_request(vip, own, 1000.0, "id-1") is own
