"""The console's JSON API."""

from __future__ import annotations

import pytest

VIP = "13800000001"
MOCK = {"endpoint": "desk", "source": "mock", "inputs": {"tel": VIP}}


def test_a_test_run_answers_the_object_of_explain(served) -> None:
    reply = served.ask("POST", "test", json=MOCK)
    assert (reply.status_code, reply.content_type) == (200, "application/json")
    assert list(reply.json) == [
        "success",
        "config",
        "elapsed_ms",
        "operations",
        "outputs",
        "finalResult",
    ]
    assert reply.json["finalResult"]["body"]["isVip"] == 1
    whole = served.ask("POST", "test", json={**MOCK, "detail": True}).json
    assert {"result", "answer", "detail", "curl"} == set(whole)


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"a": NaN}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(served, data) -> None:
    reply = served.ask("POST", "test", data=data)
    assert (reply.status_code, reply.json["error"]["code"]) == (400, "invalid_request")


def test_a_body_has_its_bounds(served) -> None:
    reply = served.ask("POST", "test", data=b" " * (1024 * 1024 + 1))
    assert "larger than 1 MB" in reply.json["error"]["message"]


def test_requests_are_listed_shown_and_run_again(served) -> None:
    served.ask("POST", "test", json=MOCK)
    served.rows()
    rows = served.ask("GET", "requests?limit=5").json["requests"]
    assert [row["test"] for row in rows] == [True]
    shown = served.ask("GET", f"requests/{rows[0]['id']}?show_personal=true").json
    assert VIP in shown["raw"]["body"]
    again = served.ask(
        "POST", f"requests/{rows[0]['id']}/again", json={"source": "mock"}
    )
    assert again.json["success"] is True
    assert served.ask("POST", f"requests/{rows[0]['id']}/again").status_code == 200
    served.rows()  # what waits is written down
    for query in ("caller=%2B86+138+0000+0001", f"q={VIP}", "q=desk"):
        listed = served.ask("GET", f"requests?{query}").json["requests"]
        assert len(listed) == 3
        assert VIP not in str(listed)
    assert served.ask("GET", "requests?caller=13900000001").json["requests"] == []
    for query in ("after=x", "limit=-1", f"before={'9' * 16}"):
        assert served.ask("GET", f"requests?{query}").status_code == 400


def test_the_rest_is_there_too(served) -> None:
    status = served.ask("GET", "status").json
    assert status["config"]["endpoints"] == 2
    assert served.ask("GET", "sources").json == {"sources": status["sources"]}
    assert [source["name"] for source in status["sources"]]
    assert len(served.ask("GET", "endpoints").json["endpoints"]) == 2
    assert served.ask("GET", "endpoints/desk").json["path"] == "/api/desk"
    saved = served.ask("POST", "endpoints/desk/tests", json={**MOCK, "name": "x"})
    assert saved.json["written"] is False


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "endpoints/nix", 404),
        ("GET", "requests/1", 404),
        ("GET", "nix", 404),
        ("GET", "test", 405),
        ("DELETE", "status", 405),
        ("POST", "endpoints/nix/tests", 404),
    ],
)
def test_every_refusal_is_json(served, method, path, status) -> None:
    reply = served.ask(method, path, json={} if method == "POST" else None)
    assert (reply.status_code, reply.content_type) == (status, "application/json")
    assert {"code", "message"} <= set(reply.json["error"])


@pytest.mark.parametrize(
    ("path", "json", "status", "message"),
    [
        ("ask", {"source": "nix"}, 404, "no source nix"),
        ("ask", {"source": "crm", "params": {"tel": "1"}}, 200, '"ok":false'),
        ("try", {"template": "{{ 1 + 1 }}"}, 200, '"value":2'),
        ("try", {"template": 1}, 400, "template"),
        ("replay", {"folder": "nix"}, 400, "send one of configs"),
        ("requests/1/replay", {"folder": "configs", "x": 1}, 400, "folder"),
        ("reload", {}, 200, ""),
        ("cache/purge", {}, 200, ""),
        ("cache/purge", {"source": "crm"}, 200, ""),
        ("cache/purge", {"source": "nix"}, 400, "there are: crm"),
        ("cache/purge", {"source": 7}, 400, "source"),
        ("cache/purge", {"sorce": "crm"}, 400, "source"),
        ("breaker/reset", {"source": "crm"}, 200, ""),
        ("breaker/reset", {"source": "crm", "all": True}, 400, "source"),
        ("outbox/retry", {"ids": "x"}, 400, "ids"),
        ("outbox/drop", {}, 400, ""),
    ],
)
def test_each_route_takes_an_object_and_answers_json(
    served, path: str, json: object, status: int, message: str
) -> None:
    reply = served.ask("POST", path, json=json)
    assert (reply.status_code, reply.content_type) == (status, "application/json")
    assert message in reply.get_data(as_text=True)


def test_folders_to_replay_with_are_listed(served) -> None:
    assert served.ask("GET", "replay").json == {"folders": ["configs"]}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=1", 200),
        (f"after={'9' * 15}", 200),
        ("after=٣", 400),
        ("after=1.5", 400),
    ],
)
def test_numbers_in_an_address(served, query: str, status: int) -> None:
    assert served.ask("GET", f"requests?{query}").status_code == status
