"""What the journal keeps of a request, without its secrets."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.answering.error_body import refuse
from ivrhooks.answering.trace import Trace
from ivrhooks.basics.errors import ContractError
from ivrhooks.basics.people.personal import FieldKinds
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import JournalSettings
from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.http.response import refuse_bare
from ivrhooks.journal.entry import MAX_BODY, MAX_HEAD
from ivrhooks.languages.catalogue import because
from ivrhooks.observe import journal_entries as entries
from ivrhooks.observe.journal_entries import HEADER_DROPPED, ReceivedRequest, head_of
from ivrhooks.sources.interface import Outcome
from support.plan_builder import build

__all__ = ["build"]

KEY = "k-5e8d2f91"
VIP, OTHER = "13800000001", "13800000002"
RAW = f"POST /api/desk HTTP/1.1\r\nHost: x\r\nX-Api-Key: {KEY}\r\n\r\ntel=1".encode()


@pytest.fixture
def plan(make_plan):
    shop = Parameter("X-Shop", "string", "header", default="north")
    key = Parameter("X-Api-Key", "string", "header", secret=True, equals=KEY)
    return make_plan(headers=(key, shop))


@pytest.fixture
def kept(plan, make_configuration, make_request):
    """The entry of a data request with these headers and this body."""

    def keep(raw: bytes = RAW, body: bytes = b"tel=13800000001", **headers: str):
        configuration = make_configuration(plan)
        dispatcher = Dispatcher(configuration, Engine(configuration, {}))
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = make_request(body, headers=named)
        route = dispatcher.match("/api/desk")
        answer = asyncio.run(dispatcher.answer(route, request))
        seen = ReceivedRequest.of(1.8e9, "asgi", raw, body)
        return entries.answered(seen, plan, answer, configuration)

    return keep


def reasons_of(entry) -> str:
    return "; ".join(map(str, entry.reasons))


def test_an_answer_is_kept_with_its_trace_and_its_raw_bytes(kept) -> None:
    entry = kept(x_api_key=KEY)
    assert (entry.status, entry.endpoint, entry.method) == (200, "desk", "POST")
    assert (entry.code, entry.reasons, entry.peer) == ("", (), "127.0.0.1")
    assert entry.head.endswith(b"Host: x\r\nX-Api-Key: ***")
    assert entry.body == b"tel=13800000001"  # to be run again; pages mask it
    assert entry.trace["success"] is True
    assert entry.detail.keys() == {output["name"] for output in entry.trace["outputs"]}
    assert "13800000001" not in str(entry.trace) + str(entry.detail)
    assert KEY not in str(entry.trace) + entry.head.decode()


def test_the_deadline_is_kept_as_it_was_at_the_start(build) -> None:
    plan = build.plan(build.input("tel"), build.output("note", value="inputs.tel"))
    answer = build.answer(plan, {}, build.request(body={"tel": "1"}), seconds=0.75)
    seen = ReceivedRequest.of(1.8e9, "asgi", RAW, b"")
    entry = entries.answered(seen, plan, answer, build.configuration(plan))
    assert entry.deadline_ms == 750.0
    answer.trace.started, answer.trace.now = 1e9, None
    entry = entries.answered(seen, plan, answer, build.configuration(plan))
    assert (entry.deadline_ms, entry.now) == (0.0, 0.0)


def test_a_data_request_is_found_by_its_inputs(kept) -> None:
    entry = kept(x_api_key=KEY, x_shop="c-1001")
    assert {("phone", "13800000001"), ("id", "c-1001")} <= entry.people
    refused = kept(RAW, b"note=wang%40example.com")
    assert ("email", "wang@example.com") in refused.people
    assert KEY not in str(entry.people | refused.people)
    undeclared = kept(RAW.replace(b"Host: x", b"X-Calling: +86 13800000009"))
    assert ("phone", "+86 13800000009") in undeclared.people
    number = b"tel=1&token=13800000008"
    assert "13800000008" not in str(kept(RAW, number).people)


@pytest.mark.parametrize(
    ("sent", "callers"),
    [
        ({"tel": VIP}, (VIP,)),
        ({"tel": VIP, "second": OTHER}, (VIP, OTHER)),
        ({"tel": VIP, "second": VIP}, (VIP,)),
        ({"tel": VIP, "code": OTHER}, (VIP,)),
        ({"tel": VIP, "note": OTHER}, (VIP,)),
        ({"tel": "anonymous"}, ()),
    ],
)
def test_the_numbers_that_were_sent_are_the_callers(build, sent, callers) -> None:
    phones = {
        name: build.input(name, format="phone", pii="phone", required=name == "tel")
        for name in ("tel", "second", "code")
    }
    phones["code"] = replace(phones["code"], secret=True)
    note = build.input("note", required=False)
    plan = build.plan(*phones.values(), note, build.output("note", value="inputs.note"))
    answer = build.answer(plan, {}, build.request(body=sent))
    seen = ReceivedRequest.of(1.8e9, "asgi", RAW, b"")
    entry = entries.answered(seen, plan, answer, build.configuration(plan))
    assert (answer.status, entry.callers) == (200, callers)


KINDS = FieldKinds({"id": "id", "nick": "name"})


def test_records_of_sources_are_stored_completely(
    build, make_configuration, make_request
) -> None:
    links = [replace(build.source_call(name), kinds=KINDS) for name in ("crm", "shop")]
    plan = build.plan(
        build.input("tel", format="phone", pii="phone"),
        build.lookup("customer", *links),
        build.lookup("late", build.source_call("slow")),
        build.output("nick", value="customer.nick"),
        build.output("late", value="late.x"),
    )
    record = {"id": "c-1001", "nick": "Wang"}
    sources = {
        "crm": build.FakeSource(Outcome("not_found")),
        "shop": build.FakeSource(Outcome("ok", record)),
        "slow": build.FakeSource(Outcome("ok"), after=60.0),
    }
    answer = build.answer(plan, sources, build.request(body={"tel": "13800000001"}))
    seen = ReceivedRequest.of(1.8e9, "asgi", RAW, b"tel=13800000001")
    entry = entries.answered(seen, plan, answer, build.configuration(plan))
    known = [
        (
            kept_answer["lookup"],
            kept_answer["source"],
            kept_answer["status"],
            kept_answer["record"],
        )
        for kept_answer in entry.answers
    ]
    assert known == [
        ("customer", "crm", "not_found", None),
        ("customer", "shop", "ok", record),
        ("late", "slow", "timeout", None),
    ]
    assert len({kept_answer["request"] for kept_answer in entry.answers}) == 1
    assert ("id", "c-1001") in entry.people
    without = replace(build.configuration(plan), journal=JournalSettings(answers=False))
    assert entries.answered(seen, plan, answer, without).answers == ()


def test_a_refusal_is_kept_with_its_reason(kept) -> None:
    entry = kept(RAW.replace(b"X-Api-Key", b"X_Api_Key"))
    assert (entry.status, entry.code) == (401, "unauthorized")
    assert reasons_of(entry) == (
        "the header X-Api-Key did not arrive; "
        "`X_Api_Key` would be dropped by the web server"
    )
    assert entry.defaults == {}
    assert b"X_Api_Key: ***" in entry.head


def test_a_header_that_was_dropped_for_its_name_is_a_warning(kept) -> None:
    raw = RAW.replace(b"Host: x", b"X_Shop: south")
    assert kept(raw, x_api_key=KEY).warnings == (HEADER_DROPPED,)
    assert kept(x_api_key=KEY).warnings == ()


def test_no_more_than_its_bounds_is_kept(kept) -> None:
    body = b"tel=1&note=" + b"x" * 50_000
    entry = kept(RAW + b"y" * 50_000, body, x_api_key=KEY)
    assert (len(entry.body), entry.body_bytes) == (MAX_BODY, len(body))
    seen = ReceivedRequest.of(0.0, "asgi", b"G" * 90_000, body)
    assert len(seen.head) < MAX_HEAD + 1024
    assert len(seen.body) < MAX_BODY + 1024


def test_a_secret_on_the_edge_is_not_kept_by_half(kept) -> None:
    body = b"x" * (MAX_BODY - 4) + KEY.encode()
    assert KEY[:4].encode() not in kept(body=body, x_api_key=KEY).body


def test_a_path_that_leads_nowhere_is_kept(make_configuration) -> None:
    trace = Trace("", "r", method="GET", path="/api/dsk", peer="10.0.0.1")
    error = ContractError(
        "not_found", because("as_said", text="nothing is served at this path")
    )
    answer = refuse(None, error, "r", trace)
    seen = ReceivedRequest.of(1.8e9, "wsgi", b"GET /api/dsk HTTP/1.1\r\n\r\n")
    entry = entries.not_found(seen, answer, make_configuration())
    assert (entry.status, entry.endpoint, entry.peer) == (404, "", "10.0.0.1")
    assert reasons_of(entry).endswith("the nearest is /api/desk")


@pytest.mark.parametrize(
    ("raw", "method", "path"),
    [
        (b"GET /a?tel=13800000001 HTTP/1.1\r\nbad\r\n\r\n", "GET", "/a"),
        (b"GARBAGE", "", ""),
        (b"", "", ""),
        (b"\x16\x03\x01 \xff \x00", "\x16\x03\x01", "\ufffd"),
    ],
)
def test_unreadable_requests_are_stored_too(
    make_configuration, raw, method, path
) -> None:
    answer = refuse_bare(
        "bad_request", because("as_said", text="no HTTP that can be read"), "r-1"
    )
    seen = ReceivedRequest.of(1.8e9, "asgi", raw)
    entry = entries.refused(seen, answer, "10.0.0.1", make_configuration())
    assert (entry.status, entry.code, entry.peer) == (400, "bad_request", "10.0.0.1")
    assert (entry.method, entry.path) == (method, path)
    assert reasons_of(entry).startswith("no HTTP that can be read")


def test_a_head_ends_at_its_blank_line() -> None:
    assert head_of(b"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nbody\n\n") == (
        b"GET / HTTP/1.1\r\nA: b"
    )
    assert head_of(b"GET / HTTP/1.1\nA: b\n\nbody\r\n\r\n") == b"GET / HTTP/1.1\nA: b"
    assert head_of(b"GET") == b"GET"


def test_a_number_that_is_sent_as_a_method_is_not_kept_in_clear(
    make_configuration,
) -> None:
    raw = b"M13800000001 /api/desk HTTP/1.1\r\n\r\n"
    why = because("as_said", text="no HTTP that can be read")
    answer = refuse_bare("bad_request", why, "r-1")
    seen = ReceivedRequest.of(1.0, "asgi", raw)
    entry = entries.refused(seen, answer, "10.0.0.1", make_configuration())
    assert entry.method == "M138****0001"
