"""What the IVR would send, made for whoever asks in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ivrhooks.authoring.caller_request import (
    all_headers,
    filled_path,
    form_pairs,
    form_text,
    http_request,
    json_body,
    segment_inputs,
    shown_headers,
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
