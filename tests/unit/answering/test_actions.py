"""Actions of a data request: built, stored by the deadline, named in the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from ivrhooks.actions.draft import AcceptedAction, Draft, NotStored
from ivrhooks.answering.actions import before_storing
from ivrhooks.answering.answer import Answer
from ivrhooks.answering.engine import Engine
from ivrhooks.config.plan import ActionPlan, Expression, Plan, Skip
from ivrhooks.resilience.deadline import Deadline


class Outbox:
    """Takes drafts as told: at once, after some seconds, or not at all."""

    def __init__(self, *, after: float = 0.0, error: Exception | None = None) -> None:
        self.after, self.error = after, error
        self.stored: list[list[Draft]] = []
        self.withdrawn = 0

    def store(self, drafts: Sequence[Draft]) -> asyncio.Future[list[AcceptedAction]]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[AcceptedAction]] = loop.create_future()
        self.stored.append(list(drafts))

        def end() -> None:
            if future.cancelled():
                self.withdrawn += 1
            elif self.error is not None:
                future.set_exception(self.error)
            else:
                future.set_result(
                    [AcceptedAction(f"id-{draft.action}") for draft in drafts]
                )

        loop.call_later(self.after, end)
        return future


TICKET = Expression(
    lambda scope: scope.values["actions"]["note"]["id"],
    "{{ actions.note.id }}",
    actions=frozenset({"note"}),
)


def action(build: Any, **more: Any) -> ActionPlan:
    return ActionPlan("note", more.pop("call", None) or build.source_call(), **more)


def plan_of(build: Any, *actions: ActionPlan, **more: Any) -> Plan:
    made: Plan = build.plan(
        build.output("ticket", value=TICKET, default="none"), actions=actions, **more
    )
    return made


def answer_of(
    build: Any, plan: Plan, outbox: Any, sources: Any = None, seconds: float = 1.0
) -> Answer:
    async def work() -> Answer:
        engine = Engine(build.configuration(plan), sources or {}, outbox=outbox)
        clock = asyncio.get_running_loop().time
        deadline = Deadline.after(seconds, clock)
        return await engine.answer(plan, build.request(), deadline)

    answer: Answer = build.run(work())
    return answer


def test_an_action_is_stored_before_the_answer_names_its_id(build: Any) -> None:
    outbox = Outbox(after=0.05)
    answer = answer_of(build, plan_of(build, action(build)), outbox)
    assert orjson.loads(answer.body) == {"ticket": "id-note"}
    assert dict(answer.headers).get("X-Ivrhooks-Degraded") is None
    ((draft,),) = outbox.stored
    assert (draft.endpoint, draft.action, draft.source) == ("vip", "note", "crm")
    assert draft.request_id == "r-1"
    assert answer.trace is not None
    assert [run.status for run in answer.trace.actions] == ["stored"]
    assert answer.trace.origins[0].origin == "action"


def test_all_actions_of_a_data_request_are_stored_at_once(build: Any) -> None:
    outbox = Outbox()
    plan = plan_of(build, action(build), replace(action(build), name="second"))
    answer_of(build, plan, outbox)
    (together,) = outbox.stored
    assert [stored.action for stored in together] == ["note", "second"]


@pytest.mark.parametrize(
    "outbox",
    [
        Outbox(error=NotStored("disk full")),
        Outbox(error=RuntimeError("a mistake")),
        Outbox(after=60.0),
    ],
    ids=["full", "mistaken", "slow"],
)
def test_a_failed_store_neither_delays_nor_falsifies_the_answer(
    build: Any, outbox: Outbox, caplog: Any
) -> None:
    async def work() -> tuple[Answer, float]:
        loop = asyncio.get_running_loop()
        engine = Engine(build.configuration(plan), {}, outbox=outbox)
        started = loop.time()
        deadline = Deadline.after(1.0, loop.time)
        answer = await engine.answer(plan, build.request(), deadline)
        return answer, loop.time() - started

    plan = plan_of(build, action(build))
    answer, took = build.run(work())
    assert answer.status == 200
    assert orjson.loads(answer.body) == {"ticket": "none"}
    assert dict(answer.headers)["X-Ivrhooks-Degraded"] == "action=not_stored"
    assert took <= 1.0
    assert answer.trace.origins[0].because == "not_stored"
    assert [run.id for run in answer.trace.actions] == [None]


class AtTheLastMoment(Outbox):
    """Has stored in the turn of the loop in which the time for it is over."""

    def store(self, drafts: Sequence[Draft]) -> asyncio.Future[list[AcceptedAction]]:
        loop: Any = asyncio.get_running_loop()
        future: asyncio.Future[list[AcceptedAction]] = loop.create_future()
        accepted = [AcceptedAction(f"id-{draft.action}") for draft in drafts]

        def nearly_over() -> None:
            loop.call_soon(future.set_result, accepted)
            loop.now += 1.0

        loop.call_later(0.5, nearly_over)
        return future


def test_an_action_stored_at_the_last_moment_counts_as_stored(build: Any) -> None:
    answer = answer_of(build, plan_of(build, action(build)), AtTheLastMoment())
    assert orjson.loads(answer.body) == {"ticket": "id-note"}
    assert answer.trace is not None
    assert [run.status for run in answer.trace.actions] == ["stored"]


def test_lookups_leave_time_for_storing(build: Any) -> None:
    plan = plan_of(build, action(build), deadline=0.4)
    deadline = Deadline(10.0, lambda: 9.6)
    assert before_storing(plan, deadline).at == pytest.approx(9.95)
    assert before_storing(replace(plan, actions=()), deadline) is deadline


def test_a_failed_lookup_does_not_drop_an_action(build: Any) -> None:
    outbox = Outbox()
    plan = plan_of(build, action(build))
    plan = replace(plan, lookups=(build.lookup(),))
    hanging = build.FakeSource(build.Outcome("ok"), after=60.0)
    answer = answer_of(build, plan, outbox, {"crm": hanging})
    assert dict(answer.headers)["X-Ivrhooks-Degraded"] == "customer=timeout"
    assert orjson.loads(answer.body) == {"ticket": "id-note"}


def test_an_action_whose_when_is_false_is_not_stored(build: Any) -> None:
    outbox = Outbox()
    plan = plan_of(build, action(build, when=build.constant("")))
    answer = answer_of(build, plan, outbox)
    assert outbox.stored == []
    assert orjson.loads(answer.body) == {"ticket": "none"}
    assert answer.trace is not None
    assert answer.trace.degraded == ""
    assert answer.trace.actions[0].status == "skipped"


def test_an_action_without_its_parameters_is_noted_not_an_error(build: Any) -> None:
    outbox = Outbox()
    call = build.source_call(params=lambda scope: Skip("missing phone"))
    answer = answer_of(build, plan_of(build, action(build, call=call)), outbox)
    assert outbox.stored == []
    assert answer.trace is not None
    assert answer.trace.notes == ["the action note was not made: missing phone"]
    assert answer.trace.degraded == ""


def test_an_exception_in_an_action_drops_only_that_action(
    build: Any, caplog: Any
) -> None:
    def broken(scope: Any) -> Any:
        raise RuntimeError("a mistake")

    outbox = Outbox()
    plan = plan_of(
        build,
        action(build, call=build.source_call(params=broken)),
        replace(action(build), name="second"),
    )
    answer = answer_of(build, plan, outbox)
    assert [stored.action for stored in outbox.stored[0]] == ["second"]
    assert orjson.loads(answer.body) == {"ticket": "none"}


def test_an_action_without_an_outbox_gets_a_generated_id(build: Any) -> None:
    answer = answer_of(build, plan_of(build, action(build)), None)
    made_up = "00000000-0000-4000-8000-000000000001"
    assert orjson.loads(answer.body) == {"ticket": made_up}
    assert answer.trace is not None
    assert answer.trace.actions[0].status == "not_delivered"


def test_a_test_run_stores_no_action(build: Any) -> None:
    outbox = Outbox()
    plan = plan_of(build, action(build))

    async def work() -> Answer:
        engine = Engine(build.configuration(plan), {}, outbox=outbox)
        deadline = Deadline.after(1.0, asyncio.get_running_loop().time)
        return await engine.answer(
            plan, build.request(), deadline, deliver_actions=False
        )

    build.run(work())
    assert outbox.stored == []


def test_mock_mode_stores_no_action_and_generates_ids(build: Any) -> None:
    outbox = Outbox()
    plan = plan_of(build, action(build), mode="mock")
    answer = answer_of(build, plan, outbox)
    assert outbox.stored == []
    assert orjson.loads(answer.body)["ticket"].startswith("00000000-")


def test_a_stored_action_carries_its_key_and_order(build: Any) -> None:
    outbox = Outbox()
    more = action(
        build,
        key=lambda scope: "k",
        order=lambda scope: "o",
        delay=2.0,
        give_up=9.0,
    )
    answer_of(build, plan_of(build, more), outbox)
    draft = outbox.stored[0][0]
    assert (draft.key, draft.order, draft.delay, draft.give_up) == ("k", "o", 2.0, 9.0)
