"""Delivers stored actions through the sources of a configuration, in the running loop.

Each source has a lane of its own, so a source that hangs delays no other. The outbox's
writer records the result of each try; where that fails, the lease expires.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ivrhooks.actions.alerting import POST, RECEIVER, AlertReceiver
from ivrhooks.actions.alerting import TIMEOUT as ALERT_SECONDS
from ivrhooks.actions.draft import NotStored
from ivrhooks.actions.interface import CONCURRENCY, DeadAction
from ivrhooks.actions.leasing import (
    ClaimedAction,
    Lane,
    TryResult,
    claim,
    finish,
    hand_back,
    sweep,
)
from ivrhooks.actions.outbox import Outbox
from ivrhooks.actions.storing import seal_answer, unseal
from ivrhooks.actions.verdict import result_of_try
from ivrhooks.config.plan import Configuration
from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Operation, Outcome, Query
from ivrhooks.store.cipher import CannotDecrypt

POLL_SECONDS = 1.0
"""The longest time between two checks for actions of other processes."""

TRY_SECONDS = 30.0
"""The time limit of a try where the source has no ``timeout``."""

LEASE_SECONDS = 10.0
"""How much longer a lease is than a try may take."""

SWEEP_SECONDS = 5.0
AGAIN_SECONDS = 0.5
"""The time between two attempts to record the result of a try."""

_logger = logging.getLogger("ivrhooks.actions.delivery")


class ActionSource(Protocol):
    """What delivery needs of a source."""

    async def ask(self, query: Query, deadline: Deadline) -> Outcome: ...


@dataclass(slots=True)
class _Lane:
    """One source's deliveries. ``seconds``: the time limit of one try."""

    source: ActionSource
    seconds: float
    operations: Mapping[str, Operation]
    under_way: int = 0


@dataclass(slots=True, eq=False)
class _UnderWay:
    claimed: ClaimedAction
    lane: _Lane
    task: asyncio.Task[None] | None = field(default=None)


class Delivery:
    """Delivers due actions, at most ``concurrency`` of each source at once."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        concurrency: int = CONCURRENCY,
        keep: float = 7 * 86_400.0,
        chance: Callable[[], float] = random.random,
        on_dead: Callable[[DeadAction], None] = lambda dead: None,
    ) -> None:
        self.outbox = outbox
        self.keep = keep
        self._concurrency = concurrency
        self._chance = chance
        self._on_dead = on_dead
        self._lanes: dict[str, _Lane] = {}
        self._rules: dict[tuple[str, str, str], Hashable] = {}
        self._under_way: set[_UnderWay] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._next_sweep = 0.0

    def follow(
        self, configuration: Configuration, sources: Mapping[str, ActionSource]
    ) -> None:
        """Use these sources, and this URL for alerts, from now on; running tries go
        on."""
        self._lanes = {
            name: _Lane(
                sources[name],
                settings.timeout or TRY_SECONDS,
                {
                    operation.name: operation
                    for operation in KINDS[settings.kind].operations
                },
            )
            for name, settings in configuration.sources.items()
            if name in sources
        }
        if configuration.alerts:
            receiver = AlertReceiver(configuration.alerts)
            self._lanes[RECEIVER] = _Lane(receiver, ALERT_SECONDS, {POST.name: POST})
        self._rules = {
            (plan.endpoint, action.name, action.call.source): action.call.rules
            for plan in configuration.plans.values()
            for action in plan.actions
        }
        self.wake()

    def start(self) -> None:
        """Begin, in the running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Check for due actions now."""
        self._wake.set()

    def halt(self) -> None:
        """Take no more actions; running tries go on."""
        if self._task is not None:
            self._task.cancel()

    async def stop(self, grace: float) -> None:
        """Take no more actions, give running tries ``grace`` seconds, and hand back the
        rest."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        tasks = [way.task for way in self._under_way if way.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        left = list(self._under_way)
        for way in left:
            if way.task is not None:
                way.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            held = [way.claimed for way in left]
            await self._try_to_write(
                lambda connection, now: hand_back(connection, held, now), ""
            )

    # ---------------------------------------------------------------- what is due

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._wake.clear()
            try:
                pause = await self._take(loop.time())
            except NotStored:
                pause = AGAIN_SECONDS
            except Exception:
                _logger.exception(
                    "internal error in claiming actions; it is tried again"
                )
                pause = POLL_SECONDS
            try:
                async with asyncio.timeout(min(pause, POLL_SECONDS)):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _take(self, now: float) -> float:
        """Begin due actions and return the seconds until others may be due."""
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            keep = self.keep
            dead = await self.outbox.run(
                lambda connection, moment: sweep(connection, moment, keep),
                group="sweep",
            )
            for given_up in dead:
                self._report_dead(DeadAction(*given_up))
        lanes = [
            Lane(name, free, lane.seconds + LEASE_SECONDS)
            for name, lane in self._lanes.items()
            if (free := self._free(lane)) > 0
        ]
        if not lanes:
            return POLL_SECONDS
        claimed, pause = await self.outbox.run(
            lambda connection, moment: claim(connection, lanes, moment), group="claim"
        )
        for action in claimed:
            self._begin(action)
        return POLL_SECONDS if pause is None else pause

    def _free(self, lane: _Lane) -> int:
        """Return how many more may start; none while the breaker would refuse all of
        them."""
        state = getattr(lane.source, "state", None)
        breaker = getattr(state, "breaker", "closed")
        if breaker == "open":
            return 0
        most = 1 if breaker == "half_open" else self._concurrency
        return most - lane.under_way

    def _begin(self, claimed: ClaimedAction) -> None:
        under_way = _UnderWay(claimed, self._lanes[claimed.source])
        under_way.lane.under_way += 1
        self._under_way.add(under_way)
        under_way.task = asyncio.create_task(self._deliver(under_way))

    # ---------------------------------------------------------------- one action

    async def _deliver(self, under_way: _UnderWay) -> None:
        claimed, lane = under_way.claimed, under_way.lane
        try:
            ended = await self._try_once(claimed, lane)
            await self._write(ended)
            self._under_way.discard(under_way)
            if ended.state == "dead":
                self._report_dead(_dead(ended))
        finally:
            lane.under_way -= 1
            self.wake()

    async def _try_once(self, claimed: ClaimedAction, lane: _Lane) -> TryResult:
        try:
            query = self._query(claimed, lane)
        except CannotDecrypt as why:
            # Another worker may have the key.
            return TryResult(claimed, "waiting", 60.0, counts=False, error=str(why))
        if query is None:
            error = f"the source has no operation {claimed.operation} any more"
            return TryResult(claimed, "dead", error=error)
        loop = asyncio.get_running_loop()
        deadline = Deadline.after(lane.seconds, loop.time)
        try:
            outcome = await lane.source.ask(query, deadline)
        except Exception as problem:
            _logger.exception(
                "internal error in delivering an action to source %s", claimed.source
            )
            outcome = Outcome("error", code="internal", message=type(problem).__name__)
        ended = result_of_try(claimed, outcome, self._chance)
        sealed = seal_answer(self.outbox.cipher, claimed.id, outcome.answer)
        return ended if sealed is None else replace(ended, answer=sealed)

    def _query(self, claimed: ClaimedAction, lane: _Lane) -> Query | None:
        """Return the write as it was stored. Raises CannotDecrypt."""
        operation = lane.operations.get(claimed.operation)
        if operation is None:
            return None
        content = unseal(self.outbox.cipher, claimed.id, claimed.payload)
        params, key_param = content["params"], operation.key_param
        if key_param and not params.get(key_param):
            params = {**params, key_param: claimed.id}
        return Query(
            operation,
            params,
            rules=self._rules.get((claimed.endpoint, claimed.action, claimed.source)),
            idempotency_key=claimed.id,
            request_id=claimed.request_id,
        )

    async def _write(self, ended: TryResult) -> None:
        """Record how a try ended, however long the store is down."""
        while not await self._try_to_write(
            lambda connection, now: finish(connection, ended, now),
            ended.claimed.source,
        ):
            await asyncio.sleep(AGAIN_SECONDS)

    async def _try_to_write(self, work: Callable[..., None], order: str) -> bool:
        try:
            await self.outbox.run(work, group="finish", order=order)
        except NotStored:
            return False
        return True

    def _report_dead(self, dead: DeadAction) -> None:
        if dead.source == RECEIVER:  # an undeliverable alert is not alerted
            _logger.error(
                "an alert is given up (%s): %s; check alerts.url", dead.id, dead.error
            )
            return
        _logger.warning(
            "the action %s of endpoint %s for source %s is dead: %s; to try again: "
            "ivrhooks outbox retry %s",
            dead.action,
            dead.endpoint,
            dead.source,
            dead.error,
            dead.id,
        )
        self._on_dead(dead)


def _dead(ended: TryResult) -> DeadAction:
    action = ended.claimed
    return DeadAction(
        action.endpoint, action.action, action.source, action.id, ended.error
    )
