"""A test run: one data request made by a person, with options that live traffic lacks.

Faults are simulated in front of each source's own client, so the client handles a
broken answer as it would handle a real one. A test run with such options uses no cache,
breaker or shared request of live traffic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine, OpenSource
from ivrhooks.answering.shown.watched import answer_watched, moment_teller
from ivrhooks.basics.errors import SourceError, SourceTimeout, SourceUnavailable
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.http.test_runs.as_tested import (
    answer_as_tested,
    case_of,
    given_sources,
)
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.building import build_sources
from ivrhooks.sources.asking.watch import ObservedExchange
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.connection_settings import DIRECT
from ivrhooks.sources.interface import (
    BreakerSettings,
    Outcome,
    Query,
    Response,
    SourceSettings,
)

SOURCES = ("configured", "sandbox", "mock", "test")
FAULTS = ("hang", "slow", "drip", "reset", "500", "bad_json", "empty")

SLOW = 1.5  # seconds, as in the sandbox's fault of this name

_JSON = {"content-type": "application/json"}
_RESPONSES: Mapping[str, Response] = {
    "500": Response(500, {"content-type": "text/plain"}, b"Internal Server Error"),
    "bad_json": Response(200, _JSON, b'{"code": 0, "items": [{"id":'),
    "empty": Response(200, _JSON, b""),
}


@dataclass(frozen=True, slots=True)
class TestRun:
    """The options of a test run.

    - ``source``: configured | sandbox | mock | test (the answers given in the
      endpoint's test number ``case``);
    - ``fault``: "" or one of FAULTS, simulated in every lookup;
    - ``deadline``: in seconds, None = the endpoint's own;
    - ``show_personal``: telephone numbers are shown in full;
    - ``deliver``: its actions are stored and delivered to the configured sources;
    - ``now``: the time that templates see, None = the present.
    """

    source: str = "configured"
    fault: str = ""
    deadline: float | None = None
    show_personal: bool = False
    deliver: bool = False
    now: datetime | None = None
    case: int | None = None

    def as_live(self, plan: Plan) -> bool:
        """Return whether it is answered exactly as live traffic is.

        Not with a shorter deadline: its timeouts must not open the breaker of live
        traffic.
        """
        full_deadline = self.deadline is None or self.deadline >= plan.deadline
        return self.source == "configured" and not self.fault and full_deadline


async def answer_test_run(
    engine: Engine,
    plan: Plan,
    request: DataRequest,
    deadline: Deadline,
    test_run: TestRun,
    sandbox_url: str,
) -> Answer:
    """Return the answer of a test run, by ``deadline``."""
    now = moment_teller(test_run.now)
    mock = test_run.source == "mock" or (test_run.source, plan.mode) == (
        "configured",
        "mock",
    )
    if test_run.as_live(plan):
        outbox = engine.outbox if test_run.deliver else None
        return await answer_watched(
            engine, plan, request, deadline, now=now, outbox=outbox
        )
    if mock:
        if not (test_run.fault and plan.lookups):
            pass  # no lookup could fail
        elif test_run.fault == "slow" and deadline.remaining() > SLOW:
            await asyncio.sleep(SLOW)
        else:
            faulty = _faulty(engine.configuration, plan, test_run)
            return await _answer_of(engine, plan, request, deadline, faulty, test_run)
        mocked = replace(plan, mode="mock")
        return await answer_watched(engine, mocked, request, deadline, now=now)
    if test_run.source == "test" and test_run.fault in ("", "slow"):
        case = case_of(plan, test_run.case)
        case_sources = _slowed(
            engine.configuration, plan, given_sources(plan, case), test_run
        )
        return await answer_as_tested(
            engine, plan, request, deadline, case, case_sources, test_run.now
        )
    sources = _stand_ins(engine.configuration, plan, test_run, sandbox_url)
    return await _answer_of(engine, plan, request, deadline, sources, test_run)


async def _answer_of(
    engine: Engine,
    plan: Plan,
    request: DataRequest,
    deadline: Deadline,
    sources: Mapping[str, OpenSource],
    test_run: TestRun,
) -> Answer:
    real = test_run.deliver and test_run.source == "configured"
    outbox = engine.outbox if real else None
    try:
        return await answer_watched(
            engine,
            replace(plan, mode="real"),
            request,
            deadline,
            sources=sources,
            now=moment_teller(test_run.now),
            outbox=outbox,
        )
    finally:
        for source in sources.values():
            await source.close()


def _slowed(
    configuration: Configuration,
    plan: Plan,
    sources: dict[str, OpenSource],
    test_run: TestRun,
) -> dict[str, OpenSource]:
    """Return the sources of a test, slowed down where the test run says so."""
    if not test_run.fault:
        return sources
    return {
        lookup.name: FaultySource(
            configuration.sources[lookup.calls[0].source], "slow", sources[lookup.name]
        )
        for lookup in plan.lookups
    }


def _stand_ins(
    configuration: Configuration, plan: Plan, test_run: TestRun, sandbox_url: str
) -> Mapping[str, OpenSource]:
    """Return the sources of the plan, made for this run only."""
    if test_run.fault and test_run.fault != "slow":
        return _faulty(configuration, plan, test_run)
    settings = {
        name: _alone(configuration.sources[name], test_run, sandbox_url)
        for name in plan.sources
    }
    names = {
        name: source_settings
        for name, source_settings in settings.items()
        if source_settings is not None
    }
    sources: dict[str, OpenSource] = dict(build_sources(names))
    for name in settings.keys() - names.keys():
        sources[name] = NoStandIn(configuration.sources[name].kind)
    if test_run.fault:
        return {
            name: FaultySource(configuration.sources[name], test_run.fault, source)
            for name, source in sources.items()
        }
    return sources


def _faulty(
    configuration: Configuration, plan: Plan, test_run: TestRun
) -> Mapping[str, OpenSource]:
    known = configuration.sources
    return {
        name: FaultySource(known[name], test_run.fault, None) for name in plan.sources
    }


def _alone(
    settings: SourceSettings, test_run: TestRun, sandbox_url: str
) -> SourceSettings | None:
    """Return a source's settings for one run; None where it has no stand-in."""
    alone = replace(settings, cache=None, breaker=BreakerSettings())
    if test_run.source != "sandbox" or settings.base_url.startswith(sandbox_url):
        return alone
    kind = KINDS[settings.kind]
    if kind.client is None:  # a table or a database is used unchanged
        return alone
    if not kind.stands_in:
        return None
    base_url = f"{sandbox_url}/{settings.kind}"
    auth = alone.auth
    if getattr(auth, "token_url", ""):
        auth = replace(auth, token_url=base_url + urlsplit(auth.token_url).path)
    return replace(alone, base_url=base_url, auth=auth, paths={}, connection=DIRECT)


class NoStandIn:
    """A source of a kind that the sandbox does not imitate: it is not queried."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Return ``error`` always: a test run against the sandbox never reaches a real
        system."""
        text = f"the sandbox has no stand-in for kind {self._kind}"
        return Outcome("error", code="no_stand_in", message=text)

    async def close(self) -> None:
        """Do nothing: nothing is open."""


class FaultySource:
    """A source that simulates a fault. ``inner``: the source that answers after
    ``slow``."""

    def __init__(
        self, settings: SourceSettings, fault: str, inner: OpenSource | None
    ) -> None:
        self._settings = settings
        self._fault = fault
        self._inner = inner

    async def ask(self, query: Query, deadline: Deadline) -> Outcome:
        """Answer like ``Source.ask``, but with the fault."""
        settings = self._settings
        within = deadline.within(settings.timeout)
        http = None
        try:
            # Decided before the wait: a timer may fire a little early, and with the
            # time left then the result would differ from run to run.
            slow = self._fault == "slow" and within.remaining() > SLOW
            if slow and self._inner is not None:
                await asyncio.sleep(SLOW)
                return await self._inner.ask(query, within)
            response = await self._response(within, deadline)
            if query.watch is not None:
                query.watch.seen.append(ObservedExchange(response=response))
            http = response.status
            client = KINDS[settings.kind].client
            if client is None:
                raise SourceUnavailable(f"the fault {self._fault} of this test run")
            reply = client(settings).reply(query, response)
        except SourceError as problem:
            return Outcome(
                problem.status,
                code=problem.code,
                message=str(problem),
                tries=1,
                http=http,
            )
        status = "ok" if reply.found else "not_found"
        return Outcome(status, reply.record, tries=1, http=response.status)

    async def _response(self, within: Deadline, deadline: Deadline) -> Response:
        if self._fault == "reset":
            raise SourceUnavailable("the fault reset of this test run", received=False)
        response = _RESPONSES.get(self._fault)
        if response is not None:
            return response
        await asyncio.sleep(within.remaining())
        code = "timeout" if within.at < deadline.at else "deadline"
        text = f"the fault {self._fault} of this test run: no answer"
        raise SourceTimeout(text, code=code)

    async def close(self) -> None:
        """Close the source behind it."""
        if self._inner is not None:
            await self._inner.close()
