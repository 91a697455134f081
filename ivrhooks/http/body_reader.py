"""Collects the body of one request within its limit, whoever brings the pieces."""

from __future__ import annotations

DRAINED = 16 * 1024 * 1024
"""Bytes of a body that is too large which are taken and dropped: its sender may read no
answer before everything is sent. One far too large is not waited for."""


class BodyReader:
    """``over``: the body is larger than ``limit``. ``enough``: nothing more of it is
    waited for, though it may not be complete."""

    __slots__ = ("_limit", "_pieces", "_size", "enough", "over")

    def __init__(self, limit: int, length: int = 0, *, expects: bool = False) -> None:
        """``length``: as Content-Length says, 0 where it does not; ``expects``: its
        sender waits to be asked for it."""
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self.over = length > limit
        self.enough = self.over and (expects or length > DRAINED)

    def add(self, piece: bytes) -> None:
        """Takes the next piece."""
        self._size += len(piece)
        if not self.over:
            self._pieces.append(piece)
            if self._size <= self._limit:
                return
            self.over = True
            self._size = 0
            self._pieces.clear()
        self.enough = self._size > DRAINED

    @property
    def body(self) -> bytes:
        """What has come; nothing of one that is too large."""
        pieces = self._pieces
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def length_of(text: bytes) -> int:
    """Content-Length as the server has already checked it; 0 where it is none."""
    return int(text) if text.isdigit() and len(text) < 19 else 0
