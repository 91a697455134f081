"""Runs the ``tests:`` of endpoints with the real engine and given source answers.

Nothing is sent. Each lookup's source is replaced by what the test gives for that
lookup; contract, templates, maps and defaults are those of a real call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.authoring.caller_request import (
    agreed_values,
    json_body,
    received,
    segment_inputs,
    wire_pairs,
    wire_text,
)
from ivrhooks.authoring.tests.expected_actions import action_differences
from ivrhooks.basics.people.masking import hide
from ivrhooks.basics.time_zones import read_moment
from ivrhooks.config.plan import Configuration, LookupPlan, Plan
from ivrhooks.config.schema.parts import CaseEntry
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Outcome, Query

DEGRADED = "X-Ivrhooks-Degraded"
MAX_WAIT = 60.0
"""Seconds that a test may take: no source is asked, so the deadline is not tested."""

_LONG_ENOUGH = 6
"""Letters of a secret that is searched for in texts; shorter ones are in any text."""


class _LeftOut:
    """Stands for an output that is not in the answer."""

    def __repr__(self) -> str:
        return "left out"


LEFT_OUT = _LeftOut()


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference from what was expected.

    ``what``: an output's name, or ``status``, ``error``, ``degraded``; ``because``: why
    an output is a default.
    """

    what: str
    expected: Any
    came: Any
    because: str = ""

    def __str__(self) -> str:
        why = f" ({self.because})" if self.because else ""
        return f"{self.what}: expected {_as_json(self.expected)}, came " + (
            f"{_as_json(self.came)}{why}"
        )


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The result of one test.

    ``problems``: reasons for failure other than differences; ``notes``: what its
    templates reported.
    """

    endpoint: str
    name: str
    differences: tuple[Difference, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not self.differences and not self.problems

    @property
    def reasons(self) -> tuple[str, ...]:
        """Return why it failed, a line each."""
        return (*self.problems, *map(str, self.differences))


@dataclass(frozen=True, slots=True)
class EndpointResult:
    """All tests of one endpoint, in the file's order."""

    endpoint: str
    file: str
    cases: tuple[CaseResult, ...]

    @property
    def failed(self) -> int:
        return sum(not case.passed for case in self.cases)


def run_tests(
    configuration: Configuration,
    plans: Iterable[Plan] | None = None,
    word: str = "",
) -> tuple[EndpointResult, ...]:
    """Run the tests of ``plans``, by default of all endpoints, whose name has ``word``.

    Must not be called inside a running event loop.
    """
    chosen = configuration.plans.values() if plans is None else plans
    return asyncio.run(_run_all(configuration, chosen, word.lower()))


async def _run_all(
    configuration: Configuration, plans: Iterable[Plan], word: str
) -> tuple[EndpointResult, ...]:
    results = []
    for plan in plans:
        cases = [
            await run_case(configuration, plan, case)
            for case in plan.tests
            if word in str(case.name).lower()
        ]
        results.append(EndpointResult(plan.endpoint, plan.file, tuple(cases)))
    return tuple(results)


async def run_case(
    configuration: Configuration, plan: Plan, case: CaseEntry
) -> CaseResult:
    """Run one test of ``plan``."""
    clock = asyncio.get_running_loop().time
    started = clock()
    answer, sources = await answer_case(configuration, plan, case)
    differences, notes = _differences(case, answer), _notes(answer)
    problems = [*_missing_entries(sources.values()), *_unexpected_refusal(case, answer)]
    conceal = _Concealer(plan)
    return CaseResult(
        plan.endpoint,
        case.name,
        tuple(conceal.difference(difference) for difference in differences),
        tuple(map(conceal, problems)),
        tuple(map(conceal, notes)),
        clock() - started,
    )


async def answer_case(
    configuration: Configuration, plan: Plan, case: CaseEntry
) -> tuple[Answer, Mapping[str, StubSource]]:
    """Return the answer that the IVR would get in a test, and what was asked for it."""
    clock = asyncio.get_running_loop().time
    tested = tested_plan(plan, case)
    sources = {
        lookup.name: StubSource(lookup.name, case.sources) for lookup in plan.lookups
    }
    # An engine prepares each plan of its configuration; a test asks one of them.
    alone = replace(configuration, plans={tested.path: tested})
    engine = Engine(alone, sources, now=_moment(case, plan))
    deadline = Deadline.after(MAX_WAIT, clock)
    answer = await engine.answer(
        tested, data_request(plan, case.inputs, case.headers), deadline
    )
    await engine.close()
    return answer, sources


# ------------------------------------------------------------------ before asking


class StubSource:
    """Replaces the sources of one lookup and answers what the test gives."""

    def __init__(self, lookup: str, results: Mapping[str, Any]) -> None:
        self.lookup = lookup
        self.known = lookup in results
        self.result = results.get(lookup)
        self.was_asked = False

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        self.was_asked = True
        if not self.known:
            return Outcome("error", message="the test says nothing of this lookup")
        if isinstance(self.result, Mapping) and set(self.result) == {"fail"}:
            status = str(self.result["fail"])
            return Outcome(status, message="the test says so")
        status = "ok" if is_found(query, self.result) else "not_found"
        return Outcome(status, self.result)

    async def close(self) -> None:
        """Nothing is open."""


def is_found(query: Query, result: Any) -> bool:
    """Return whether a source would call ``result`` found.

    Null, an empty record, and a list block without entries of a customer system are not
    found.
    """
    if result is None:
        return False
    operation = query.operation
    if operation.free_answer:
        return bool(result != [])
    if not isinstance(result, (Mapping, list)):
        return True
    if query.all_rows and isinstance(result, Mapping):
        return bool(result.get("rows"))
    picked = query.pick not in (None, "none")
    if operation.entries and not picked and operation.entries in result:
        return bool(result[operation.entries])  # type: ignore[call-overload]
    parts = result.values() if isinstance(result, Mapping) else result
    return any(part not in (None, [], {}) for part in parts)


def tested_plan(plan: Plan, case: CaseEntry) -> Plan:
    """Return the plan in the test's mode, with a source for each lookup."""
    mode = case.mode or plan.own_mode
    return replace(plan, mode=mode, lookups=tuple(map(_with_own_source, plan.lookups)))


def _with_own_source(lookup: LookupPlan) -> LookupPlan:
    calls = tuple(replace(call, source=lookup.name) for call in lookup.calls)
    return replace(lookup, calls=calls)


def _moment(case: CaseEntry, plan: Plan) -> Callable[[], datetime] | None:
    """Return a clock for the test's ``now``; without a zone it is the endpoint's."""
    if case.now is None:
        return None
    moment = read_moment(case.now, plan.timezone)
    return lambda: moment


def data_request(
    plan: Plan, values: Mapping[str, Any], headers: Mapping[str, Any]
) -> DataRequest:
    """Return what a server would make of the IVR's request.

    JSON keeps types; otherwise all is text and there is no null. Agreed values that a
    test does not name are filled in; one that it names as null is left out.
    """
    inputs = {**agreed_values(plan.inputs, values), **values}
    sent = {**agreed_values(plan.headers, headers), **headers}
    if plan.format == "json":
        fields = json_body(plan, inputs)
    else:
        pairs = wire_pairs(plan, inputs)
        fields = {name: wire_text(v) for name, v in pairs if v is not None}
    texts = {name: wire_text(v) for name, v in sent.items() if v is not None}
    return received(plan, fields, segment_inputs(plan, inputs), texts, "test")


# ------------------------------------------------------------------- after asking


def _differences(case: CaseEntry, answer: Answer) -> list[Difference]:
    error = answer.trace.error if answer.trace and answer.trace.error else None
    degraded = dict(answer.headers).get(DEGRADED, "")
    beside = (
        ("status", case.status, answer.status),
        ("error", case.error, error),
        ("degraded", case.degraded, degraded),
    )
    differences = [
        Difference(what, expected, came)
        for what, expected, came in beside
        if expected is not None and expected != came
    ]
    because = _because(answer)
    for name, expected in case.expect.items():
        expected_value = LEFT_OUT if expected is None else expected
        came = answer.outputs.get(name, LEFT_OUT)
        if type(came) is not type(expected_value) or came != expected_value:
            differences.append(
                Difference(name, expected_value, came, because.get(name, ""))
            )
    otherwise = (
        Difference(*difference) for difference in action_differences(case, answer)
    )
    return [*differences, *otherwise]


def answer_is_refusal(answer: Answer) -> bool:
    """Return whether the data request broke its contract, whatever the status."""
    return answer.trace is not None and answer.trace.error != ""


def _because(answer: Answer) -> dict[str, str]:
    """Return why each output without a value of its own is a default."""
    if answer.trace is None:
        return {}
    return {
        origin.name: f"{origin.origin}, because {origin.because.replace('_', ' ')}"
        for origin in answer.trace.origins
        if origin.because
    }


def _missing_entries(sources: Iterable[StubSource]) -> Iterator[str]:
    """Yield lookups that were asked, but for which the test gives nothing."""
    for source in sources:
        if source.was_asked and not source.known:
            name = source.lookup
            yield (
                f"the lookup {name} is asked, and the test has no entry for it; write "
                f"sources: {{{name}: …}}, or {{{name}: {{fail: not_found}}}}"
            )


def _unexpected_refusal(case: CaseEntry, answer: Answer) -> Iterator[str]:
    """Report a refusal that the test does not expect: all outputs are defaults then."""
    if case.status is not None or case.error is not None or answer.trace is None:
        return
    trace = answer.trace
    if not answer_is_refusal(answer):
        return
    error = orjson.loads(answer.body)["error"]
    fields = [f"{name}: {', '.join(texts)}" for name, texts in error["fields"].items()]
    texts = "; ".join(fields) or error["message"]
    yield (
        f"the data request is refused, {answer.status} {trace.error} ({texts}); mend "
        f"the test, or write error: {trace.error}"
    )


def _notes(answer: Answer) -> Sequence[str]:
    return answer.trace.notes if answer.trace is not None else ()


class _Concealer:
    """Hides the endpoint's secrets. Telephone numbers of tests stay, for comparison."""

    def __init__(self, plan: Plan) -> None:
        texts = plan.secret_texts
        self.texts = tuple(text for text in texts if len(text) >= _LONG_ENOUGH)

    def __call__(self, text: str) -> str:
        return hide(text, self.texts, numbers=False)

    def difference(self, difference: Difference) -> Difference:
        return replace(
            difference,
            expected=self._value(difference.expected),
            came=self._value(difference.came),
        )

    def _value(self, value: Any) -> Any:
        return self(value) if isinstance(value, str) else value


def _as_json(value: Any) -> str:
    """Return a value as JSON, so that its type is visible."""
    if isinstance(value, _LeftOut):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)
