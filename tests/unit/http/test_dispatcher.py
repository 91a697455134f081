"""Where both servers meet."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import orjson
import pytest

from ivrhooks.answering.answer import Answer, after_mistake
from ivrhooks.answering.engine import Engine
from ivrhooks.answering.trace import Trace
from ivrhooks.config.plan import RateLimit, Security
from ivrhooks.http import dispatcher as room
from ivrhooks.http.dispatcher import Dispatcher


def ask(dispatcher: Dispatcher, request, path: str = "/api/desk"):
    """One data request to ``path``, answered."""

    async def go():
        route = dispatcher.match(path)
        assert route is not None
        return await dispatcher.answer(route, request)

    return asyncio.run(go())


def test_a_path_is_found_exactly(make_configuration) -> None:
    dispatcher = Dispatcher(make_configuration(), Engine(make_configuration(), {}))
    assert dispatcher.match("/api/desk") is not None
    for path in ("/api/desk/", "/API/desk", "//api/desk", "api/desk", ""):
        assert dispatcher.match(path) is None


def test_a_message_is_answered(make_configuration, make_request) -> None:
    configuration = make_configuration()
    answer = ask(Dispatcher(configuration, Engine(configuration, {})), make_request())
    assert (answer.status, answer.body) == (200, '{"isVip":1,"city":"Hà Nội"}'.encode())
    assert ("X-Request-Id", "r-1") in answer.headers


def test_the_gate_is_judged_before_the_contract(
    make_configuration, make_plan, make_request
) -> None:
    plan = make_plan(security=Security(rate_limit=RateLimit(1, 60.0)))
    configuration = make_configuration(plan)
    dispatcher = Dispatcher(configuration, Engine(configuration, {}))
    assert ask(dispatcher, make_request(b"")).status == 400
    limited = ask(dispatcher, make_request(b""))
    assert limited.status == 429
    assert orjson.loads(limited.body)["isVip"] == 0


def test_past_its_capacity_everyone_gets_the_defaults_at_once(
    make_configuration, make_request, gated_engine
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        dispatcher = Dispatcher(configuration, engine, capacity=1)
        route = dispatcher.match("/api/desk")
        assert route is not None
        first = asyncio.create_task(dispatcher.answer(route, make_request()))
        await asyncio.sleep(0)
        second = await dispatcher.answer(route, make_request())
        assert (second.status, second.body) == (200, b'{"isVip":0,"city":""}')
        assert ("X-Ivrhooks-Degraded", "answer=overload") in second.headers
        engine.policy.set()
        assert (await first).body == '{"isVip":1,"city":"Hà Nội"}'.encode()
        assert dispatcher.in_flight == 0

    asyncio.run(go())


def test_where_too_many_come_at_once_the_later_ones_get_the_defaults(
    make_configuration, make_request, gated_engine, monkeypatch
) -> None:
    """Each costs a hundredth of the deadline to begin, in one turn of the loop."""

    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        now = [0.0]
        dispatcher = Dispatcher(configuration, engine, clock=lambda: now[0])
        route = dispatcher.match("/api/desk")
        assert route is not None
        cost = route.plan.deadline / 100

        async def ask() -> bool:
            now[0] += cost
            answer = await dispatcher.answer(route, make_request())
            assert answer.status == 200
            return ("X-Ivrhooks-Degraded", "answer=overload") in answer.headers

        burst = [asyncio.create_task(ask()) for _ in range(200)]
        await asyncio.sleep(0)
        assert dispatcher.in_flight == room.CROWD
        begun = asyncio.create_task(ask())  # in a turn of its own there is time again
        await asyncio.sleep(0)
        assert dispatcher.in_flight == room.CROWD + 1
        engine.policy.set()
        shed = await asyncio.gather(*burst)
        assert sum(shed) == 200 - room.CROWD
        assert await begun is False

    asyncio.run(go())


def test_a_mistake_of_ours_costs_the_values_and_not_the_answer(
    make_configuration, make_request, monkeypatch, caplog
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(room, "read_request", broken)
    configuration = make_configuration()
    with caplog.at_level(logging.ERROR):
        answer = ask(
            Dispatcher(configuration, Engine(configuration, {})), make_request()
        )
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"city":""}')
    assert "internal error, defaults were answered" in caplog.text


def test_every_answer_and_refusal_has_one_line_in_the_log(
    make_configuration, make_request, monkeypatch
) -> None:
    lines: list[int] = []
    monkeypatch.setattr(
        room, "log_data_request", lambda trace, status: lines.append(status)
    )
    configuration = make_configuration()
    dispatcher = Dispatcher(configuration, Engine(configuration, {}))
    ask(dispatcher, make_request())
    ask(dispatcher, make_request(b""))
    route = dispatcher.match("/api/desk")
    assert route is not None
    refused = make_request()
    refused.problem = route.policy.too_large()
    assert asyncio.run(dispatcher.answer(route, refused)).status == 413
    assert lines == [200, 400, 413]


def test_after_a_mistake_the_defaults_are_a_degraded_200(make_plan) -> None:
    plan = make_plan()
    answer = after_mistake(plan, Trace(plan.endpoint, "r-3"), RuntimeError())
    assert answer.status == 200
    assert dict(answer.headers) == {
        "X-Ivrhooks-Degraded": "answer=error",
        "X-Request-Id": "r-3",
    }


def test_a_dispatcher_opens_its_own_engine(make_configuration) -> None:
    async def go() -> None:
        dispatcher = await room.open_dispatcher(make_configuration())
        await dispatcher.engine.close()

    asyncio.run(go())


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_the_deadline_is_the_plans(make_configuration, make_plan, seconds) -> None:
    configuration = make_configuration(make_plan(deadline=seconds))
    engine = Engine(configuration, {})
    dispatcher = Dispatcher(configuration, engine, clock=lambda: 100.0)
    route = dispatcher.match("/api/desk")
    assert route is not None
    assert dispatcher.deadline(route.plan).remaining() == seconds


def test_who_asks_a_source_that_fails_gives_way(
    make_configuration, make_request
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = Engine(configuration, {})
        dispatcher = Dispatcher(configuration, engine)
        matched = dispatcher.match("/api/desk")
        assert matched is not None
        failing = replace(matched, sources=frozenset({"crm"}))
        engine.scheduler.failed("crm")
        for _ in range(3):
            engine.scheduler.later(lambda: None)  # two of them wait
        order = []
        tasks = []
        for route in (failing, matched):
            answer = dispatcher.answer(route, make_request())
            tasks.append(asyncio.create_task(answer))
            tasks[-1].add_done_callback(lambda _, route=route: order.append(route))
        await asyncio.sleep(0)
        assert dispatcher.in_flight == 1
        await asyncio.gather(*tasks)
        assert dispatcher.in_flight == 0
        assert order == [matched, failing]

    asyncio.run(go())


def test_who_is_refused_gives_no_way(
    make_plan, make_configuration, make_request
) -> None:
    async def go() -> None:
        plan = make_plan(security=Security(rate_limit=RateLimit(1, 60.0)))
        configuration = make_configuration(plan)
        engine = Engine(configuration, {})
        dispatcher = Dispatcher(configuration, engine)
        matched = dispatcher.match("/api/desk")
        assert matched is not None
        route = replace(matched, sources=frozenset({"crm"}))
        await dispatcher.answer(route, make_request())  # all that is allowed
        engine.scheduler.failed("crm")
        for _ in range(3):
            engine.scheduler.later(lambda: None)
        answer = dispatcher.answer(route, make_request())
        with pytest.raises(StopIteration) as refused:
            answer.send(None)
        assert refused.value.value.status == 429

    asyncio.run(go())


def test_what_is_given_up_is_neither_delivered_nor_counted(
    make_configuration, make_request, gated_engine
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        dispatcher = Dispatcher(configuration, engine)
        matched = dispatcher.match("/api/desk")
        assert matched is not None
        answers: list[Answer] = []
        pending = dispatcher.dispatch(matched, make_request(), answers.append)
        engine.scheduler.failed("crm")
        engine.scheduler.later(lambda: None)  # has this turn
        route = replace(matched, sources=frozenset({"crm"}))
        deferred = dispatcher.dispatch(route, make_request(), answers.append)
        assert dispatcher.in_flight == 2
        for handle in (pending, deferred):
            assert handle is not None
            dispatcher.abandon(handle)
        engine.policy.set()
        for _ in range(5):
            await asyncio.sleep(0)
        assert (answers, dispatcher.in_flight) == ([], 0)

    asyncio.run(go())
