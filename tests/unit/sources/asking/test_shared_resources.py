"""What sources share is closed by the last of them, and made only when needed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.sources.asking.shared_resources import SharedResources
from ivrhooks.store.tokens import StoredToken


def test_the_last_release_closes_the_resources(tmp_path: Path) -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        resources = SharedResources(
            clock=loop.time, now=lambda: 0.0, folder=tmp_path, users=2
        )
        await resources.release()
        await resources.tokens.write("k", StoredToken("t", 1.0))
        await resources.release()
        with pytest.raises(RuntimeError):
            await resources.tokens.read("k")

    asyncio.run(story())


def test_without_a_token_no_folder_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "data"))

    async def story() -> None:
        resources = SharedResources(
            clock=asyncio.get_running_loop().time, now=lambda: 0.0
        )
        assert not (tmp_path / "data").exists()
        await resources.tokens.write("k", StoredToken("t", 1.0))
        assert (tmp_path / "data" / "tokens" / "k.token").exists()
        await resources.release()

    asyncio.run(story())


def test_without_a_data_folder_nothing_is_shared_and_all_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, redis_server: Any
) -> None:
    async def story() -> None:
        clock = asyncio.get_running_loop().time
        (tmp_path / "file").touch()
        resources = SharedResources(
            clock=clock,
            now=lambda: 0.0,
            folder=tmp_path / "file" / "below",
            shared_cache=redis_server.url,
        )
        assert resources.shared is not None
        await resources.shared.put("k", 1, lives=60)
        assert await resources.shared.get("k") is None
        await resources.release()

    asyncio.run(story())
    assert "results and tokens are not shared through Redis" in caplog.text
