"""A new configuration is swapped in while data requests are being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ivrhooks.http.dispatcher import Dispatcher
from ivrhooks.server.reload import config_watch as reloading
from ivrhooks.server.reload.config_watch import ConfigWatcher


class CacheEntry:
    """A store that has a new configuration when told so."""

    def __init__(self, make_configuration) -> None:
        self._make = make_configuration
        self.current = make_configuration(fingerprint="one")
        self.pending: list[str] = []
        self.looks: list[bool] = []
        self.broken = False

    def refresh(self, *, now: bool = False) -> bool:
        self.looks.append(now)
        if self.broken:
            self.broken = False
            raise OSError("no look today")
        if not self.pending:
            return False
        self.current = self._make(fingerprint=self.pending.pop())
        return True


async def until(true: Callable[[], object]) -> None:
    while not true():
        await asyncio.sleep(0.001)


def run(make_configuration, gated_engine, monkeypatch, story) -> None:
    """Runs ``story(kept, watcher, receptions)`` with a watcher that looks often."""

    async def open_dispatcher(configuration, recorder=None) -> Dispatcher:
        return Dispatcher(configuration, gated_engine(configuration))

    monkeypatch.setattr(reloading, "open_dispatcher", open_dispatcher)
    monkeypatch.setattr(reloading, "CHECK_SECONDS", 0.001)
    monkeypatch.setattr(reloading, "DRAIN_SECONDS", 0.001)

    async def go() -> None:
        kept = CacheEntry(make_configuration)
        receptions = [await open_dispatcher(kept.current)]
        config_watcher = ConfigWatcher(kept, receptions[0], receptions.append)  # type: ignore[arg-type]
        config_watcher.start()
        await asyncio.wait_for(story(kept, config_watcher, receptions), 60)
        await config_watcher.close()
        assert all(dispatcher.engine.closed for dispatcher in receptions)

    asyncio.run(go())


def test_a_new_configuration_is_swapped_in(
    make_configuration, gated_engine, monkeypatch
) -> None:
    async def story(kept, config_watcher, receptions) -> None:
        kept.pending.append("two")
        await until(lambda: len(receptions) == 2)
        assert receptions[1].configuration.fingerprint == "two"

    run(make_configuration, gated_engine, monkeypatch, story)


def test_the_old_engine_is_closed_after_its_last_answer(
    make_configuration, gated_engine, monkeypatch
) -> None:
    async def story(kept, config_watcher, receptions) -> None:
        receptions[0].in_flight = 1
        kept.pending.append("two")
        await until(lambda: len(receptions) == 2)
        looks = len(kept.looks)
        await until(lambda: len(kept.looks) > looks + 5)
        assert not receptions[0].engine.closed
        receptions[0].in_flight = 0
        await until(lambda: receptions[0].engine.closed)
        assert not receptions[1].engine.closed

    run(make_configuration, gated_engine, monkeypatch, story)


def test_check_now_does_not_block_its_caller(
    make_configuration, gated_engine, monkeypatch
) -> None:
    async def story(kept, config_watcher, receptions) -> None:
        config_watcher.check_now()
        await until(lambda: True in kept.looks)
        await until(lambda: kept.looks[-1] is False)

    run(make_configuration, gated_engine, monkeypatch, story)


def test_a_failed_check_does_not_stop_the_watch(
    make_configuration, gated_engine, monkeypatch
) -> None:
    async def story(kept, config_watcher, receptions) -> None:
        kept.broken = True
        await until(lambda: not kept.broken)
        kept.pending.append("two")
        await until(lambda: len(receptions) == 2)

    run(make_configuration, gated_engine, monkeypatch, story)
