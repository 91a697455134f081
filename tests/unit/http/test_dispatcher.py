"""Where both doors meet."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import orjson
import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.config.plan import RateLimit, Security
from ivrhooks.http import dispatcher as room
from ivrhooks.http.dispatcher import Reception, defaults


def ask(reception: Reception, message, path: str = "/api/desk"):
    """One data request to ``path``, answered."""

    async def go():
        desk = reception.find(path)
        assert desk is not None
        return await reception.answer(desk, message, reception.deadline(desk.plan))

    return asyncio.run(go())


def test_a_path_is_found_exactly(make_configuration) -> None:
    reception = Reception(make_configuration(), Engine(make_configuration(), {}))
    assert reception.find("/api/desk") is not None
    for path in ("/api/desk/", "/API/desk", "//api/desk", "api/desk", ""):
        assert reception.find(path) is None


def test_a_message_is_answered(make_configuration, make_message) -> None:
    configuration = make_configuration()
    answer = ask(Reception(configuration, Engine(configuration, {})), make_message())
    assert (answer.status, answer.body) == (200, '{"isVip":1,"city":"Hà Nội"}'.encode())
    assert ("X-Request-Id", "r-1") in answer.headers


def test_the_gate_is_judged_before_the_contract(
    make_configuration, make_plan, make_message
) -> None:
    plan = make_plan(security=Security(rate_limit=RateLimit(1, 60.0)))
    configuration = make_configuration(plan)
    reception = Reception(configuration, Engine(configuration, {}))
    assert ask(reception, make_message(b"")).status == 400
    limited = ask(reception, make_message(b""))
    assert limited.status == 429
    assert orjson.loads(limited.body)["isVip"] == 0


def test_past_its_capacity_everyone_gets_the_defaults_at_once(
    make_configuration, make_message, gated_engine
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        reception = Reception(configuration, engine, capacity=1)
        desk = reception.find("/api/desk")
        assert desk is not None
        until = reception.deadline(desk.plan)
        first = asyncio.create_task(reception.answer(desk, make_message(), until))
        await asyncio.sleep(0)
        second = await reception.answer(desk, make_message(), until)
        assert (second.status, second.body) == (200, b'{"isVip":0,"city":""}')
        assert ("X-Ivrhooks-Degraded", "answer=overload") in second.headers
        engine.gate.set()
        assert (await first).body == '{"isVip":1,"city":"Hà Nội"}'.encode()
        assert reception.in_flight == 0

    asyncio.run(go())


def test_where_too_many_come_at_once_the_later_ones_get_the_defaults(
    make_configuration, make_message, gated_engine, monkeypatch
) -> None:
    """Each costs a hundredth of the deadline to begin, in one turn of the loop."""

    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        now = [0.0]
        reception = Reception(configuration, engine, clock=lambda: now[0])
        desk = reception.find("/api/desk")
        assert desk is not None
        cost = desk.plan.deadline / 100

        async def ask() -> bool:
            now[0] += cost
            until = reception.deadline(desk.plan)
            answer = await reception.answer(desk, make_message(), until)
            assert answer.status == 200
            return ("X-Ivrhooks-Degraded", "answer=overload") in answer.headers

        burst = [asyncio.create_task(ask()) for _ in range(200)]
        await asyncio.sleep(0)
        assert reception.in_flight == room.CROWD
        begun = asyncio.create_task(ask())  # in a turn of its own there is time again
        await asyncio.sleep(0)
        assert reception.in_flight == room.CROWD + 1
        engine.gate.set()
        shed = await asyncio.gather(*burst)
        assert sum(shed) == 200 - room.CROWD
        assert await begun is False

    asyncio.run(go())


def test_a_mistake_of_ours_costs_the_values_and_not_the_answer(
    make_configuration, make_message, monkeypatch, caplog
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(room, "read_request", broken)
    configuration = make_configuration()
    with caplog.at_level(logging.ERROR):
        answer = ask(
            Reception(configuration, Engine(configuration, {})), make_message()
        )
    assert (answer.status, answer.body) == (200, b'{"isVip":0,"city":""}')
    assert "a mistake of ivrhooks" in caplog.text


def test_every_answer_and_refusal_has_one_line_in_the_log(
    make_configuration, make_message, monkeypatch
) -> None:
    lines: list[int] = []
    monkeypatch.setattr(
        room, "log_data_request", lambda trace, status: lines.append(status)
    )
    configuration = make_configuration()
    reception = Reception(configuration, Engine(configuration, {}))
    ask(reception, make_message())
    ask(reception, make_message(b""))
    desk = reception.find("/api/desk")
    assert desk is not None
    reception.refuse(desk, desk.gate.too_large(), make_message())
    assert lines == [200, 400, 413]


def test_the_defaults_are_a_degraded_200(make_plan) -> None:
    answer = defaults(make_plan(), "r-3")
    assert answer.status == 200
    assert dict(answer.headers) == {
        "X-Ivrhooks-Degraded": "answer=error",
        "X-Request-Id": "r-3",
    }


def test_a_reception_opens_its_own_engine(make_configuration) -> None:
    async def go() -> None:
        reception = await room.open_reception(make_configuration())
        await reception.engine.close()

    asyncio.run(go())


@pytest.mark.parametrize("seconds", [0.5, 2.0])
def test_the_deadline_is_the_plans(make_configuration, make_plan, seconds) -> None:
    configuration = make_configuration(make_plan(deadline=seconds))
    engine = Engine(configuration, {})
    reception = Reception(configuration, engine, clock=lambda: 100.0)
    desk = reception.find("/api/desk")
    assert desk is not None
    assert reception.deadline(desk.plan).remaining() == seconds


def test_who_asks_a_source_that_fails_gives_way(
    make_configuration, make_message, gated_engine
) -> None:
    async def go() -> None:
        configuration = make_configuration()
        engine = gated_engine(configuration)
        engine.gate.set()
        reception = Reception(configuration, engine)
        found = reception.find("/api/desk")
        assert found is not None
        failing = replace(found, sources=frozenset({"crm"}))
        engine.courtesy.failed("crm")
        for _ in range(3):
            engine.courtesy.later(lambda: None)  # two of them wait
        order = []
        for desk in (failing, found):
            until = reception.deadline(desk.plan)
            asked = reception.answer(desk, make_message(), until)
            task = asyncio.create_task(asked)
            task.add_done_callback(lambda _, desk=desk: order.append(desk))
        await asyncio.sleep(0)
        assert reception.in_flight == 1
        await task
        while reception.in_flight:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert order == [found, failing]

    asyncio.run(go())


def test_who_is_refused_gives_no_way(
    make_plan, make_configuration, make_message, gated_engine
) -> None:
    async def go() -> None:
        plan = make_plan(security=Security(rate_limit=RateLimit(1, 60.0)))
        configuration = make_configuration(plan)
        engine = gated_engine(configuration)
        engine.gate.set()
        reception = Reception(configuration, engine)
        found = reception.find("/api/desk")
        assert found is not None
        desk = replace(found, sources=frozenset({"crm"}))
        until = reception.deadline(desk.plan)
        await reception.answer(desk, make_message(), until)  # all that is allowed
        engine.courtesy.failed("crm")
        for _ in range(3):
            engine.courtesy.later(lambda: None)
        asked = reception.answer(desk, make_message(), until)
        with pytest.raises(StopIteration) as refused:
            asked.send(None)
        assert refused.value.value.status == 429

    asyncio.run(go())
