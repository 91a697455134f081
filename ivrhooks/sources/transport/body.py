"""Decodes the body of a response; its size is bounded before and after
decompression."""

from __future__ import annotations

import zlib
from contextlib import suppress

from ivrhooks.basics.errors import SourceMalformed

MEMBERS = 16  # compressed parts of one body; each costs a copy of the rest

_GZIP = zlib.MAX_WBITS | 16
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


def too_large(limit: int) -> SourceMalformed:
    """Return the error for a body larger than ``max_response``."""
    size = f"{limit} bytes" if limit % 1024 else f"{limit // 1024} KB"
    return SourceMalformed(
        f"the answer is larger than {size} (max_response)", code="too_large"
    )


def decoded(body: bytes, encoding: str, limit: int) -> bytes:
    """Return ``body`` without its Content-Encoding, at most ``limit`` bytes.

    Requests ask for ``identity``. Some servers ignore that, so gzip and deflate are
    read as well. Raises SourceMalformed for any other encoding.
    """
    name = encoding.strip().lower()
    if name in ("", "identity") or not body:
        return body
    if name in ("gzip", "x-gzip"):
        return _first_that_fits(body, (_GZIP,), limit)
    if name == "deflate":  # the RFC wants zlib's frame, some servers send bare deflate
        return _first_that_fits(body, (_ZLIB, _RAW_DEFLATE), limit)
    raise SourceMalformed(f"the answer has the unknown Content-Encoding {name[:40]!r}")


def _first_that_fits(body: bytes, formats: tuple[int, ...], limit: int) -> bytes:
    for wbits in formats:
        with suppress(zlib.error):
            return _inflated(body, wbits, limit)
    raise SourceMalformed("the compressed answer is damaged")


def _inflated(body: bytes, wbits: int, limit: int) -> bytes:
    """Return all members of ``body``, decompressed.

    The output is checked as it grows, so a decompression bomb costs ``limit`` bytes at
    most.
    """
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
