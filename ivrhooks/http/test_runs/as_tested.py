"""A test run whose sources give the answers of one of the endpoint's ``tests:``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine, OpenSource
from ivrhooks.answering.shown.watched import moment_teller
from ivrhooks.answering.trace import Trace
from ivrhooks.authoring.tests.runner import StubSource, tested_plan
from ivrhooks.basics.time_zones import read_moment
from ivrhooks.config.plan import Plan
from ivrhooks.config.schema.parts import CaseEntry
from ivrhooks.resilience.deadline import Deadline


def case_of(plan: Plan, number: int | None) -> CaseEntry:
    """Return the test of that number.

    Returns an empty one where the number no longer exists, after a change of the
    configuration.
    """
    if number is not None and 0 <= number < len(plan.tests):
        case: CaseEntry = plan.tests[number]
        return case
    return CaseEntry()


def given_sources(plan: Plan, case: CaseEntry) -> dict[str, OpenSource]:
    """Return the sources by lookup, which give the answers of the test."""
    return {
        lookup.name: StubSource(lookup.name, case.sources) for lookup in plan.lookups
    }


async def answer_as_tested(
    engine: Engine,
    plan: Plan,
    request: DataRequest,
    deadline: Deadline,
    case: CaseEntry,
    sources: Mapping[str, OpenSource],
    now: datetime | None,
) -> Answer:
    """Return the answer from ``sources`` (by lookup), in the test's mode, at the test's
    time unless ``now`` is given."""
    tested = tested_plan(plan, case)
    if now is None and case.now is not None:
        now = read_moment(case.now, plan.timezone)
    own = engine.beside(tested, sources, now=moment_teller(now))
    answer = await own.answer(tested, request, deadline)
    if answer.trace is not None:
        _name_sources(answer.trace, plan, tested)
    return answer


def _name_sources(trace: Trace, plan: Plan, tested: Plan) -> None:
    """Replace the test's links in the trace by those of the configuration."""
    configured_calls = {
        id(tested_call): configured
        for lookup, alone in zip(plan.lookups, tested.lookups, strict=True)
        for configured, tested_call in zip(lookup.calls, alone.calls, strict=True)
    }
    for run in trace.lookups:
        run.queries = [
            (configured_calls[id(call)], query) for call, query in run.queries
        ]
        if run.source and run.queries:
            run.source = run.queries[0][0].source
            run.operation = run.queries[0][0].operation
