"""Tokens in files: private, whole, and renewed by one process at a time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ivrhooks.store.cipher import Cipher
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.tokens import FileTokens, StoredToken


def play(folder: Path, story: Callable[[FileTokens], Awaitable[None]]) -> None:
    async def run_story() -> None:
        store = FileTokens(lambda: folder)
        try:
            await story(store)
        finally:
            store.close()

    asyncio.run(run_story())


def test_a_token_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    async def story(store: FileTokens) -> None:
        assert await store.read("k") is None
        await store.write("k", StoredToken("secret", 5.0))
        await store.write("k", StoredToken("newer", 6.0))
        assert await store.read("k") == StoredToken("newer", 6.0)
        assert await store.read("other") is None

    play(tmp_path, story)
    (file,) = (tmp_path / "tokens").glob("*.token")
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "tokens").stat().st_mode & 0o777 == 0o700
    assert b"newer" not in file.read_bytes()
    assert "secret" not in repr(StoredToken("secret", 5.0))


def test_the_file_of_a_lock_is_its_owner_s_alone(tmp_path: Path) -> None:
    async def story(store: FileTokens) -> None:
        async with store.locked("k"):
            (file,) = (tmp_path / "tokens").glob("*.lock")
            assert file.stat().st_mode & 0o777 == 0o600

    play(tmp_path, story)


def test_a_token_is_read_with_its_key_alone(tmp_path: Path) -> None:
    async def run_story() -> None:
        mine, other = Cipher([b"m" * 32]), Cipher([b"o" * 32])
        for cipher, seen in ((mine, "secret"), (other, None)):
            store = FileTokens(lambda: tmp_path, lambda cipher=cipher: cipher)
            try:
                if cipher is mine:
                    (tmp_path / "tokens").mkdir()
                    (tmp_path / "tokens" / "k.json").write_text("plain, as of old")
                    await store.write("k", StoredToken("secret", 5.0))
                token = await store.read("k")
                assert (token.value if token else None) == seen
            finally:
                store.close()

    asyncio.run(run_story())
    assert not list((tmp_path / "tokens").glob("*.json"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"value": "a"}', '{"ends": "x"}'])
def test_a_damaged_file_is_no_token(tmp_path: Path, text: str) -> None:
    async def story(store: FileTokens) -> None:
        await store.write("k", StoredToken("a", 1.0))
        data = open_cipher(lambda: tmp_path).encrypt(text.encode(), "token")
        (tmp_path / "tokens" / "k.token").write_bytes(data)
        assert await store.read("k") is None

    play(tmp_path, story)


def test_one_holds_the_lock_in_one_process_and_another(tmp_path: Path) -> None:
    script = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""

    async def story(store: FileTokens) -> None:
        async with store.locked("k"):
            waiting = asyncio.ensure_future(enter(store))
            await asyncio.sleep(0)
            assert not waiting.done()
        await waiting
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "tokens" / "k.token.lock")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await enter(store)
        process.kill()  # it dies with the lock in its hand
        process.communicate()
        await enter(store)

    play(tmp_path, story)


async def enter(store: FileTokens) -> None:
    async with store.locked("k"):
        pass


def test_a_cancelled_wait_leaves_no_lock(tmp_path: Path) -> None:
    async def story(store: FileTokens) -> None:
        for turns in range(30):
            task = asyncio.ensure_future(enter(store))
            for _ in range(turns % 5):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await enter(store)

    play(tmp_path, story)


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("a file")

    async def story(store: FileTokens) -> None:
        with pytest.raises(OSError, match="tokens"):
            await store.write("k", StoredToken("a", 1.0))
        with pytest.raises(OSError, match="tokens"):
            await enter(store)

    play(tmp_path, story)
