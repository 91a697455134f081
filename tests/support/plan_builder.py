"""Builds plans by hand, with fake sources, and runs them on a fake clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import pytest

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine
from ivrhooks.basics.phone import phone_reader
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import (
    Configuration,
    ConsoleSettings,
    Expression,
    LookupPlan,
    OutputRule,
    Plan,
    Skip,
    SourceCall,
)
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import Operation, Outcome, Query
from support.fake_time import in_no_time

OPERATION = Operation("sobot", "query_customer", "GET", "/x", "", "")


class FakeSource:
    """A fake source.

    ``answer``: an Outcome, an exception to raise, or a function of query and deadline.
    ``queries``: the time, the query and the deadline of each query.
    """

    def __init__(self, answer: Any, *, after: float = 0.0) -> None:
        self.answer = answer
        self.after = after
        self.queries: list[tuple[float, Query, Deadline]] = []
        self.cancelled = False
        self.closed = False

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        self.queries.append((deadline.clock(), query, deadline))
        try:
            if self.after:
                await asyncio.sleep(self.after)
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        if callable(self.answer):
            return await self.answer(query, deadline)
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    async def close(self) -> None:
        self.closed = True


class Build:
    """Makes the parts of a plan, with a default for whatever a test leaves out."""

    FakeSource = FakeSource
    Outcome = Outcome

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return in_no_time(work)

    def field(self, path: str) -> Expression:
        """Return the expression that the compiler makes of ``customer.isVip``."""
        lookup, _, rest = path.partition(".")

        def evaluate(scope: Any) -> Any:
            value = scope.values[lookup]
            for key in filter(None, rest.split(".")):
                value = value.get(key) if isinstance(value, Mapping) else None
            return value

        names = frozenset({lookup})
        source = f"{{{{ {path} }}}}"
        return Expression(evaluate, source, lookups=names, path=rest)

    def status_of(self, lookup: str) -> Expression:
        def evaluate(scope: Any) -> Any:
            return scope.values["lookups"][lookup]["status"]

        return Expression(evaluate, "", statuses=frozenset({lookup}))

    def expression(self, evaluate: Callable[[Any], Any], *lookups: str) -> Expression:
        return Expression(evaluate, "", lookups=frozenset(lookups))

    def constant(self, value: Any) -> Expression:
        return Expression(lambda scope: value, str(value), constant=True)

    def source_call(
        self,
        source: str = "crm",
        *,
        params: Callable[[Any], Query | Skip] | None = None,
        names: tuple[str, ...] = (),
    ) -> SourceCall:
        def bind(scope: Any) -> Query | Skip:
            return Query(OPERATION, dict(scope.values["inputs"]))

        return SourceCall(
            source,
            OPERATION.name,
            params or bind,
            frozenset(names),
            frozenset({""}),
        )

    def lookup(
        self,
        name: str = "customer",
        *links: SourceCall,
        when: Expression | None = None,
        waits: tuple[str, ...] = (),
    ) -> LookupPlan:
        links = links or (self.source_call(),)
        named = {lookup for link in links for lookup in link.lookups} | set(waits)
        if when is not None:
            named |= when.lookups | when.statuses
        return LookupPlan(name, links, when, frozenset(named))

    def output(
        self,
        name: str = "level",
        kind: str = "string",
        value: Expression | str | None = None,
        default: int | str | None = "none",
        **more: Any,
    ) -> OutputRule:
        if isinstance(value, str) or value is None:
            value = self.field(value or f"customer.{name}")
        more.setdefault("empty", frozenset({""}))
        return OutputRule(name, kind, value, value.lookups, default=default, **more)

    def plan(self, *parts: Any, **more: Any) -> Plan:
        """Return a plan of parameters, lookups and outputs, given in any order."""
        lookups = tuple(part for part in parts if isinstance(part, LookupPlan))
        outputs = tuple(part for part in parts if isinstance(part, OutputRule))
        parameters = [part for part in parts if isinstance(part, Parameter)]
        settings: dict[str, Any] = {
            "endpoint": "vip",
            "path": "/vip",
            "method": "POST",
            "format": "form",
            "headers": tuple(part for part in parameters if part.place == "header"),
            "inputs": tuple(part for part in parameters if part.place == "input"),
            "lookups": lookups,
            "outputs": outputs,
            "deadline": 1.0,
            "mode": "real",
        }
        return Plan(**{**settings, **more})

    def input(self, name: str = "tel", kind: str = "string", **more: Any) -> Parameter:
        if more.get("format") == "phone":
            more.setdefault("read_phone", phone_reader(None))
        return Parameter(name, kind, "input", **more)

    def header(self, name: str, kind: str = "string", **more: Any) -> Parameter:
        return Parameter(name, kind, "header", **more)

    def request(self, **more: Any) -> DataRequest:
        settings: dict[str, Any] = {
            "method": "POST",
            "path": "/vip",
            "request_id": "r-1",
            "body_kind": "form",
        }
        return DataRequest(**{**settings, **more})

    def configuration(self, *plans: Plan) -> Configuration:
        by_path = {plan.path: plan for plan in plans}
        return Configuration("", "7f3a2c", "sobot", by_path, {}, ConsoleSettings())

    def answer(
        self,
        plan: Plan,
        sources: Mapping[str, Any] | None = None,
        request: DataRequest | None = None,
        *,
        seconds: float = 1.0,
    ) -> Answer:
        """Answer one data request with a whole engine, on the fake clock."""

        async def work() -> Answer:
            clock = asyncio.get_running_loop().time
            engine = Engine(self.configuration(plan), sources or {})
            deadline = Deadline.after(seconds, clock)
            return await engine.answer(plan, request or self.request(), deadline)

        answer: Answer = self.run(work())
        return answer


@pytest.fixture(scope="session")
def build() -> Build:
    return Build()
