"""An endpoint out of a curl line: names and types, and nothing of a person."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.authoring.starter.curl import read_curl
from ivrhooks.authoring.starter.endpoint_file import NewEndpoint
from ivrhooks.authoring.starter.from_curl import endpoint_from_curl


def made(line: str) -> NewEndpoint:
    return endpoint_from_curl("made", read_curl(line))


def sent(line: str) -> dict[str, Any]:
    """What the made endpoint's own test sends."""
    values: dict[str, Any] = made(line).tests[0]["inputs"]
    return values


def test_two_parameters_that_come_to_one_name_are_both_kept() -> None:
    inputs = made("curl http://h/a -d 'a.b=1&a_b=2&a[b]=x'").inputs
    assert inputs == {
        "a_b": {"type": "int", "name": "a.b"},
        "a_b_2": {"type": "int", "name": "a_b"},
        "a_b_3": {"type": "string", "name": "a[b]"},
    }


def test_a_segment_of_the_path_is_an_input() -> None:
    endpoint = made("curl 'http://h/v1/customers/{customer_id}?customer_id=7'")
    assert endpoint.path == "/v1/customers/{customer_id}"
    assert endpoint.inputs == {"customer_id": {"type": "string", "required": True}}


def test_a_get_with_a_json_body_is_still_a_get() -> None:
    endpoint = made("""curl -X GET http://h/a -d '{"tel": "138"}'""")
    assert (endpoint.format, list(endpoint.inputs)) == ("query", ["tel"])


def test_a_number_that_no_parameter_takes_is_left_out_and_named() -> None:
    endpoint = made("""curl http://h/a --json '{"id": 1234567890123456789, "n": 7}'""")
    assert list(endpoint.inputs) == ["n"]
    assert "# Left out: id, a number of more than 18 digits" in endpoint.text()


def test_a_parameter_without_a_name_is_left_out_and_named() -> None:
    endpoint = made("curl http://h/a -d '=1&b=2'")
    assert list(endpoint.inputs) == ["b"]
    assert "# Left out: a parameter without a name." in endpoint.text()


@pytest.mark.parametrize("words", ["To=%2B15558675310", "From=x", "ani=0901230001"])
def test_a_telephone_number_is_seen_by_its_name_or_its_plus(words: str) -> None:
    endpoint = made(f"curl http://h/a -d {words}")
    (entry,) = endpoint.inputs.values()
    assert entry == {"type": "string", "format": "phone"}


def test_no_person_and_no_credential_of_the_line_is_kept() -> None:
    line = (
        "curl https://h/a -u me:pa55word -H 'X-Api-Key: s3cr3t-1' "
        "-d 'tel=%2B84901234567&mail=tom@outerspace.com&api_key=s3cr3t-2"
        "&q=type:user phone:%2B84901234568&password=123456'"
    )
    text = made(line).text()
    for secret in ("pa55", "s3cr3t", "9012345", "outerspace", "123456"):
        assert secret not in text
    assert sent(line) == {
        "tel": "13800000001",
        "mail": "caller@example.com",
        "api_key": "made-up",
        "q": "type:user phone:13800000001",
        "password": "made-up",
    }
    assert list(made(line).headers) == ["Authorization", "X-Api-Key"]


def test_headers_that_browsers_add_are_not_declared() -> None:
    names = (
        "sec-ch-ua",
        "origin",
        "Referer",
        "Cookie",
        "accept-language",
        "x-a",
        "X-A",
    )
    line = "curl http://h/a" + "".join(f" -H '{name}: x'" for name in names)
    assert list(made(line).headers) == ["x-a"]


BODY = """{
  "caller": {"number": "+84 901 234 567", "a.b": 1, "x\\"y": "t"},
  "from": {"address": "x"}, "address": "abc", "data": {"n": 3}, "n": 7, "txt": "8",
  "partnerId": "p", "list": [1], "rate": 1.5, "ok": true, "nothing": null
}"""
PHONE = {"type": "string", "format": "phone"}
TEXT, INT = {"type": "string"}, {"type": "int"}


def test_each_value_of_a_json_body_is_declared_where_it_stands() -> None:
    line = f"curl http://h/api/{{tel}}/x/{{order}} --json '{BODY}'"
    endpoint = made(line)
    assert (endpoint.path, endpoint.format) == ("/api/{tel}/x/{order}", "json")
    assert endpoint.inputs == {
        "tel": {**PHONE, "required": True},
        "order": {**TEXT, "required": True},
        "number": {**PHONE, "path": "caller.number"},
        "a_b": {**INT, "path": 'caller."a.b"'},
        'x"y': {**TEXT, "path": 'caller."x\\"y"'},
        "from_address": {**PHONE, "path": "from.address"},
        "address": TEXT,
        "data_n": {**INT, "path": "data.n"},
        "n": INT,
        "txt": TEXT,
        "rate": TEXT,
        "ok": INT,
        "nothing": TEXT,
    }
    assert sent(line) == {
        "tel": "13800000001",
        "order": "1",
        "number": "13800000001",
        "a_b": 1,
        'x"y': "t",
        "from_address": "13800000001",
        "address": "abc",
        "data_n": 3,
        "n": 7,
        "txt": "8",
        "rate": 1.5,
        "ok": True,
    }


def test_each_value_of_a_query_has_the_type_that_keeps_it() -> None:
    line = (
        "curl 'http://h/a?n=12&long=1234567890&zero=007&minus=-5&csrf_token=x"
        "&Idempotency-Key=1&key=2&[]=3&empty=&source=0&a b=c'"
    )
    assert made(line).inputs == {
        "n": INT,
        "long": TEXT,
        "zero": TEXT,
        "minus": INT,
        "csrf_token": TEXT,
        "Idempotency-Key": INT,
        "key": TEXT,
        "value": {**INT, "name": "[]"},
        "empty": TEXT,
        "a b": TEXT,
    }
    assert sent(line) == {
        "n": 12,
        "long": "1234567890",
        "zero": "007",
        "minus": -5,
        "csrf_token": "x",
        "Idempotency-Key": 1,
        "key": "made-up",
        "value": 3,
        "a b": "c",
    }


def test_the_endpoint_answers_that_it_was_asked() -> None:
    endpoint = made("curl http://h/a -d a=1 -H 'X Odd!: 1' -H 'X_Under: 2' -H ': v'")
    assert endpoint.outputs == {"answered": {"type": "int", "value": 1, "default": 0}}
    assert endpoint.tests == [
        {
            "name": "The request that this was made from",
            "inputs": {"a": 1},
            "expect": {"answered": 1},
        }
    ]
    assert endpoint.headers == {"X-Odd!": TEXT, "X-Under": TEXT}
    assert endpoint.remark.endswith("needs in place of `answered`.")


def test_omitted_fields_are_named_by_their_path() -> None:
    line = """curl http://h/a --json '{"a": {"id": 1234567890123456789}, "b": 1}'"""
    assert "Left out: a.id, a number" in made(line).remark
