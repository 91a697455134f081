"""Stores access tokens for all processes of a machine.

A new token may revoke the one before, so processes share one. It is encrypted, in a
file that only its owner can read. A process that renews it takes its lock and reads it
again first.
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

POLL = 0.02  # seconds between two attempts to get a lock that another process holds
PURPOSE = "token"


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token and when it ends, in seconds since 1970."""

    value: str = field(repr=False)
    ends: float


class TokenStore(Protocol):
    """Stores tokens. ``key`` identifies an account; it is no secret."""

    async def read(self, key: str) -> StoredToken | None:
        """Return the stored token, or None where there is none or it is unreadable."""
        ...

    async def write(self, key: str, token: StoredToken) -> None:
        """Store ``token`` in place of the one before. Raises OSError."""
        ...

    def locked(self, key: str) -> AbstractAsyncContextManager[None]:
        """Return a lock that one caller at a time holds, across processes. Raises
        OSError."""
        ...


class FileTokens:
    """Tokens as files in a folder.

    Files are read and locked in threads, so that neither a slow disk nor a held lock
    blocks the loop. ``cipher`` is opened on first use; by default it is that of the
    folder.
    """

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
        """Return the token of ``key``, or None where there is no complete one."""
        return await self._in_thread(lambda: _read(self._file(key), self._cipher()))

    async def write(self, key: str, token: StoredToken) -> None:
        """Store it atomically: a reader sees the old token or the new one."""
        await self._in_thread(lambda: _write(self._file(key), token, self._cipher()))

    @asynccontextmanager
    async def locked(self, key: str) -> AsyncIterator[None]:
        """Take the lock of ``key``; waits as long as the caller does.

        The system releases it when a process dies.
        """
        file = await self._in_thread(lambda: self._file(key))
        lock = FileLock(f"{file}.lock", thread_local=False, mode=0o600)
        try:
            while not await self._in_thread(lambda: _try_lock(lock)):
                await asyncio.sleep(POLL)
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """End the threads."""
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
        """Await work in a thread, even where the caller is cancelled meanwhile.

        A lock that is being taken must not be lost. The work itself takes very little
        time.
        """
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait((future,))
            raise


def _try_lock(lock: FileLock) -> bool:
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
    )  # written in plain text by an earlier version
