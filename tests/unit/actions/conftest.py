"""Outboxes in a SQLite file and in a real PostgreSQL, and drafts to put in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ivrhooks.actions.draft import Draft
from ivrhooks.actions.outbox import Outbox
from ivrhooks.actions.tables import ACTIONS, METADATA, open_outbox
from ivrhooks.store.cipher import Cipher
from support.fake_time import FakeClock
from support.plan_builder import build

__all__ = ["build"]

CIPHER = Cipher([b"k" * 32])


class Store:
    """One store, its tables, and what is in them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.clock = FakeClock(1_800_000_000.0)
        self.engine = open_outbox(url)
        self.outboxes: list[Outbox] = []

    def outbox(self, **more: Any) -> Outbox:
        """Another process's outbox on this store."""
        settings = {"clock": self.clock, "look": 0.01, **more}
        made = Outbox(self.url, lambda: CIPHER, **settings)
        self.outboxes.append(made)
        return made

    def do(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """One transaction."""
        with self.engine.begin() as connection:
            return work(connection, *arguments)

    def rows(self) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(ACTIONS).order_by(ACTIONS.c.seq)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def close(self) -> None:
        for outbox in self.outboxes:
            outbox.close()
        if self.engine.dialect.name == "postgresql":
            METADATA.drop_all(self.engine)
        self.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """The same tests on both stores."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'outbox.db'}"
    else:
        url = request.getfixturevalue("postgresql").url
    made = Store(url)
    yield made
    made.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """A SQLite file alone."""
    made = Store(f"sqlite:///{tmp_path / 'outbox.db'}")
    yield made
    made.close()


@pytest.fixture
def draft() -> Callable[..., Draft]:
    def make(action: str = "note", **more: Any) -> Draft:
        settings: dict[str, Any] = {
            "endpoint": "vip",
            "source": "crm",
            "operation": "request",
            "params": {"json": {"text": action}},
        }
        return Draft(action=action, **{**settings, **more})

    return make


@pytest.fixture
def cipher() -> Cipher:
    return CIPHER


@pytest.fixture
def run() -> Callable[[Any], Any]:
    """Runs a coroutine to its end."""
    return asyncio.run


@pytest.fixture
def until_async() -> Callable[..., Any]:
    """Returns when what it is given says so; the loop goes on meanwhile."""

    async def look(true: Callable[[], Any]) -> None:
        async with asyncio.timeout(60):
            while not true():
                await asyncio.sleep(0.01)  # between looks at another thread

    return look
