from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.config.loader import load
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome


def test_an_exception_in_the_engine_gives_the_defaults(build, caplog):
    rule = build.output("level", default="d")
    plan = build.plan(build.lookup(), rule, timezone="No/Such")
    with caplog.at_level(logging.ERROR):
        build_engine = Engine(build.configuration(), {})

        async def work():
            deadline = Deadline.after(1, asyncio.get_running_loop().time)
            return await build_engine.answer(plan, build.request(), deadline)

        answer = build.run(work())
    assert (answer.status, answer.body) == (200, b'{"level":"d"}')
    assert ("X-Ivrhooks-Degraded", "answer=error") in answer.headers
    assert "internal error, defaults were answered" in caplog.text
    assert "Traceback" in caplog.text


def test_templates_see_the_time_in_the_zone_of_the_plan(build):
    hour = build.expression(lambda scope: scope.values["now"].hour)
    plan = build.plan(
        build.output("hour", "int", hour, default=0),
        timezone="Asia/Shanghai",
        clock=True,
    )
    moment = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    engine = Engine(build.configuration(plan), {}, now=lambda: moment)

    async def work():
        deadline = Deadline.after(1, asyncio.get_running_loop().time)
        return await engine.answer(plan, build.request(), deadline)

    assert build.run(work()).body == b'{"hour":4}'


def test_times_are_measured_on_the_injected_clock(build):
    plan = build.plan(build.output("x", value=build.constant("c")))
    ticks = iter(range(100))
    engine = Engine(build.configuration(plan), {}, clock=lambda: next(ticks))

    async def work():
        deadline = Deadline.after(1, asyncio.get_running_loop().time)
        return await engine.answer(plan, build.request(), deadline)

    trace = build.run(work()).trace
    assert trace.started == 0
    assert trace.deadline == 1001.0


def test_an_answer_without_lookups_is_delivered_at_once(build):
    plan = build.plan(build.output("level", value=build.constant("c")))
    engine = Engine(build.configuration(plan), {})
    answers = []

    async def work():
        deadline = Deadline.after(1, asyncio.get_running_loop().time)
        pending = engine.begin(plan, build.request(), deadline, answers.append)
        assert pending is None

    build.run(work())
    assert [answer.body for answer in answers] == [b'{"level":"c"}']


@pytest.mark.parametrize("given_up", [False, True])
def test_a_pending_answer_is_delivered_later_or_cancelled(build, given_up):
    plan = build.plan(build.lookup(), build.output("level", default="d"))
    crm = build.FakeSource(Outcome("ok"), after=60)
    engine = Engine(build.configuration(plan), {"crm": crm})
    answers = []

    async def work():
        deadline = Deadline.after(1, asyncio.get_running_loop().time)
        pending = engine.begin(plan, build.request(), deadline, answers.append)
        assert pending is not None
        assert answers == []
        await asyncio.sleep(0.1)
        if given_up:
            pending.cancel()
        await asyncio.sleep(9)

    build.run(work())
    assert [answer.body for answer in answers] == [b'{"level":"d"}'] * (not given_up)
    assert crm.cancelled


def test_a_cancelled_answer_cancels_its_sources(build):
    plan = build.plan(build.lookup(), build.output("level"))
    crm = build.FakeSource(Outcome("ok"), after=60)
    engine = Engine(build.configuration(plan), {"crm": crm})

    async def work():
        deadline = Deadline.after(9, asyncio.get_running_loop().time)
        task = asyncio.create_task(engine.answer(plan, build.request(), deadline))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    build.run(work())
    assert crm.cancelled


def test_closing_closes_every_source(build):
    class Stuck:
        async def close(self):
            raise OSError("stuck")

    fake_source = build.FakeSource(None)
    engine = Engine(build.configuration(), {"a": Stuck(), "b": fake_source})
    build.run(engine.close())
    assert fake_source.closed


def test_an_engine_opens_the_sources_of_its_configuration(build, tmp_path, monkeypatch):
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))

    async def work():
        engine = await open_engine(build.configuration())
        await engine.close()
        return engine.sources

    assert build.run(work()) == {}


outcomes = st.sampled_from(
    [
        Outcome("ok", {"n": 1, "s": "x"}),
        Outcome("ok", "text"),
        Outcome("stale", [1], age=3.0),
        Outcome("not_found", {"items": []}),
        Outcome("timeout"),
        Outcome("error"),
        Outcome("open"),
        Outcome("busy"),
        None,
        ValueError("x"),
        TimeoutError(),
        asyncio.CancelledError(),
    ]
)


@settings(deadline=None)
@given(
    first=outcomes,
    second=outcomes,
    slow=st.sampled_from([0, 0.1, 60]),
    when=st.sampled_from([None, True, False]),
    sent=st.dictionaries(st.sampled_from(["tel", "n"]), st.none() | st.text()),
)
def test_every_output_is_answered_before_the_deadline(
    build, first, second, slow, when, sent
):
    condition = None if when is None else build.constant(when)
    plan = build.plan(
        build.input("tel", format="phone"),
        build.input("n", "int"),
        build.lookup("customer", when=condition),
        build.lookup("order", build.source_call("shop", names=("customer",))),
        build.lookup("news", build.source_call("shop"), build.source_call("crm")),
        build.output("n", "int", "customer.n", default=3),
        build.output("s", "string", "order.s", default="d"),
        build.output("news", "string", "news.s", default="d", map={"x": "new"}),
        build.output("state", value=build.status_of("order"), default="error"),
    )
    sources = {
        "crm": build.FakeSource(first, after=slow),
        "shop": build.FakeSource(second),
    }
    answer = build.answer(plan, sources, build.request(body=sent), seconds=0.3)
    body = json.loads(answer.body)
    error = body.pop("error", None)
    assert (answer.status == 200) is (error is None)
    assert {name: type(value) for name, value in body.items()} == {
        "n": int,
        "s": str,
        "news": str,
        "state": str,
    }
    assert answer.trace.ended - answer.trace.started <= 0.301


ROOT = """
version: 1
region: CN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "2"}}
  shop: {kind: http, base_url: "https://shop.example.com/api"}
system_api: {path: /api/system/customer, source: crm}
"""
ENDPOINT = """
endpoint: order-status
path: /api/order-status
format: form
headers:
  X-Api-Key: {type: string, secret: true, equals: k3y-of-orders}
inputs:
  tel: {format: phone, required: true}
  order_no: {type: int, min: 1}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
  order:
    source: shop
    request:
      path: "/orders/{{ inputs.order_no }}"
      query: {customer: "{{ customer.id }}"}
    when: "{{ inputs.order_no and customer }}"
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", map: {"1": 1, "2": 0}, default: 0}
  orderText:
    {type: string, value: "Order {{ order.no }} is {{ order.state }}", default: ""}
  city: {type: string, value: "{{ customer.city_name }}", optional: true}
  crmState: {type: string, value: "{{ lookups.customer.status }}", default: error}
"""


@pytest.fixture
def compiled(build, tmp_path):
    """Answers by a configuration as an integrator writes it."""
    (tmp_path / "endpoints").mkdir()
    (tmp_path / "ivrhooks.yaml").write_text(ROOT)
    (tmp_path / "endpoints" / "order-status.yaml").write_text(ENDPOINT)
    configuration = load(tmp_path, environ={})

    def run(path, outcomes, **fields):
        plan = configuration.plans[path]
        sources = {
            name: build.FakeSource(outcome) for name, outcome in outcomes.items()
        }
        more = {"query": fields} if plan.method == "GET" else {"body": fields}
        headers = {"x-api-key": "k3y-of-orders"}
        request = build.request(method=plan.method, headers=headers, **more)

        async def work():
            deadline = Deadline.after(1, asyncio.get_running_loop().time)
            engine = Engine(configuration, sources)
            return await engine.answer(plan, request, deadline)

        answer = build.run(work())
        degraded = dict(answer.headers).get("X-Ivrhooks-Degraded")
        queried = {name: bool(source.queries) for name, source in sources.items()}
        return json.loads(answer.body), degraded, queried

    return run


CUSTOMER = Outcome("ok", {"id": "c-1", "isVip": "1", "city_name": "Huế"})
ORDER = Outcome("ok", {"no": 7, "state": "paid"})
BOTH = {"crm": CUSTOMER, "shop": ORDER}


def test_a_compiled_endpoint_answers_from_two_sources(compiled):
    body, degraded, _ = compiled(
        "/api/order-status", BOTH, tel="+86 138 0000 0001", order_no="7"
    )
    assert body == {
        "isVip": 1,
        "orderText": "Order 7 is paid",
        "city": "Huế",
        "crmState": "ok",
    }
    assert degraded is None


@pytest.mark.parametrize(
    ("crm", "fields", "expected", "degraded"),
    [
        (
            Outcome("timeout"),
            {"order_no": "7"},
            {"isVip": 0, "orderText": "", "crmState": "timeout"},
            "customer=timeout",
        ),
        (
            Outcome("not_found"),
            {"order_no": "7"},
            {"isVip": 0, "orderText": "", "crmState": "not_found"},
            None,
        ),
        (
            CUSTOMER,
            {},
            {"isVip": 1, "orderText": "", "city": "Huế", "crmState": "ok"},
            None,
        ),
        (
            CUSTOMER,
            {"tel": "anonymous", "order_no": "7"},
            {"isVip": 0, "orderText": "", "crmState": "skipped"},
            None,
        ),
    ],
)
def test_an_order_is_looked_up_only_if_the_customer_exists(
    compiled, crm, fields, expected, degraded
):
    fields = {"tel": "13800000001", **fields}
    answered = compiled("/api/order-status", {**BOTH, "crm": crm}, **fields)
    assert answered[:2] == (expected, degraded)
    assert answered[2]["shop"] is False


@pytest.mark.parametrize(
    ("crm", "expected"),
    [
        (Outcome("ok", {"isVip": "0", "isblack": "1"}), {"isVip": 2, "isblack": 1}),
        (Outcome("ok", {"isVip": "", "vipLevel": "3"}), {"vipLevel": "3"}),
        (Outcome("not_found"), {}),
        (
            Outcome("open"),
            {"isVip": 2, "vipLevel": "", "userLabel": "", "isblack": 0},
        ),
    ],
)
def test_the_system_api_omits_unset_fields_but_not_failed_ones(compiled, crm, expected):
    body, _, _ = compiled("/api/system/customer", {"crm": crm}, tel="13800000001")
    assert body == expected
