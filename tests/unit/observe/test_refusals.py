"""Why a data request was refused, in words."""

from __future__ import annotations

import pytest

from ivrhooks.config.plan import Parameter
from ivrhooks.observe.refusals import (
    drops_a_header,
    header_names,
    no_endpoint,
    reason_of,
    unreadable,
)

KEY = Parameter("X-Api-Key", "string", "header", secret=True, equals="k-1")
SHOP = Parameter("X-Shop", "string", "header", enum=("north", "south"))
MESSAGE = "the header X-Api-Key is missing or wrong"


@pytest.fixture
def plan(make_plan):
    return make_plan(headers=(KEY, SHOP))


def head(*names: str) -> bytes:
    lines = [f"{name}: x" for name in names]
    return "\r\n".join(["POST / HTTP/1.1", *lines]).encode()


def test_the_names_are_those_that_were_sent() -> None:
    assert header_names(head("Host", "X_Api_Key")) == ["Host", "X_Api_Key"]
    assert header_names(b"") == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ((), "; `X_Api_Key` would be dropped by the web server"),
        (("x_api_key",), "; `x_api_key` would be dropped by the web server"),
        (
            ("XApiKey",),
            "; `X_Api_Key` would be dropped by the web server; `XApiKey` came instead",
        ),
    ],
)
def test_a_secret_header_that_did_not_arrive_is_named(plan, sent, told) -> None:
    reason = reason_of(plan, "unauthorized", MESSAGE, {}, head(*sent))
    assert reason == f"the header X-Api-Key did not arrive{told}"


def test_one_that_arrived_has_another_value(plan) -> None:
    reason = reason_of(plan, "unauthorized", MESSAGE, {}, head("x-api-key"))
    assert reason == "the header X-Api-Key arrived with another value"


def test_what_is_wrong_with_a_field_stands_behind_it(plan) -> None:
    fields = {"tel": ["is required"], "X-Shop": ["send one of north, south"]}
    reason = reason_of(plan, "invalid_input", "2 problems", fields, head("X-Shop"))
    assert reason == "tel: is required; X-Shop: send one of north, south"
    reason = reason_of(plan, "invalid_input", "2 problems", fields, head("X_Shop"))
    assert reason.startswith("the header X-Shop did not arrive; `X_Shop` would be")
    assert reason_of(plan, "forbidden", "not from there", {}, b"") == "not from there"


def test_a_dropped_header_is_noticed_where_it_was_declared(plan) -> None:
    assert drops_a_header(plan, head("X_Shop"))
    assert not drops_a_header(plan, head("X_Shop", "X-Shop"))
    assert not drops_a_header(plan, head("X_Other"))
    assert not drops_a_header(plan, head("X-Shop"))


def test_a_path_that_leads_nowhere_has_a_nearest() -> None:
    known = ["/api/desk", "/api/order-status"]
    assert no_endpoint("/api/dsk", known).endswith("the nearest is /api/desk")
    assert no_endpoint("/", known) == "no endpoint has the path /"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", ""),
        (b"GARBAGE", ""),
        (b"GET / HTTP/1.1\r\nHost: x", ""),
        (b"GET /a b HTTP/1.1", "; the request line has a blank in its address; "),
        (b"\x16\x03\x01\x02\n\xff", "; this is TLS (https), and plain http is"),
        (b"GET / HTTP/1.1\r\nk-secret", "; a header line has no colon"),
        (b"GET / HTTP/1.1\r\nX Key: k-secret", "; `X Key` cannot be the name of a"),
    ],
)
def test_what_is_no_http_is_looked_at(raw, told) -> None:
    reason = unreadable("the request is no HTTP", raw)
    assert reason.startswith(f"the request is no HTTP{told}")
    assert bool(told) is ("; " in reason)
    assert "k-secret" not in reason
