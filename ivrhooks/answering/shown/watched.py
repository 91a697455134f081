"""Answers a data request that somebody looks at: what its lookups send is noted.

It takes the same sources, caches and breakers as every other data request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ivrhooks.actions.draft import Accepting
from ivrhooks.answering.answer import Answer
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import Engine, OpenSource
from ivrhooks.config.plan import Plan
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.watch import Watch, WatchedSource


async def answer_watched(
    engine: Engine,
    plan: Plan,
    request: DataRequest,
    deadline: Deadline,
    *,
    sources: Mapping[str, OpenSource] | None = None,
    now: Callable[[], datetime] | None = None,
    outbox: Accepting | None = None,
) -> Answer:
    """As ``engine.answer``, over ``sources`` where they are given, at the moment that
    ``now`` says; ``outbox`` takes its actions. The exchanges are in its trace."""
    watches: dict[int, Watch] = {}
    known, settings = sources or engine.sources, engine.configuration.sources
    watched = {
        name: WatchedSource(known[name], settings[name], watches)
        for name in plan.sources
    }
    own = engine.beside(plan, watched, now=now, outbox=outbox)
    answer = await own.answer(plan, request, deadline, deliver_actions=bool(outbox))
    if answer.trace is not None:
        answer.trace.exchanges = watches
    return answer


def moment_teller(moment: datetime | None) -> Callable[[], datetime] | None:
    """What tells ``moment``; None for the present."""
    return None if moment is None else lambda: moment
