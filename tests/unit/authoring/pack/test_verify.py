"""A live answer beside the one that the pack expects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ivrhooks.authoring.pack.expected import Expected
from ivrhooks.authoring.pack.pack_file import Pack, PackedRequest
from ivrhooks.authoring.pack.verify import differences_of, verify_pack
from ivrhooks.authoring.pack.wire import WireRequest
from ivrhooks.basics.errors import SourceUnavailable
from ivrhooks.sources.interface import Request, Response

WIRE = WireRequest("GET", "/api/desk?tel=1", (), "", (), "curl")
GOOD = Expected(
    200, {"level": 3, "name": "W***", "open": 0}, ("open",), {"name": "name"}
)
REFUSED = Expected(400, {"level": 0}, error="invalid_input", fields=("lang", "tel"))
ERROR = {"code": "invalid_input", "message": "?", "fields": {"tel": [], "lang": []}}


def pack(*expected: Expected, under: tuple[str, ...] = ()) -> Pack:
    requests = tuple(
        PackedRequest(f"request {number}", WIRE, answer)
        for number, answer in enumerate(expected)
    )
    return Pack("desk", "", under, False, requests)


def differences(
    expected: Expected, body: Any, status: int = 200, under: tuple[str, ...] = ()
) -> list[str]:
    made = pack(expected, under=under)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return list(differences_of(made, made.requests[0], Response(status, {}, raw)))


def test_the_expected_answer_has_no_difference() -> None:
    assert differences(GOOD, {"level": 3, "name": "Wang", "open": 1}) == []
    assert differences(REFUSED, {"level": 0, "error": ERROR}, 400) == []


@pytest.mark.parametrize(
    ("body", "status", "difference"),
    [
        ({"level": 1, "name": "Wang", "open": 1}, 200, "level: expected 3, came 1"),
        ({"level": "3", "name": "W", "open": 1}, 200, 'level: expected 3, came "3"'),
        ({"level": True, "name": "Wo", "open": 1}, 200, "level: expected 3, came true"),
        ({"level": 3, "name": "Li", "open": 1}, 200, 'name: expected "W***", came "L'),
        ({"level": 3, "name": "Wang", "open": "1"}, 200, "open: expected an int, came"),
        ({"level": 3, "open": 1}, 200, 'name: expected "W***", came left out'),
        ({"level": 3, "name": "Wang", "open": 1, "x": 1}, 200, "x: expected left out"),
        ({"level": 3, "name": "Wang", "open": 1}, 503, "status: expected 200, came"),
        ({"level": 3, "name": "Wang", "open": 1, "error": ERROR}, 200,
         "error: expected none, came invalid_input"),
        (b"<html>", 200, "body: expected a JSON object, came none"),
        ([], 200, "body: expected a JSON object, came none"),
        ({"level": "nhà", "name": "Wang", "open": 1}, 200,
         'level: expected 3, came "nhà"'),
    ],
)  # fmt: skip
def test_differences_are_reported(body: Any, status: int, difference: str) -> None:
    first, *_ = differences(GOOD, body, status)
    assert first.startswith(difference)


def test_another_refusal_is_reported() -> None:
    other = {"level": 0, "error": {**ERROR, "code": "unreadable_body"}}
    assert differences(REFUSED, other, 400) == [
        "error: expected invalid_input, came unreadable_body"
    ]
    fields = {"level": 0, "error": {**ERROR, "fields": {"tel": []}}}
    assert differences(REFUSED, fields, 400) == [
        "error: expected the fields ['lang', 'tel'], came ['tel']"
    ]


def test_outputs_below_a_key_and_their_siblings() -> None:
    expected = Expected(200, {"type": "init", "vars": {"level": 3}})
    under = ("vars",)
    assert (
        differences(expected, {"type": "init", "vars": {"level": 3}}, 200, under) == []
    )
    assert differences(expected, {"type": "init", "vars": {}}, 200, under) == [
        "level: expected 3, came left out"
    ]
    (difference,) = differences(
        expected, {"type": "x", "vars": {"level": 3}}, 200, under
    )
    assert difference.startswith("beside the outputs")


def test_no_answer_is_a_difference_and_the_others_are_asked() -> None:
    urls = []

    def send(request: Request) -> Response:
        urls.append(request.url)
        if len(urls) == 1:
            raise SourceUnavailable("connection refused")
        return Response(200, {}, b'{"level": 3, "name": "Wo", "open": 0}')

    verdicts = list(verify_pack(pack(GOOD, GOOD), "http://h/", send, {}, deliver=False))
    assert verdicts[0].differences == ("no answer: connection refused",)
    assert verdicts[1].differences == ()
    assert urls == ["http://h/api/desk?tel=1"] * 2


def test_endpoints_with_actions_are_asked_only_if_allowed() -> None:
    storing = Expected(200, {}, actions=("note",))
    sent: list[Request] = []

    def send(request: Request) -> Response:
        sent.append(request)
        return Response(200, {}, b"{}")

    (verdict,) = verify_pack(pack(storing), "http://h", send, {}, deliver=False)
    assert (verdict.sent, sent) == (False, [])
    (gone,) = verify_pack(pack(storing), "http://h", send, {}, deliver=True)
    assert gone.sent and len(sent) == 1


def test_a_refusal_that_never_came_is_reported() -> None:
    assert differences(REFUSED, {"level": 0}, 400) == [
        "error: expected invalid_input, came none"
    ]


def test_skipped_checks_are_named_in_the_verdict() -> None:
    def send(request: Request) -> Response:
        headers = {"x-ivrhooks-degraded": "customer=timeout"}
        return Response(200, headers, b'{"level": 3, "name": "Wo", "open": 0}')

    (verdict,) = verify_pack(pack(GOOD), "http://h", send, {}, deliver=False)
    assert (verdict.name, verdict.sent, verdict.differences, verdict.degraded) == (
        "request 0",
        True,
        (),
        "customer=timeout",
    )
