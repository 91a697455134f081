"""Keeps access tokens where all processes of a machine find them.

A new token may void the one before, so processes share one: it lies encrypted in a file
that only its owner can read, and whoever renews it holds its lock and reads it again
first.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

import orjson
from filelock import FileLock, Timeout

from ivrhooks.store.cipher import CannotDecrypt, Cipher
from ivrhooks.store.keys import open_cipher

T = TypeVar("T")

POLL = 0.02  # seconds between two looks at a lock that another process holds
PURPOSE = "token"


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token, and when it ends: seconds since 1970, the same on every machine."""

    value: str = field(repr=False)
    ends: float


class TokenStore(Protocol):
    """Where tokens are kept. ``key`` says whose, and can be read by anybody."""

    async def read(self, key: str) -> StoredToken | None:
        """What is kept; None where there is nothing that can be read."""
        ...

    async def write(self, key: str, token: StoredToken) -> None:
        """Keeps ``token`` in place of the one before. Raises OSError."""
        ...

    def locked(self, key: str) -> AbstractAsyncContextManager[None]:
        """Held by one at a time, across processes. Raises OSError."""
        ...


class FileTokens:
    """Tokens as files in a folder. Files are read and locked in threads of its own:
    neither a slow disk nor a lock that is held stops the loop. ``cipher`` is opened
    when it is first needed; by default that of the folder."""

    def __init__(
        self,
        folder: Callable[[], Path],
        cipher: Callable[[], Cipher] | None = None,
    ) -> None:
        self._folder = folder
        self._open = cipher or (lambda: open_cipher(folder))
        self._opened: Cipher | None = None
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="tokens")

    async def read(self, key: str) -> StoredToken | None:
        """The token of ``key``; None where there is none, or no whole one."""
        return await self._in_thread(lambda: _read(self._file(key), self._cipher()))

    async def write(self, key: str, token: StoredToken) -> None:
        """Keeps it, all at once: a reader sees the old one or the new."""
        await self._in_thread(lambda: _write(self._file(key), token, self._cipher()))

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """The lock of ``key``; waits for as long as its caller does. The system gives
        it back where a process dies."""
        file = await self._in_thread(lambda: self._file(key))
        lock = FileLock(f"{file}.lock", thread_local=False, mode=0o600)
        try:
            while not await self._in_thread(lambda: _taken(lock)):
                await asyncio.sleep(POLL)
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Ends its threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _cipher(self) -> Cipher:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def _file(self, key: str) -> Path:
        folder = self._folder() / "tokens"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"{key}.token"

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Waits for the work even where the caller is cancelled meanwhile: a lock that
        is just being taken must not be lost. The work takes no time to speak of."""
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait((future,))
            raise


def _taken(lock: FileLock) -> bool:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    return True


def _read(file: Path, cipher: Cipher) -> StoredToken | None:
    try:
        fields = orjson.loads(cipher.decrypt(file.read_bytes(), PURPOSE))
        return StoredToken(str(fields["value"]), float(fields["ends"]))
    except (OSError, CannotDecrypt, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, token: StoredToken, cipher: Cipher) -> None:
    draft = file.with_suffix(f".{os.getpid()}.draft")
    data = cipher.encrypt(orjson.dumps(asdict(token)), PURPOSE)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
    draft.replace(file)
    file.with_suffix(".json").unlink(
        missing_ok=True
    )  # of a version that wrote it plain
