from __future__ import annotations

import json

import pytest

from ivrhooks.answering.error_body import refuse
from ivrhooks.basics.errors import ContractError
from ivrhooks.languages.catalogue import because

INVALID = ContractError(
    "invalid_input",
    because("as_said", text="see n"),
    {"n": [because("as_said", text="send a whole number")]},
)


@pytest.fixture
def plan(build):
    def make(**more):
        return build.plan(
            build.output("isVip", "int", default=0, map={"1": 7}),
            build.output("city", default="x", optional=True),
            build.output("left_out", default=None, optional=True),
            **more,
        )

    return make


def test_a_refusal_has_every_default_and_the_error(plan):
    answer = refuse(plan(), INVALID, "r-1")
    assert answer.status == 400
    assert answer.body == (
        b'{"isVip":0,"city":"x","error":{"code":"invalid_input","message":"see n",'
        b'"fields":{"n":["send a whole number"]}}}'
    )
    assert answer.headers == (("X-Request-Id", "r-1"),)


def test_a_refusal_carries_the_headers_of_its_error(plan):
    error = ContractError(
        "method_not_allowed",
        because("as_said", text="use POST"),
        headers={"Allow": "POST"},
    )
    answer = refuse(plan(), error, "r-1")
    assert answer.status == 405
    assert ("Allow", "POST") in answer.headers


def test_a_404_has_only_the_error(plan):
    error = ContractError("not_found", because("as_said", text="no such path"))
    for answer in (refuse(None, error, "r-1"), refuse(plan(), error, "r-1")):
        assert answer.status == 404
        assert json.loads(answer.body) == {
            "error": {"code": "not_found", "message": "no such path", "fields": {}}
        }


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("invalid_input", 200),
        ("unreadable_body", 200),
        ("unauthorized", 401),
        ("unsupported_media_type", 415),
        ("too_large", 413),
        ("too_many_requests", 429),
    ],
)
def test_on_invalid_changes_only_the_400_status(plan, code, status):
    answer = refuse(
        plan(on_invalid=200), ContractError(code, because("as_said", text="no")), "r-1"
    )
    assert answer.status == status
    assert json.loads(answer.body)["error"]["code"] == code
    assert list(json.loads(answer.body)) == ["isVip", "city", "error"]


def test_the_trace_of_a_refusal_has_its_reason(plan):
    trace = refuse(plan(), INVALID, "r-1").trace
    assert (trace.endpoint, trace.error) == ("vip", "invalid_input")
    assert trace.error_reason == because("as_said", text="see n")
    assert [*map(str, trace.error_fields["n"])] == ["send a whole number"]
    assert [(origin.origin, origin.because) for origin in trace.origins] == [
        ("default", "invalid_input"),
        ("default", "invalid_input"),
        ("omitted", "invalid_input"),
    ]
