"""Sources are built from settings, and each asks on connections of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ivrhooks.resilience.deadline import Deadline
from ivrhooks.sources.asking.attempts import Attempts
from ivrhooks.sources.asking.building import SPARE_CONNECTIONS, build_sources
from ivrhooks.sources.connection_settings import ConnectionSettings
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.interface import Query, SourceSettings


def test_it_keeps_its_promise_over_sockets(
    serve: Any, faults: Any, tmp_path: Path, count_descriptors: Callable[[], int]
) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        hang, drip = (
            serve(faults.hang()),
            serve(faults.endless(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.01)),
        )
        good = serve(faults.answer(b'{"id": 7}'))
        async with hang as hanging, drip as two, good as three:
            sources = build_sources(
                {
                    name: SourceSettings(name, "http", server.url)
                    for name, server in (
                        ("hang", hanging),
                        ("drip", two),
                        ("good", three),
                    )
                },
                data_folder=tmp_path,
            )

            async def ask(name: str, tel: int) -> str:
                query = Query(OPERATIONS[0], {"path": f"/{tel}"})
                deadline = Deadline.after(0.15, loop.time)
                return (await sources[name].ask(query, deadline)).status

            before = count_descriptors()
            for _ in range(4):
                both = (
                    ask(name, tel) for name in ("hang", "drip") for tel in range(10)
                )
                assert set(await asyncio.gather(*both)) <= {"timeout", "open"}
            assert await ask("good", 1) == "ok"
            await hanging.all_closed()
            await two.all_closed()
            assert count_descriptors() <= before + 3
            for source in sources.values():
                await source.close()
            await three.all_closed()
            left = [task for task in asyncio.all_tasks() if "ivrhooks" in repr(task)]
            assert not left

    asyncio.run(story())


def test_sources_share_a_cache_and_the_engines_deadlines(tmp_path: Path) -> None:
    async def story() -> None:
        settings = {
            name: SourceSettings(name, "http", "http://127.0.0.1:9", max_concurrent=3)
            for name in ("crm", "orders")
        }
        sources = build_sources(settings, data_folder=tmp_path)
        crm, orders = sources.values()
        assert list(sources) == ["crm", "orders"]
        assert crm.cache is orders.cache
        assert crm.flights.deadlines is orders.flights.deadlines
        assert crm.pipeline.breaker is not orders.pipeline.breaker
        assert isinstance(crm.attempts, Attempts)
        assert isinstance(orders.attempts, Attempts)
        assert crm.attempts.transport is not orders.attempts.transport
        assert crm.attempts.transport._free == 3 + SPARE_CONNECTIONS
        for source in sources.values():
            await source.close()

    asyncio.run(story())


def test_only_a_source_with_a_rate_limit_has_one(tmp_path: Path) -> None:
    async def story() -> None:
        limited = ConnectionSettings(rate_limit=5.0)
        settings = {
            "free": SourceSettings("free", "http", "http://127.0.0.1:9"),
            "slow": SourceSettings(
                "slow", "http", "http://127.0.0.1:9", connection=limited
            ),
        }
        sources = build_sources(settings, data_folder=tmp_path)
        rates = {
            name: source.attempts.transport._rate is not None
            for name, source in sources.items()
            if isinstance(source.attempts, Attempts)
        }
        assert rates == {"free": False, "slow": True}
        for source in sources.values():
            await source.close()

    asyncio.run(story())
