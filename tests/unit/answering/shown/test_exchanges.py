"""An exchange is shown masked by kinds, without secrets, and truncated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ivrhooks.answering.shown.exchanges import MAX_EXCHANGE, Exchanges
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.sources.asking.watch import ObservedExchange, Watch
from ivrhooks.sources.interface import Outcome, Query, Request, Response
from support.plan_builder import OPERATION

JSON = {"content-type": "application/json"}


def shown(
    build: Any, *seen: ObservedExchange, secrets: tuple[str, ...] = ()
) -> dict[str, Any]:
    plan = build.plan(build.lookup("customer"), build.output())
    call, query = plan.lookups[0].calls[0], Query(OPERATION, {})
    trace = Trace("vip", "r-1")
    trace.exchanges = {id(query): Watch(list(seen), [*secrets])}
    run = LookupRun("customer", "ok", {}, "crm", OPERATION.name)
    run.queries.append((call, query))
    exchanges = Exchanges(trace, build.configuration(plan), Mask(plan, False))
    return exchanges.decisive(run)


def test_the_last_exchange_is_shown_without_its_token(build) -> None:
    first = ObservedExchange(
        Request("GET", "http://crm/a"), response=Response(401, {}, b"")
    )
    last = ObservedExchange(
        Request("POST", "http://crm/b?tel=13800000001", (("token", "t0ken-1"),), b"x"),
        response=Response(200, JSON, b'{"nick": "t0ken-1", "tel": "13800000001"}'),
    )
    described = shown(build, first, last, secrets=("t0ken-1",))
    assert described["request"]["url"] == "http://crm/b?tel=138****0001"
    assert described["request"]["headers"] == {"token": "***"}
    assert described["request"]["body"] == "x"
    assert described["response"]["status"] == 200
    assert "t0ken-1" not in str(described) and "13800000001" not in str(described)


def test_a_body_is_cut_after_ten_thousand_letters(build) -> None:
    seen = ObservedExchange(
        Request("GET", "http://crm/"), response=Response(200, {}, b"x " * 20_000)
    )
    body = shown(build, seen)["response"]["body"]
    assert len(body) == MAX_EXCHANGE + 1 and body.endswith("…")


def test_phone_numbers_are_masked_in_a_body_that_is_not_json(build) -> None:
    seen = ObservedExchange(
        Request("GET", "http://crm/"),
        response=Response(200, {}, b"call 13800000001, please"),
    )
    assert shown(build, seen)["response"]["body"] == "call 138****0001, please"


def test_an_incomplete_response_still_shows_its_times(build) -> None:
    seen = ObservedExchange(Request("GET", "http://crm/"), milliseconds={"total": 7.0})
    assert shown(build, seen)["response"] == {"ms": {"total": 7.0}}
    assert shown(build)["request"] is None


def test_names_from_the_data_request_are_masked_in_bodies(build) -> None:
    plan = build.plan(
        build.input("who", pii="name"), build.lookup("customer"), build.output()
    )
    request = build.request(body={"who": "Wang Wei"})
    trace = build.answer(
        plan, {"crm": build.FakeSource(Outcome("ok", {}))}, request
    ).trace
    call, query = plan.lookups[0].calls[0], Query(OPERATION, {})
    call = replace(call, secrets=("s3x",))
    seen = ObservedExchange(
        Request("GET", "http://crm/wang wei?x=for+Wang+Wei"),
        response=Response(500, {}, b"<p>no Wang Wei s3x</p>"),
    )
    trace.exchanges = {id(query): Watch([seen], [])}
    mask = Mask(plan, False, trace)
    described = Exchanges(trace, build.configuration(plan), mask).of(call, query)
    assert described["response"]["body"] == "<p>no W*** ***</p>"
    assert "wang" not in str(described["request"]).lower()
