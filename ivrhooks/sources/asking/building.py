"""Builds the sources of a configuration, each with its client and its limits."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ivrhooks.basics.write_batch import WriteBatch
from ivrhooks.resilience.deadlines import Deadlines
from ivrhooks.resilience.fair_scheduler import FairScheduler
from ivrhooks.sources.asking.attempts import Attempts
from ivrhooks.sources.asking.direct import DirectAttempts
from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.sources.asking.source import Source
from ivrhooks.sources.asking.token_provider import TokenProvider
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import Client, SourceSettings
from ivrhooks.sources.transport.pool import ConnectionPool
from ivrhooks.sources.transport.rate import RequestRate

SPARE_CONNECTIONS = 2  # beside the permits: fetching a token takes a connection too


def build_sources(
    settings: Mapping[str, SourceSettings],
    *,
    shared_cache: str = "",
    data_folder: Path | None = None,
    scheduler: FairScheduler | None = None,
    deadlines: Deadlines | None = None,
) -> dict[str, Source]:
    """Build the sources. Call it inside the running loop, and close each source.

    ``shared_cache``: the URL of a Redis; ``data_folder``: where tokens are kept, by
    default that of the environment; ``scheduler`` and ``deadlines``: those of the
    engine that uses the sources.
    """
    resources = SharedResources(
        clock=asyncio.get_running_loop().time,
        now=time.time,  # noqa: TID251 - wall-clock time of tokens and rows, no duration
        shared_cache=shared_cache,
        folder=data_folder,
        users=len(settings),
        scheduler=scheduler,
        deadlines=deadlines,
    )
    resources.loop = asyncio.get_running_loop()
    resources.writes = WriteBatch(resources.loop)
    if resources.shared is not None and settings:
        resources.shared.watch()
    return {
        name: _source(source_settings, resources)
        for name, source_settings in settings.items()
    }


def _source(settings: SourceSettings, resources: SharedResources) -> Source:
    kind = KINDS[settings.kind]
    if kind.open is not None:
        direct = DirectAttempts(kind.open(settings), settings.timeout)
        return Source(settings, direct, resources, chance=random.random)
    assert kind.client is not None  # noqa: S101 - a kind has one of the two, for mypy
    transport = ConnectionPool(
        connections=settings.max_concurrent + SPARE_CONNECTIONS,
        cpu_budget=resources.cpu_budget,
        settings=settings.connection,
        rate=_rate(settings, resources),
        writes=resources.writes,
    )
    transport.prepare(settings.base_url)
    return http_source(
        settings,
        kind.client(settings),
        transport,
        resources,
        chance=random.random,
    )


def _rate(settings: SourceSettings, resources: SharedResources) -> RequestRate | None:
    per_second = settings.connection.rate_limit
    if per_second is None:
        return None
    key = f"{settings.name} {settings.kind} {settings.base_url}"
    return RequestRate(per_second, shared=resources.shared, key=key)


def http_source(
    settings: SourceSettings,
    client: Client,
    transport: ConnectionPool,
    resources: SharedResources,
    *,
    chance: Callable[[], float],
) -> Source:
    """Return a source that is queried over HTTP, with its token where it needs one."""
    attempts = Attempts(
        client,
        transport,
        clock=resources.clock,
        now=resources.now,
        cpu_budget=resources.cpu_budget,
    )
    whose = ""
    if client.token_request(0.0) is not None:
        attempts.tokens = TokenProvider(
            client,
            attempts.send,
            resources.tokens,
            now=resources.now,
            lasts=settings.timeout is not None,
        )
        whose = attempts.tokens.key
    return Source(settings, attempts, resources, chance=chance, whose=whose)
