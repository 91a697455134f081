"""What came in becomes one plain data request."""

from __future__ import annotations

import re

import pytest

from ivrhooks.http.request import (
    escaped_target,
    read_headers,
    read_request,
    request_id,
)


def test_header_names_are_lower_case_and_values_utf8() -> None:
    lines = [(b"X-Name", "Nguyễn".encode()), (b"X-Old", b"caf\xe9"), (b"X-None", b"")]
    assert read_headers(lines) == {"x-name": "Nguyễn", "x-old": "café", "x-none": ""}


def test_a_header_sent_twice_with_one_value_counts_once() -> None:
    lines = [(b"X-Flow", b"main"), (b"x-flow", b"main")]
    assert read_headers(lines) == {"x-flow": "main"}


def test_a_header_sent_twice_with_different_values_is_joined() -> None:
    lines = [(b"X-Flow", b"a"), (b"X-Flow", b"b"), (b"X-Flow", b"a")]
    assert read_headers(lines) == {"x-flow": "a, b"}


def test_of_repeated_content_types_the_last_counts() -> None:
    lines = [(b"Content-Type", b"application/json"), (b"Content-Type", b"text/plain")]
    assert read_headers(lines) == {"content-type": "text/plain"}


@pytest.mark.parametrize("given", ["a", "A.b-c_9", "x" * 128])
def test_a_proper_request_id_is_taken_over(given: str) -> None:
    assert request_id({"x-request-id": given}) == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", "a\n", "a/b", None])
def test_any_other_request_id_is_made(given: str | None) -> None:
    made = request_id({} if given is None else {"x-request-id": given})
    assert made != given
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", made)


def test_body_and_query_are_kept_apart(make_plan, make_message) -> None:
    message = make_message(b"tel=1", query=b"tel=2&x=%2B3", headers={"x-a": "1"})
    request = read_request(make_plan(), message)
    assert request.body == {"tel": "1"}
    assert request.query == {"tel": "2", "x": "+3"}
    assert request.headers == {"x-a": "1"}
    assert (request.body_kind, request.peer) == ("form", "127.0.0.1")
    assert (request.path, request.request_id) == ("/api/desk", "r-1")


def test_an_unreadable_body_is_said_and_not_raised(make_plan, make_message) -> None:
    request = read_request(make_plan(), make_message(b'{"tel":"+84'))
    assert request.body_problem is not None
    assert request.body_problem.code == "unreadable_body"


@pytest.mark.parametrize("body", [b'{"tel":"+84', b"<x/>", b"\0"])
def test_at_a_get_path_an_unreadable_body_is_ignored(
    make_plan, make_message, body: bytes
) -> None:
    plan = make_plan(method="GET", format="query")
    request = read_request(plan, make_message(body, method="GET"))
    assert request.body_problem is None
    assert request.warnings == ("unreadable_body",)


def test_a_get_takes_fields_from_a_body_that_can_be_read(
    make_plan, make_message
) -> None:
    plan = make_plan(method="GET", format="query")
    request = read_request(plan, make_message(b'{"tel":"+84"}', method="GET"))
    assert (request.body, request.warnings) == ({"tel": "+84"}, ())


def test_the_ivrs_own_secrets_are_named(make_plan, make_message) -> None:
    request = read_request(make_plan(), make_message())
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
