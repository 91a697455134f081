from __future__ import annotations

import asyncio
import json

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.answering.shown.description import _links, _picked, describe
from ivrhooks.answering.shown.exchanges import Exchanges
from ivrhooks.answering.shown.mask import Mask
from ivrhooks.answering.trace import LookupRun, Trace
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query
from support.plan_builder import OPERATION

STEP = {"step", "name", "success", "start_ms", "elapsed_ms", "result", "error"}


@pytest.fixture
def described(build):
    plan = build.plan(
        build.header("X-Api-Key", secret=True, equals="s3cret-key"),
        build.input("tel", format="phone"),
        build.input("n", "int"),
        build.input("token"),
        build.lookup("customer"),
        build.lookup("order", build.source_call("shop", names=("customer",))),
        build.output("isVip", "int", "customer.isVip", default=0),
        build.output("phone", value="customer.phone", default=""),
        build.output("order", value="order.no", default="none"),
        build.output("left_out", default=None, optional=True),
        build.output("echo", value=build.expression(lambda scope: "s3cret-key")),
    )
    configuration = build.configuration(plan)
    request = build.request(
        headers={"x-api-key": "s3cret-key"},
        body={"tel": "13800000001", "token": "t0k", "n": 7},
    )

    def run(customer=None, order=None, request=request, **more):
        record = {"isVip": "1", "phone": "0901234561", "n": 2, "number": 13800000001}
        crm = build.FakeSource(customer or Outcome("ok", record), after=0.05)
        shop = build.FakeSource(
            order or Outcome("ok", {"no": "SO-9"}, age=3.0), after=0.1
        )
        engine = Engine(configuration, {"crm": crm, "shop": shop})

        async def work():
            deadline = Deadline.after(0.3, asyncio.get_running_loop().time)
            return await engine.answer(plan, request, deadline)

        answer = build.run(work())
        return describe(answer.trace, answer, configuration, **more)

    return run


def test_the_object_has_the_keys_of_the_format(described):
    explained = described()
    assert list(explained) == [
        *("success", "config", "elapsed_ms", "operations", "outputs", "finalResult")
    ]
    assert all(set(step) >= STEP for step in explained["operations"])
    keys = ["name", "type", "value", "origin", "because", "source", "path"]
    assert all(list(output) == keys for output in explained["outputs"])
    assert list(explained["finalResult"]) == ["status", "body", "text"]
    json.dumps(explained)


def test_steps_are_named_and_timed(described):
    explained = described()
    assert (explained["success"], explained["config"]) == (True, "7f3a2c")
    steps = explained["operations"]
    assert [step["name"] for step in steps] == [
        "contract",
        "customer crm.query_customer",
        "order shop.query_customer",
        "outputs",
        "answer",
    ]
    assert all(step["step"] == step["name"] for step in steps)
    assert all(step["success"] and step["error"] is None for step in steps)
    assert (steps[1]["start_ms"], steps[1]["elapsed_ms"]) == (0.0, 50.0)
    assert (steps[2]["start_ms"], steps[2]["elapsed_ms"]) == (50.0, 100.0)
    assert explained["elapsed_ms"] == 150.0


def test_every_output_has_its_origin(described):
    outputs = {output["name"]: output for output in described()["outputs"]}
    assert outputs["isVip"] == {
        "name": "isVip",
        "type": "int",
        "value": 1,
        "origin": "source",
        "because": "",
        "source": "crm",
        "path": "isVip",
    }
    assert outputs["order"]["origin"] == "cache"
    assert outputs["left_out"]["origin"] == "omitted"


def test_no_number_and_no_secret_is_shown(described):
    text = json.dumps(described())
    for hidden in ("13800000001", "0901234561", "s3cret-key", "t0k"):
        assert hidden not in text
    assert "138****0001" in text


def test_numbers_are_shown_on_request_and_secrets_never(described):
    text = json.dumps(described(show_personal=True))
    assert "13800000001" in text
    assert "s3cret-key" not in text
    assert "t0k" not in text


def test_a_failed_lookup_is_reported_in_its_step(described):
    failure = Outcome("timeout", message="no answer for 13800000001")
    explained = described(customer=failure)
    steps = {step["name"]: step for step in explained["operations"]}
    failed = steps["customer crm.query_customer"]
    assert (failed["success"], failed["result"]) == (False, None)
    assert failed["error"] == "timeout: no answer for 138****0001"
    assert failed["status"] == "timeout"
    assert "not asked" in steps["order shop.query_customer"]["error"]
    assert not explained["success"]
    assert steps["answer"]["error"] == "customer=timeout"
    assert explained["outputs"][0]["because"] == "timeout"


def test_a_stale_record_makes_the_answer_no_success(described):
    explained = described(order=Outcome("stale", {"no": "SO-9"}, age=99.0))
    assert not explained["success"]
    assert explained["operations"][2]["success"]
    assert explained["outputs"][2]["origin"] == "stale"


def test_a_refusal_is_described_in_prose(described, build):
    request = build.request(
        headers={"x-api-key": "s3cret-key"}, body={"n": "x"}, body_kind="json"
    )
    explained = described(request=request)
    contract, answer = explained["operations"]
    assert (contract["name"], contract["success"]) == ("contract", False)
    assert contract["warnings"] == ["format_mismatch"]
    assert contract["error"].startswith("invalid_input: n: send this parameter")
    assert answer["result"]["status"] == explained["finalResult"]["status"] == 400
    assert {output["because"] for output in explained["outputs"]} == {"invalid_input"}
    assert explained["finalResult"]["body"]["error"]["code"] == "invalid_input"


def test_fallback_sources_and_the_picked_entry_are_listed(build):
    crm, backup, last = (build.source_call(name) for name in ("crm", "backup", "last"))
    lookup = build.lookup("customer", crm, backup, last)
    plan = build.plan(lookup, build.output())
    query = Query(OPERATION, {}, pick="risk_first")
    mask = Mask(plan, show_personal=True)
    run = LookupRun(
        "customer",
        "ok",
        {"id": "c-1"},
        "backup",
        outcome=Outcome("ok", {"id": "c-1"}, picked_of=2),
        queries=[(backup, query)],
        outcomes=[Outcome("ok")],
    )
    exchanges = Exchanges(Trace("vip", "r-1"), build.configuration(plan), mask)
    assert [_plain(shown_link) for shown_link in _links(run, plan, exchanges)] == [
        {"source": "crm", "operation": OPERATION.name, "status": "skipped"},
        {"source": "backup", "operation": OPERATION.name, "status": "ok"},
        {"source": "last", "operation": OPERATION.name, "status": "not_asked"},
    ]
    assert _picked(run, mask) == {"pick": "risk_first", "of": 2, "took": "c-1"}
    skipped = _links(LookupRun("customer", "skipped"), plan, exchanges)
    assert skipped[0]["status"] == "skipped"


def _plain(link):
    """Without what was sent and came."""
    return {name: link[name] for name in ("source", "operation", "status")}
