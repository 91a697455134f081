"""Refusals: their order, their status, and every declared output in their body."""

from __future__ import annotations

import json

import pytest

OUTPUTS = """\
inputs:
  tel: {type: string, required: true}
outputs:
  isVip: {type: int, value: "{{ inputs.tel }}", map: {"7": 1}, default: 0}
  city:  {type: string, value: "{{ inputs.tel }}", default: nowhere}
  note:  {type: string, value: "{{ inputs.tel }}", optional: true}
"""
KEYED = 'headers:\n  X-Api-Key: {type: string, secret: true, equals: "${TEST_KEY}"}\n'


def endpoint(name: str, form: str = "form", more: str = "") -> str:
    return f"endpoint: {name}\npath: /{name}\nformat: {form}\n{more}{OUTPUTS}"


CONFIG = {
    "ivrhooks.yaml": "version: 1\nsecurity: {trusted_proxies: [127.0.0.1/32]}\n",
    "endpoints/form.yaml": endpoint("form"),
    "endpoints/json.yaml": endpoint("json", "json"),
    "endpoints/get.yaml": endpoint("get", "query"),
    "endpoints/kind.yaml": endpoint("kind", more="on_invalid: 200\n"),
    "endpoints/keyed.yaml": endpoint("keyed", more=KEYED),
    "endpoints/small.yaml": endpoint("small", more="security: {max_body: 1KB}\n"),
    "endpoints/order.yaml": endpoint(
        "order",
        more=f"{KEYED}security: {{max_body: 1KB, allow_ips: [10.0.0.0/8]}}\n",
    ),
    "endpoints/limited.yaml": endpoint(
        "limited", more=f"{KEYED}security: {{rate_limit: 2/h}}\n"
    ),
}
OPTIONS = ("--workers", "1")  # a rate is counted in each worker process
ENV = {"TEST_KEY": "clé-secrète"}
DEFAULTS = {"isVip": 0, "city": "nowhere"}


def refused(reply, status: int, code: str) -> None:
    """Asserts a refusal of the one shape."""
    assert (reply.status, reply.code) == (status, code)
    body = reply.json
    assert {name: body[name] for name in body if name != "error"} == DEFAULTS
    assert set(body["error"]) == {"code", "message", "fields"}
    assert body["error"]["message"]
    assert reply.header("X-Request-Id")
    assert reply.header("X-Ivrhooks-Degraded") is None


@pytest.mark.parametrize("target", ["/form/", "//form", "//form//", "/%66orm/"])
def test_one_slash_more_names_the_same_path(server, target: str) -> None:
    reply = server.ask("PUT", target, b"")
    assert (reply.status, reply.header("Allow")) == (405, "POST")
    assert reply.header("Location") is None


@pytest.mark.parametrize(
    "target",
    ["/", "/nix", "/FORM", "/form/x", "/%2fform", "/fo%00"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
def test_404_holds_the_error_alone(server, method: str, target: str) -> None:
    reply = server.ask(method, target, b"")
    assert (reply.status, reply.code) == (404, "not_found")
    assert list(reply.json) == ["error"]
    assert reply.header("X-Request-Id")
    assert reply.header("Location") is None


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"]
)
def test_405_at_a_post_path(server, method: str) -> None:
    reply = server.ask(method, "/form")
    assert (reply.status, reply.header("Allow")) == (405, "POST")
    if method == "HEAD":
        assert reply.body == b""
    else:
        refused(reply, 405, "method_not_allowed")


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "PUT", "DELETE"])
def test_405_at_a_get_path(server, method: str) -> None:
    reply = server.ask(method, "/get?tel=7", b"")
    assert reply.header("Allow") == "GET, HEAD"
    refused(reply, 405, "method_not_allowed")


def test_head_is_get_without_the_body(server) -> None:
    get, head = server.get("/get?tel=7"), server.ask("HEAD", "/get?tel=7")
    assert (head.status, head.body) == (200, b"")
    assert head.header("Content-Length") == get.header("Content-Length")
    assert head.header("Content-Type") == "application/json"


@pytest.mark.parametrize("size", [1025, 70_000, 1_000_000])
def test_413_for_a_body_past_max_body(server, size: int) -> None:
    refused(server.ask("POST", "/small", b"tel=" + b"7" * (size - 4)), 413, "too_large")


def test_max_body_itself_is_taken(server) -> None:
    assert server.ask("POST", "/small", b"tel=" + b"7" * 1020).status == 200


def test_413_holds_by_default_past_64_kb(server) -> None:
    assert server.ask("POST", "/form", b"tel=" + b"7" * 65532).status == 200
    refused(server.ask("POST", "/form", b"tel=" + b"7" * 65533), 413, "too_large")


def test_413_for_chunks_without_a_length(server) -> None:
    chunk = b"400\r\n" + b"7" * 1024 + b"\r\n"
    head = b"POST /small HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    refused(server.send(head + chunk * 3 + b"0\r\n\r\n", "POST"), 413, "too_large")


def test_413_at_once_for_a_body_that_is_far_too_large(server) -> None:
    head = b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000\r\n\r\n"
    refused(server.send(head + b"tel=7", "POST"), 413, "too_large")


def test_the_order_of_refusals(server) -> None:
    inside, key = {"X-Forwarded-For": "10.0.0.9"}, {"X-Api-Key": "clé-secrète"}
    assert server.ask("PUT", "/order", b"7" * 2000).status == 405
    assert server.ask("POST", "/order", b"7" * 2000).status == 413
    refused(server.ask("POST", "/order", b"<x/>"), 403, "forbidden")
    refused(server.ask("POST", "/order", b"<x/>", inside), 401, "unauthorized")
    both = {**inside, **key}
    refused(server.ask("POST", "/order", b"<x/>", both), 415, "unsupported_media_type")
    refused(server.ask("POST", "/order", b'{"tel":', both), 400, "unreadable_body")
    refused(server.ask("POST", "/order", b"", both), 400, "invalid_input")
    assert server.ask("POST", "/order", b"tel=7", both).status == 200


def test_403_where_the_proxys_own_line_repeats_an_address(server) -> None:
    """HAProxy adds a line, whatever the caller's own lines say."""
    line = b"X-Forwarded-For: %s\r\n"
    forged, real = line % b"192.0.2.4, 10.0.0.9", line % b"192.0.2.4"
    head = b"POST /order HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
    refused(server.send(head + forged + real + b"\r\n", "POST"), 403, "forbidden")
    through = server.send(head + real + line % b"10.0.0.9" + b"\r\n", "POST")
    refused(through, 401, "unauthorized")


def test_429_says_when_to_ask_again_and_comes_before_401(server) -> None:
    caller = {"X-Forwarded-For": "192.0.2.7"}
    refused(server.ask("POST", "/limited", b"", caller), 401, "unauthorized")
    reply = server.ask("POST", "/limited", b"", caller)
    refused(reply, 429, "too_many_requests")
    assert 1 <= int(reply.header("Retry-After")) <= 1800
    other = {"X-Forwarded-For": "192.0.2.8"}
    assert server.ask("POST", "/limited", b"", other).status == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Api-Key": ""}, {"X-Api-Key": "wrong"}, {"X_Api_Key": "clé-secrète"}],
)
def test_401_without_the_secret_header(server, headers: dict[str, str]) -> None:
    refused(server.ask("POST", "/keyed", b"tel=7", headers), 401, "unauthorized")


def test_a_name_with_an_underscore_never_joins_its_neighbour(server) -> None:
    good = [("X-Api-Key", "clé-secrète"), ("X_Api_Key", "wrong")]
    assert server.ask("POST", "/keyed", b"tel=7", good).status == 200


def test_a_secret_is_never_in_an_answer_or_the_log(server) -> None:
    reply = server.ask("POST", "/keyed", b"tel=7", {"X-Api-Key": "attempt-4711"})
    assert "clé-secrète" not in reply.body.decode() + server.log()
    assert "attempt-4711" not in reply.body.decode() + server.log()


def test_on_invalid_200_governs_400_only(server) -> None:
    missing = server.ask("POST", "/kind", b"")
    assert (missing.status, missing.code) == (200, "invalid_input")
    assert server.ask("POST", "/kind", b'{"tel":').status == 200
    assert server.ask("POST", "/kind", b"<x/>").status == 415
    assert server.ask("GET", "/kind").status == 405


@pytest.mark.parametrize(
    ("request_id", "kept"),
    [("Abc.1_2-3", True), ("x" * 128, True), ("x" * 129, False), ("a b", False)],
)
def test_every_answer_has_a_request_id(server, request_id: str, kept: bool) -> None:
    for target in ("/form", "/nix", "/healthz"):
        method = "POST" if target == "/form" else "GET"
        reply = server.ask(method, target, b"tel=7", {"X-Request-Id": request_id})
        identity = reply.header("X-Request-Id")
        assert identity
        assert (identity == request_id) is kept


def test_two_answers_have_two_request_ids(server) -> None:
    ids = {server.ask("POST", "/form", b"tel=7").header("X-Request-Id") for _ in "ab"}
    assert len(ids) == 2


def test_a_path_that_leads_nowhere_is_in_the_log_without_numbers(server) -> None:
    server.get("/desk/84909998887", {"X-Request-Id": "lost"})
    line = server.log_lines('"lost"')[0]
    assert "not_found" in line
    assert "/desk/" in line
    assert "84909998887" not in line


def test_a_refusal_is_logged_with_its_method_path_and_peer(server) -> None:
    server.ask("PUT", "/form", headers={"X-Request-Id": "refused-put"})
    line = server.log_lines("refused-put")[0]
    fields = json.loads(line)
    assert (fields["method"], fields["path"]) == ("PUT", "/form")
    assert (fields["peer"], fields["status"]) == ("127.0.0.1", 405)
