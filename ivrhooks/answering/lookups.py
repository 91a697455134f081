"""The lookups: sources are asked side by side, in dependency order, by the deadline.

Lookups that wait for nothing start at once, each as a task of its own; one that waits
starts the moment the last of those it names has ended. At the deadline whatever has
not ended is ``timeout`` and its task is cancelled: the answer never waits for a source,
not even for one that neither answers nor keeps its own deadline.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Protocol

from ivrhooks.answering.lookup_run import Chain
from ivrhooks.answering.scope import RequestScope
from ivrhooks.answering.trace import LookupRun
from ivrhooks.basics.errors import SourceError
from ivrhooks.config.plan import LookupPlan, Plan, Skip, SourceCall
from ivrhooks.resilience.cut_off import cut_off
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.interface import FAILED, Outcome, Query

log = logging.getLogger(__name__)

SOURCE_MARGIN = 0.005
"""Seconds before the deadline by which a source must answer, so that it ends its own
wait and counts it (breaker)."""

ANSWER_MARGIN = 0.001
"""Seconds before the deadline at which nothing is waited for any more: what is left is
for outputs and answer."""

_LATE = Outcome("timeout", code="timeout", message="no answer by the deadline")

_ANSWERED = frozenset({"ok", "stale", "not_found"}) | FAILED


class Asked(Protocol):
    """What a lookup needs of a source."""

    async def ask(self, query: Query, deadline: Deadline) -> Outcome: ...


class Lookups:
    """The lookups of one data request."""

    def __init__(
        self,
        plan: Plan,
        scope: RequestScope,
        sources: Mapping[str, Asked],
        deadline: Deadline,
    ) -> None:
        self.scope = scope
        self.sources = sources
        self.deadline = deadline
        remaining = deadline.remaining()
        margin = min(SOURCE_MARGIN, remaining / 10)
        self.source_deadline = Deadline(deadline.at - margin, deadline.clock)
        self.remaining = max(remaining - ANSWER_MARGIN, remaining - margin)
        self.chains = {lookup.name: Chain(lookup) for lookup in plan.lookups}
        self.order = plan.order or tuple(self.chains)
        self.waiting: list[Chain] = []
        self.failed: dict[str, LookupRun] = {}
        self.under_way = 0
        self.done: asyncio.Future[None] | None = None

    async def run(self) -> list[LookupRun]:
        """Every lookup's run in the file's order, by the deadline whatever happens."""
        if len(self.order) == 1:
            await self._one(self.chains[self.order[0]])
        else:
            self.waiting = [self.chains[name] for name in self.order]
            await self._all()
        return [chain.run for chain in self.chains.values()]

    async def _one(self, chain: Chain) -> None:
        """The common case: no task and one timer."""
        question = self._begin(chain)
        if question is not None:
            await self._ask_in_time(chain, question)
        self._settle(chain)

    async def _ask_in_time(
        self, chain: Chain, question: tuple[SourceCall, Query]
    ) -> None:
        """``_ask``, cancelled at the deadline."""
        try:
            await cut_off(self._ask(chain, question), self.remaining)
        except TimeoutError:
            chain.fail(chain.tried, _LATE)

    async def _all(self) -> None:
        """Side by side, each in a task of its own."""
        timer = None
        try:
            self._advance()
            if self.under_way:
                loop = asyncio.get_running_loop()
                self.done = loop.create_future()
                timer = loop.call_later(self.remaining, self._finish)
                await self.done
        finally:
            if timer is not None:
                timer.cancel()
            for chain in self.chains.values():
                if chain.task is not None and not chain.task.done():
                    chain.task.cancel()
        self._cut()

    def _finish(self) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_result(None)

    def _advance(self) -> None:
        """Starts each waiting lookup whose last dependency has ended."""
        moved = True
        while moved and self.waiting:
            moved = False
            for chain in list(self.waiting):
                if all(self.chains[name].ended for name in chain.lookup.waits_for):
                    self.waiting.remove(chain)
                    self._start(chain)
                    moved = True

    def _start(self, chain: Chain) -> None:
        question = self._begin(chain)
        if question is None:
            self._settle(chain)
            return
        self.under_way += 1
        chain.task = asyncio.create_task(self._follow(chain, question))

    async def _follow(self, chain: Chain, question: tuple[SourceCall, Query]) -> None:
        await self._ask(chain, question)
        if self.done is not None and self.done.done():
            return  # the answer has left without this lookup
        self._settle(chain)
        self.under_way -= 1
        self._advance()
        if self.under_way == 0:
            self._finish()

    def _cut(self) -> None:
        """The deadline: what has not ended is ``timeout``, in the file's own order of
        dependencies, so that what names it takes its status."""
        for chain in self.chains.values():
            if not chain.ended and chain not in self.waiting:
                chain.fail(chain.tried, _LATE)
                self._settle(chain)
        for chain in self.waiting:
            question = self._begin(chain)
            if question is not None:
                chain.fail(question[0], _LATE)
            self._settle(chain)

    # ------------------------------------------------------------- one lookup

    def _begin(self, chain: Chain) -> tuple[SourceCall, Query] | None:
        """The first question of a lookup; None where nothing is to be asked."""
        chain.run.started = self.deadline.clock()
        lookup = chain.lookup
        if self.failed and all(self._named(link.lookups) for link in lookup.links):
            return self._next_question(chain)
        if lookup.when is not None and not self._truth(lookup):
            failed = self._named(lookup.when.lookups)
            if failed is None:
                chain.run.status, chain.run.message = "skipped", "when is false"
            else:
                chain.fail(None, _inherited(failed))
            return None
        return self._next_question(chain)

    def _truth(self, lookup: LookupPlan) -> bool:
        try:
            return lookup.when is None or bool(lookup.when.evaluate(self.scope))
        except Exception as error:
            self.scope.note(f"lookups.{lookup.name}.when: {error}")
            return False

    def _named(self, names: frozenset[str]) -> LookupRun | None:
        """The first in the file of the failed lookups that are named."""
        if self.failed and not names.isdisjoint(self.failed):
            return next(
                self.failed[one]
                for one in self.chains
                if one in self.failed and one in names
            )
        return None

    def _next_question(self, chain: Chain) -> tuple[SourceCall, Query] | None:
        """The question of the next link that can be asked; links that cannot are
        misses (skipped) or failures (they name a failed lookup)."""
        links = chain.lookup.links
        while chain.next_link < len(links):
            link = links[chain.next_link]
            chain.next_link += 1
            failed = self._named(link.lookups)
            if failed is not None:
                chain.fail(None, _inherited(failed))
                continue
            query = self._bind(chain, link)
            if isinstance(query, Query):
                return link, query
        return None

    def _bind(self, chain: Chain, link: SourceCall) -> Query | None:
        try:
            query = link.bind(self.scope)
        except Exception as error:
            log.exception("lookup %s: its question could not be made", link.operation)
            chain.fail(link, _broken(error))
            return None
        if isinstance(query, Skip):
            chain.run.message = query.reason
            return None
        return query

    async def _ask(
        self, chain: Chain, question: tuple[SourceCall, Query] | None
    ) -> None:
        """Asks link after link until one hits."""
        while question is not None:
            link, query = question
            chain.tried = link
            chain.run.asked = True
            if chain.take(link, await self._outcome(link, query)):
                return
            question = self._next_question(chain)

    async def _outcome(self, link: SourceCall, query: Query) -> Outcome:
        """What the source says; a source that raises has failed, whatever it raises."""
        try:
            outcome = await self.sources[link.source].ask(query, self.source_deadline)
        except SourceError as error:
            return Outcome(error.status, code=error.code, message=str(error))
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return _broken(error)
        except Exception as error:
            log.exception("source %s failed in an unforeseen way", link.source)
            return _broken(error)
        if not isinstance(outcome, Outcome) or outcome.status not in _ANSWERED:
            return Outcome("error", code="internal", message="no outcome came")
        return outcome

    def _settle(self, chain: Chain) -> None:
        chain.close()
        run = chain.run
        run.ended = self.deadline.clock()
        if run.status in FAILED:
            self.failed[run.name] = run
        self.scope.settle(run.name, run.status, run.record)


def _inherited(failed: LookupRun) -> Outcome:
    return Outcome(failed.status, message=f"not asked: {failed.name} has failed")


def _broken(error: BaseException) -> Outcome:
    status = "timeout" if isinstance(error, TimeoutError) else "error"
    return Outcome(status, code="internal", message=type(error).__name__)
