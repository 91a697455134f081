"""The recorded requests: what came in, newest first, and what it was answered."""

from __future__ import annotations

import pytest


@pytest.fixture
def http(app):
    return app.test_client()


def recorded(http):
    return http.get("/_sandbox/requests").json["requests"]


def test_a_request_is_recorded_completely(http, clock):
    http.post(
        "/omicrm/api/contacts/list?page=1&tag=a&tag=b&blank=",
        data='{"keyword": "Ánh"}',
        content_type="application/json",
        headers={"Authorization": "Bearer x", "X-Trace": "7"},
    )
    clock.advance(seconds=1)
    http.get("/sobot/api/get_token?appid=é")
    newest, oldest = recorded(http)
    assert newest["system"] == "sobot"
    assert newest["query"] == {"appid": "é"}
    assert newest["at"] == "2026-11-21T04:05:07.000+00:00"
    assert newest["body"] == ""
    assert oldest["headers"]["Authorization"] == "Bearer x"
    assert oldest["headers"]["X-Trace"] == "7"
    assert oldest["headers"]["Content-Type"] == "application/json"
    assert {name: oldest[name] for name in oldest if name != "headers"} == {
        "at": "2026-11-21T04:05:06.000+00:00",
        "system": "omicrm",
        "method": "POST",
        "path": "/omicrm/api/contacts/list",
        "query": {"page": "1", "tag": ["a", "b"], "blank": ""},
        "body": '{"keyword": "Ánh"}',
        "status": 200,
    }


def test_the_keys_are_those_of_the_page(http):
    http.get("/meiqia/x")
    assert list(recorded(http)[0]) == [
        *("at", "system", "method", "path", "query", "headers", "body", "status")
    ]


def test_a_path_that_is_none_is_recorded_too(http):
    assert http.get("/bangwo8/nothing").status_code == 404
    assert recorded(http)[0]["status"] == 404


def test_the_sandbox_own_routes_are_not_recorded(http):
    http.get("/healthz")
    http.get("/_sandbox/faults")
    http.get("/nowhere")
    http.get("/")
    assert recorded(http) == []


def test_a_fault_is_recorded_with_its_answer(http):
    http.put("/_sandbox/faults", json={"sobot": {"fault": "503", "count": 1}})
    assert http.get("/sobot/x").status_code == 503
    http.put("/_sandbox/faults", json={"sobot": {"fault": "hang", "count": 1}})
    http.get("/sobot/y")
    assert [entry["status"] for entry in recorded(http)] == [None, 503]


def test_a_fault_comes_before_the_system_looks(http):
    http.put("/_sandbox/faults", json={"sobot": {"fault": "empty"}})
    answer = http.get("/sobot/internal/customer/query?tel=1")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize(
    ("fault", "header"),
    [("429", ("Retry-After", "30")), ("401", ("WWW-Authenticate", "Bearer"))],
)
def test_a_refusal_has_the_header_that_belongs_to_it(http, fault, header):
    http.put("/_sandbox/faults", json={"sobot": {"fault": fault}})
    assert http.get("/sobot/x").headers[header[0]] == header[1]


def test_reset_forgets_them(http):
    http.get("/sobot/x")
    http.post("/_sandbox/reset")
    assert recorded(http) == []
