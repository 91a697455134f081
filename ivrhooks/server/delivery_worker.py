"""Runs ``ivrhooks worker``: delivers actions and answers no data requests."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Never

import uvloop

from ivrhooks.actions.alerting import store_soon
from ivrhooks.actions.delivery import Delivery
from ivrhooks.actions.draft import Draft
from ivrhooks.actions.interface import DeadAction
from ivrhooks.actions.outbox import Outbox
from ivrhooks.actions.service import GRACE_SECONDS, outbox_of
from ivrhooks.answering.engine import Engine, open_engine
from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.log.telemetry import configure_logging
from ivrhooks.observe.alerts import Alerts, dead_action
from ivrhooks.server.reload.config_store import ConfigStore
from ivrhooks.sources.asking.source import Source

CHECK_SECONDS = 0.5
"""How many seconds pass between two checks of the configuration's files."""

_logger = logging.getLogger("ivrhooks.worker")


def work(config: str | None, concurrency: int, level: str = "INFO") -> int:
    """Deliver until SIGTERM or Ctrl-C; return the exit status.

    A refused configuration is printed, one problem a line, and the status is 1.
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # until the loop handles them
        signal.signal(number, _end)
    configure_logging(level)
    try:
        config_store = ConfigStore.open(config)
        outbox = outbox_of(config_store.current)
    except ConfigError as refused:
        for problem in refused.problems:
            sys.stderr.write(f"{problem}\n")
        return 1
    except OSError as problem:
        sys.stderr.write(f"The data folder fails: {problem.strerror or problem}\n")
        return 1
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(DeliveryWorker(config_store, outbox, concurrency).run())
    return 0


def _end(number: int, frame: FrameType | None) -> Never:
    """Exit on a signal that comes before anything was started."""
    raise SystemExit(0)


class DeliveryWorker:
    """One process that delivers the actions that servers have stored."""

    def __init__(
        self, config_store: ConfigStore, outbox: Outbox, concurrency: int
    ) -> None:
        self._config_store = config_store
        self._outbox = outbox
        self._concurrency = concurrency
        self._alerts = Alerts(seconds_since_1970, self._store)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def run(self) -> None:
        """Deliver until a signal comes; then finish or hand back the actions in
        progress."""
        loop = self._loop = asyncio.get_running_loop()
        ending, again = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        loop.add_signal_handler(signal.SIGHUP, again.set)
        delivery = Delivery(
            self._outbox, concurrency=self._concurrency, on_dead=self._alert_dead
        )
        engine = await self._follow(delivery)
        delivery.start()
        _logger.info(
            "delivering, configuration %s, concurrency %d for each source",
            self._config_store.current.fingerprint,
            self._concurrency,
        )
        while not ending.is_set():
            await _wait(ending, CHECK_SECONDS)
            is_requested = again.is_set()
            again.clear()
            if await asyncio.to_thread(self._config_store.refresh, now=is_requested):
                old, engine = engine, await self._follow(delivery)
                await old.close()
            self._send_alerts(engine)
        await delivery.stop(GRACE_SECONDS)
        await engine.close()
        await asyncio.to_thread(self._outbox.close)
        _logger.info("delivery ended; undelivered actions stay in the outbox")

    def _send_alerts(self, engine: Engine) -> None:
        """Send alerts that are due: a source that only actions use shows its failures
        here alone."""
        problem = self._config_store.problem
        snapshot = {
            "breakers": {
                name: source.state.breaker
                for name, source in engine.sources.items()
                if isinstance(source, Source)
            },
            "problems": [line for line in problem.splitlines() if line],
        }
        self._alerts.check(self._config_store.current.alerts, snapshot)

    def _store(self, draft: Draft, done: Callable[[bool], None]) -> None:
        if self._loop is None:
            raise RuntimeError("the worker does not run")
        store_soon(self._outbox, self._loop, draft, done)

    def _alert_dead(self, dead: DeadAction) -> None:
        alert = dead_action(dead.endpoint, dead.action, dead.source, dead.error)
        self._alerts.send(self._config_store.current.alerts, alert)

    async def _follow(self, delivery: Delivery) -> Engine:
        """Open the sources of the current configuration and deliver by them."""
        configuration = self._config_store.current
        engine = await open_engine(configuration)
        delivery.keep = configuration.journal.keep
        delivery.follow(configuration, engine.sources)
        return engine


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
