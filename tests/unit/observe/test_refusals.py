"""Why a data request was refused, in words."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from ivrhooks.config.parameter import Parameter
from ivrhooks.languages.catalogue import Reason, because
from ivrhooks.observe.refusals import (
    drops_a_header,
    header_names,
    no_endpoint,
    reasons_of,
    unreadable,
)

KEY = Parameter("X-Api-Key", "string", "header", secret=True, equals="k-1")
SHOP = Parameter("X-Shop", "string", "header", enum=("north", "south"))
SECRET = because("secret", places=(because("header_named", name="X-Api-Key"),))


def texts_of(reasons: Iterable[Reason]) -> str:
    return "; ".join(map(str, reasons))


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
    ("sent", "more"),
    [
        ((), "; `X_Api_Key` would be dropped by the web server"),
        (("x_api_key",), "; `x_api_key` would be dropped by the web server"),
        (
            ("XApiKey",),
            "; `X_Api_Key` would be dropped by the web server; `XApiKey` came instead",
        ),
    ],
)
def test_a_secret_header_that_did_not_arrive_is_named(plan, sent, more) -> None:
    reasons = reasons_of(plan, "unauthorized", SECRET, {}, head(*sent))
    assert texts_of(reasons) == f"the header X-Api-Key did not arrive{more}"


def test_one_that_arrived_has_another_value(plan) -> None:
    reasons = reasons_of(plan, "unauthorized", SECRET, {}, head("x-api-key"))
    assert texts_of(reasons) == "the header X-Api-Key arrived with another value"


def test_a_signature_is_no_matter_of_the_secret_headers(plan) -> None:
    missing = because("signature_missing", headers=because("header_agreed"))
    assert reasons_of(plan, "unauthorized", missing, {}, head()) == (missing,)


def test_a_problem_follows_its_field(plan) -> None:
    fields = {
        "tel": [because("max_length", count=3), because("pattern", pattern="^1")],
        "X-Shop": [because("one_of", values="north, south")],
    }
    contract = because("contract", names="tel, X-Shop")
    reasons = reasons_of(plan, "invalid_input", contract, fields, head("X-Shop"))
    assert texts_of(reasons) == (
        "tel: send at most 3 characters; send a text that matches ^1; "
        "X-Shop: send one of: north, south"
    )
    reasons = reasons_of(plan, "invalid_input", contract, fields, head("X_Shop"))
    assert texts_of(reasons).startswith(
        "the header X-Shop did not arrive; `X_Shop` would"
    )
    address = because("address")
    assert reasons_of(plan, "forbidden", address, {}, b"") == (address,)
    assert reasons_of(plan, "forbidden", None, {}, b"") == ()


def test_a_dropped_header_is_noticed_where_it_was_declared(plan) -> None:
    assert drops_a_header(plan, head("X_Shop"))
    assert not drops_a_header(plan, head("X_Shop", "X-Shop"))
    assert not drops_a_header(plan, head("X_Other"))
    assert not drops_a_header(plan, head("X-Shop"))


def test_a_path_that_leads_nowhere_has_a_nearest() -> None:
    known = ["/api/desk", "/api/order-status"]
    assert texts_of(no_endpoint("/api/dsk", known)).endswith(
        "; the nearest is /api/desk"
    )
    assert texts_of(no_endpoint("/", known)) == "no endpoint has the path /"


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b"", None),
        (b"GARBAGE", None),
        (b"GET / HTTP/1.1\r\nHost: x", None),
        (b"GET /a b HTTP/1.1", "blank"),
        (b"\x16\x03\x01\x02\n\xff", "tls"),
        (b"GET / HTTP/1.1\r\nk-secret", "no_colon"),
        (b"GET / HTTP/1.1\r\nX Key: k-secret", "no_name"),
    ],
)
def test_requests_that_are_not_http_are_examined(raw, key) -> None:
    reason = unreadable(raw)
    assert (reason and reason.key) == key
    assert "k-secret" not in str(reason)
