"""The body of a response, within its bound before and after decompression."""

from __future__ import annotations

import zlib
from contextlib import suppress

from ivrhooks.basics.errors import SourceMalformed

MEMBERS = 16  # compressed parts of one body, each of which costs a copy of the rest

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


def too_large(limit: int) -> SourceMalformed:
    """The error of a body beyond ``max_response``."""
    size = f"{limit} bytes" if limit % 1024 else f"{limit // 1024} KB"
    return SourceMalformed(
        f"the answer is larger than {size} (max_response)", code="too_large"
    )


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` less its Content-Encoding, at most ``limit`` bytes of it.

    We ask for ``identity``; gzip and deflate are read all the same, since there are
    servers that do not listen. Raises SourceMalformed for any other.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    if name in ("gzip", "x-gzip"):
        return _first_that_fits(body, (_GZIP,), limit)
    if name == "deflate":  # zlib's frame says the RFC, bare deflate say some servers
        return _first_that_fits(body, (_ZLIB, _RAW_DEFLATE), limit)
    raise SourceMalformed(f"the answer has the unknown Content-Encoding {name[:40]!r}")


def _first_that_fits(body: bytes, formats: tuple[int, ...], limit: int) -> bytes:
    for wbits in formats:
        with suppress(zlib.error):
            return _inflated(body, wbits, limit)
    raise SourceMalformed("the compressed answer is damaged")


def _inflated(body: bytes, wbits: int, limit: int) -> bytes:
    """All members of ``body``, one after the other; the output is bounded as it
    grows, so a bomb costs ``limit`` bytes and no more."""
    parts: list[bytes] = []
    room = limit
    for _ in range(MEMBERS):
        inflater = zlib.decompressobj(wbits)
        part = inflater.decompress(body, room + 1)
        if len(part) > room:
            raise too_large(limit)
        if not inflater.eof:
            raise SourceMalformed("the compressed answer is cut short")
        room -= len(part)
        parts.append(part)
        body = inflater.unused_data
        if not body:
            return b"".join(parts)
    raise SourceMalformed("the compressed answer is in too many parts")
