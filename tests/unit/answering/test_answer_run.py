"""An answer is delivered once, and at once if no lookup is pending."""

from __future__ import annotations

import asyncio
import gc
import logging

import pytest

from ivrhooks.answering.engine import Engine
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome


class AtOnce:
    """A source that says its outcome at once, or calls back with it."""

    def __init__(self, outcome, after=None):
        self.outcome = outcome
        self.after = after

    def start(self, query, deadline, heard, watched):
        if self.after is None:
            return self.outcome
        return asyncio.get_running_loop().call_later(self.after, heard, self.outcome)

    async def ask(self, query, deadline):
        raise AssertionError("whoever can start is not awaited")


@pytest.fixture
def begin(build):
    """Begins one answer; gives what was delivered at once, and at the end."""

    def run(plan, source, *, seconds=1.0, cancel=False):
        async def work():
            engine = Engine(build.configuration(plan), {"crm": source})
            deadline = Deadline.after(seconds, asyncio.get_running_loop().time)
            got = []
            tasks = len(asyncio.all_tasks())
            handle = engine.begin(plan, build.request(), deadline, got.append)
            assert len(asyncio.all_tasks()) == tasks
            at_once = [answer.body for answer in got]
            assert (handle is None) is bool(at_once)
            if cancel:
                handle.cancel()
            await asyncio.sleep(2)
            return at_once, [answer.body for answer in got]

        return build.run(work())

    return run


def plan_of(build, **more):
    return build.plan(build.lookup(), build.output("level"), **more)


def test_an_immediate_outcome_is_answered_without_waiting(build, begin):
    source = AtOnce(Outcome("ok", {"level": "3"}))
    assert begin(plan_of(build), source) == ([b'{"level":"3"}'],) * 2


def test_a_mock_answer_is_delivered_at_once(build, begin):
    at_once, _ = begin(plan_of(build, mode="mock"), AtOnce(None))
    assert at_once == [b'{"level":"none"}']


def test_an_outcome_by_callback_is_answered_once(build, begin):
    source = AtOnce(Outcome("ok", {"level": "3"}), after=0.1)
    assert begin(plan_of(build), source) == ([], [b'{"level":"3"}'])


def test_a_late_callback_is_answered_with_the_default(build, begin):
    source = AtOnce(Outcome("ok", {"level": "3"}), after=1.5)
    assert begin(plan_of(build), source) == ([], [b'{"level":"none"}'])


def test_a_cancelled_request_gets_no_answer(build, begin):
    source = AtOnce(Outcome("ok", {"level": "3"}), after=0.1)
    assert begin(plan_of(build), source, cancel=True) == ([], [])


def test_an_exception_after_the_lookups_gives_the_defaults(build, begin, caplog):
    class Broken(dict):
        def get(self, *_):
            raise RuntimeError("a mistake")

    rule = build.output("level", value=build.constant(True), default="d", map=Broken())
    plan = build.plan(build.lookup(), rule)
    with caplog.at_level(logging.ERROR):
        _, answered = begin(plan, AtOnce(Outcome("ok"), after=0.1))
    assert answered == [b'{"level":"d"}']
    assert "internal error, defaults were answered" in caplog.text


@pytest.mark.parametrize("after", [None, 0.1, 5.0])
def test_an_answer_leaves_no_reference_cycles(build, no_collector, after):
    plan = build.plan(
        build.lookup(),
        build.lookup("order", build.source_call(names=("customer",))),
        build.output("level"),
    )
    source = AtOnce(Outcome("ok", {"level": "3"}), after)

    async def work():
        engine = Engine(build.configuration(plan), {"crm": source})
        clock = asyncio.get_running_loop().time
        for _ in range(2):
            gc.collect()
            for _ in range(20):
                await engine.answer(plan, build.request(), Deadline.after(1, clock))
            await asyncio.sleep(0)
            garbage = gc.collect()
        return garbage

    assert build.run(work()) == 0
