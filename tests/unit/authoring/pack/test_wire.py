"""A pack's data requests as they go out; what is never told is not in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from ivrhooks.authoring.pack.cases import Case
from ivrhooks.authoring.pack.wire import wire_of
from ivrhooks.config.plan import Plan

PlanOf = Callable[[str], Plan]
URL = "https://ivr.example.com"
GOOD = Case("good", {"tel": "13800000001"}, {"X-Key": "open-sesame-7"})


def test_a_secret_is_a_word_until_it_is_sent(plan_of: PlanOf) -> None:
    wire = wire_of(plan_of("desk"), GOOD, URL)
    assert wire is not None
    assert "sesame" not in repr(wire)
    assert 'X-Key: $DESK_KEY"' in wire.curl and wire.curl.startswith("curl -X POST")
    (blank,) = wire.blanks
    assert (blank.name, blank.place) == ("X-Key", "header")
    sent = wire.filled("http://127.0.0.1:1/", {("header", "X-Key"): "s=1&2"})
    assert dict(sent.headers)["X-Key"] == "s=1&2"
    assert sent.url == "http://127.0.0.1:1/api/desk"
    assert b"tel=13800000001" in (sent.body or b"")


def test_a_secret_in_a_body_is_written_as_the_body_is(plan_of: PlanOf) -> None:
    desk = plan_of("desk")
    key = replace(desk.headers[0], name="key", wire="key", place="input")
    plan = replace(desk, headers=(), inputs=(*desk.inputs, key))
    case = Case("good", {"tel": "1", "key": "open-sesame-7"})
    value = {("input", "key"): 'a"b&c'}
    form = wire_of(plan, case, URL)
    body = wire_of(replace(plan, format="json"), case, URL)
    query = wire_of(replace(plan, format="query", method="GET"), case, URL)
    assert form and body and query
    assert b"key=a%22b%26c" in (form.filled("", value).body or b"")
    assert b'"key": "a\\"b&c"' in (body.filled("", value).body or b"")
    assert "key=a%22b%26c" in query.filled("", value).url
    assert query.filled("", value).body is None


def test_a_request_in_which_a_secret_would_stand_is_none(plan_of: PlanOf) -> None:
    case = Case("slip", {"tel": "open-sesame-7"}, {})
    assert wire_of(plan_of("desk"), case, URL) is None


def test_differences_from_the_ivrs_own_request(plan_of: PlanOf) -> None:
    desk = plan_of("desk")
    xml = wire_of(desk, replace(GOOD, body="<a/>", content_type="application/xml"), URL)
    assert xml is not None and xml.body == "<a/>"
    assert [v for n, v in xml.headers if n == "Content-Type"] == ["application/xml"]
    get = wire_of(desk, replace(GOOD, method="GET"), URL)
    assert get is not None and (get.method, get.body) == ("GET", "")
    assert get.curl.startswith("curl https://ivr.example.com/api/desk")
    slash = wire_of(plan_of("bare"), Case("slash", {"a": "1"}, slash="/"), URL)
    assert slash is not None and slash.target == "/api/bare/?a=1"


def test_only_agreed_values_are_left_out(plan_of: PlanOf) -> None:
    other = wire_of(plan_of("desk"), replace(GOOD, headers={"X-Key": "wrong"}), URL)
    assert other is not None and other.blanks == ()
    assert ("X-Key", "wrong") in other.headers
    undeclared = replace(GOOD, headers={**GOOD.headers, "X-Else": "1"})
    more = wire_of(plan_of("desk"), undeclared, URL + "/")
    assert more is not None and ("X-Else", "1") in more.headers
    assert f"{URL}/api/desk" in more.curl


@pytest.mark.parametrize(("secret", "is_left"), [("k-7", False), ("k7", True)])
def test_a_secret_of_two_letters_is_in_any_text(
    plan_of: PlanOf, secret: str, is_left: bool
) -> None:
    desk = plan_of("desk")
    key = replace(desk.headers[0], equals=secret)
    case = Case("slip", {"tel": f"1{secret}1"}, {"X-Key": secret})
    wire = wire_of(replace(desk, headers=(key,)), case, URL)
    assert (wire is not None) is is_left


def test_a_method_without_a_body_has_no_type(plan_of: PlanOf) -> None:
    get = wire_of(plan_of("desk"), replace(GOOD, method="GET"), URL)
    put = wire_of(plan_of("desk"), replace(GOOD, method="PUT"), URL)
    assert get and put
    assert [name for name, _ in get.headers] == ["X-Key"]
    assert [name for name, _ in put.headers] == ["X-Key", "Content-Type"]
    assert put.body.endswith("tel=13800000001")
    sent = get.filled("http://h/", {("header", "X-Key"): "k"})
    assert (sent.body, sent.repeatable, sent.url) == (None, False, "http://h/api/desk")
    assert put.filled("http://h", {("header", "X-Key"): "k"}).body == put.body.encode()
