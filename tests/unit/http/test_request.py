"""What came in becomes one plain data request."""

from __future__ import annotations

import re

import pytest

from ivrhooks.http.request import (
    HttpRequest,
    escaped_target,
    read_request,
    request_id,
)


def read_headers(lines: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header lines as a request has them."""
    request = HttpRequest()
    for name, value in lines:
        request.add(name, value)
    assert len(request.headers) == len(dict(request.headers))
    return dict(request.headers)


def test_header_names_are_lower_case_and_values_utf8() -> None:
    lines = [(b"X-Name", "Nguyễn".encode()), (b"X-Old", b"caf\xe9"), (b"X-None", b"")]
    assert read_headers(lines) == {"x-name": "Nguyễn", "x-old": "café", "x-none": ""}


def test_a_header_sent_twice_with_one_value_counts_once() -> None:
    lines = [(b"X-Flow", b"main"), (b"x-flow", b"main")]
    assert read_headers(lines) == {"x-flow": "main"}


def test_a_header_sent_twice_with_different_values_is_joined() -> None:
    lines = [(b"X-Flow", b"a"), (b"X-Flow", b"b"), (b"X-Flow", b"a")]
    assert read_headers(lines) == {"x-flow": "a, b"}


@pytest.mark.parametrize("name", ["Content-Type", "Host"])
def test_of_some_repeated_headers_the_last_counts(name: str) -> None:
    lines = [(name.encode(), b"a/b"), (name.encode(), b"c/d")]
    assert read_headers(lines) == {name.lower(): "c/d"}


def test_a_header_is_asked_for_by_its_lower_case_name() -> None:
    request = HttpRequest()
    request.add(b"X-Shop", b"north")
    assert request.headers.get("x-shop") == request.headers["x-shop"] == "north"
    assert request.headers.get("x-none") is None
    assert request.headers.get("x-none", "") == ""


@pytest.mark.parametrize(
    ("target", "path"),
    [(b"/api", "/api"), (b"/%C3%A0/b%20c", "/à/b c"), (b"/%ff", "/\ufffd")],
)
def test_a_path_is_its_target_as_text(target: bytes, path: str) -> None:
    assert HttpRequest("GET", target).path == path


def test_a_head_is_as_it_came_or_put_together_again() -> None:
    request = HttpRequest("GET", b"/api/get", b"tel=1")
    request.add(b"X-Api-Key", b"k\xe9")
    head = b"GET /api/get?tel=1 HTTP/1.1\r\nX-Api-Key: k\xe9\r\n\r\n"
    assert request.head() == head
    request.raw = b"GET /kept"
    assert request.head() == b"GET /kept"
    assert HttpRequest("GET", b"/api").head().startswith(b"GET /api HTTP")


def test_a_request_keeps_the_id_that_it_was_given_first() -> None:
    request = HttpRequest()
    assert request.request_id == request.request_id


@pytest.mark.parametrize("sent", ["a", "A.b-c_9", "x" * 128])
def test_a_proper_request_id_is_taken_over(sent: str) -> None:
    assert request_id(sent.encode()) == sent


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "é", "a\n", "a/b", None])
def test_any_other_request_id_is_made(sent: str | None) -> None:
    made = request_id(None if sent is None else sent.encode())
    assert made != sent
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", made)


def test_body_and_query_are_kept_apart(make_plan, make_request) -> None:
    made = make_request(b"tel=1", query=b"tel=2&x=%2B3", headers={"X-A": "1"})
    request = read_request(make_plan(), made)
    assert request.body == {"tel": "1"}
    assert request.query == {"tel": "2", "x": "+3"}
    assert request.headers["x-a"] == "1"
    assert (request.body_kind, request.peer) == ("form", "127.0.0.1")
    assert (request.path, request.request_id) == ("/api/desk", "r-1")


def test_an_unreadable_body_is_said_and_not_raised(make_plan, make_request) -> None:
    request = read_request(make_plan(), make_request(b'{"tel":"+84'))
    assert request.body_problem is not None
    assert request.body_problem.code == "unreadable_body"


@pytest.mark.parametrize("body", [b'{"tel":"+84', b"<x/>", b"\0"])
def test_at_a_get_path_an_unreadable_body_is_ignored(
    make_plan, make_request, body: bytes
) -> None:
    plan = make_plan(method="GET", format="query")
    request = read_request(plan, make_request(body, method="GET"))
    assert request.body_problem is None
    assert request.warnings == ("unreadable_body",)


def test_a_get_takes_fields_from_a_body_that_can_be_read(
    make_plan, make_request
) -> None:
    plan = make_plan(method="GET", format="query")
    request = read_request(plan, make_request(b'{"tel":"+84"}', method="GET"))
    assert (request.body, request.warnings) == ({"tel": "+84"}, ())


def test_the_ivrs_own_secrets_are_named(make_plan, make_request) -> None:
    request = read_request(make_plan(), make_request())
    assert request.secrets == {"token", "partnerId"}


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        (b"/a?b=%D6&c=+1", b"/a?b=%D6&c=+1"),
        ("/a?b=Nguyễn&c=%20".encode(), b"/a?b=Nguy%E1%BB%85n&c=%20"),
        (b"/a?b=\xe9\xe9", b"/a?b=%EF%BF%BD%EF%BF%BD"),
        (b"/a?b=\x01\xe9 c", b"/a?b=\x01%EF%BF%BD c"),
    ],
)
def test_only_raw_letters_of_a_target_are_escaped(raw: bytes, escaped: bytes) -> None:
    assert escaped_target(raw) == escaped
