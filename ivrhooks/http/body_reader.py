"""Collects the body of one request within its limit, for both servers."""

from __future__ import annotations

DRAINED = 16 * 1024 * 1024
"""How many bytes of a body that is too large are read and dropped: its sender may read
no answer before it has sent everything. A larger body is not waited for."""


class BodyReader:
    """Collects one body. ``over``: the body is larger than ``limit``. ``enough``: no
    more of it is waited for, though it may be incomplete."""

    __slots__ = ("_limit", "_pieces", "_size", "enough", "over")

    def __init__(self, limit: int, length: int = 0, *, expects: bool = False) -> None:
        """``length``: the Content-Length, 0 where there is none; ``expects``: the
        sender waits for a 100 (Continue) before it sends the body."""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.over = length > limit
        self.enough = self.over and (expects or length > DRAINED)

    def add(self, chunk: bytes) -> None:
        """Take the next chunk."""
        self._size += len(chunk)
        if not self.over:
            self._pieces.append(chunk)
            if self._size <= self._limit:
                return
            self.over = True
            self._size = 0
            self._pieces.clear()
        self.enough = self._size > DRAINED

    @property
    def body(self) -> bytes:
        """Return what has been received; nothing of a body that is too large."""
        chunks = self._pieces
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def length_of(text: bytes) -> int:
    """Return the Content-Length, which the server has checked; 0 where there is
    none."""
    return int(text) if text.isdigit() and len(text) < 19 else 0
