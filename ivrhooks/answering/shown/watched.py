"""Answers a data request that a person watches: records what its lookups send.

It uses the same sources, caches and breakers as every other data request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ivrhooks.actions.draft import ActionStore
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
    outbox: ActionStore | None = None,
) -> Answer:
    """Return the answer as ``engine.answer`` does, with the exchanges in its trace.

    ``sources``: asked in place of the engine's; ``now``: returns the time that
    templates see; ``outbox``: stores the actions.
    """
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
    """Return a function that returns ``moment``; None for the present."""
    return None if moment is None else lambda: moment
