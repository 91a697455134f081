"""Decompresses bodies sent with gzip or deflate, up to a limit."""

from __future__ import annotations

import zlib

from ivrhooks.basics.errors import ContractError
from ivrhooks.languages.catalogue import because

TAKEN = "gzip, deflate, identity"

_GZIP, _ZLIB, _RAW = 31, 15, -15
_LAYERS = 3
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """Return ``data`` without its Content-Encoding, at most ``limit`` bytes.

    Raises ContractError: 415 for another encoding, 413 for more bytes, 400 for data
    that is broken or truncated.
    """
    names = [name.strip().lower() for name in encoding.split(",")]
    names = [name for name in names if name not in ("", "identity")]
    if len(names) > _LAYERS or any(
        name not in _GZIP_NAMES and name != "deflate" for name in names
    ):
        raise ContractError(
            "unsupported_media_type",
            because("encoding", values=TAKEN),
            headers={"Accept-Encoding": TAKEN},
        )
    for name in reversed(names):
        if data:
            data = (
                _gunzip(data, limit) if name in _GZIP_NAMES else _inflate(data, limit)
            )
    return data


def _gunzip(data: bytes, limit: int) -> bytes:
    """Return the content of all members of a gzip file."""
    body = b""
    while data:
        member, data = _unpacked(data, _GZIP, limit - len(body))
        body += member
        data = data.lstrip(b"\0")  # padding
    return body


def _inflate(data: bytes, limit: int) -> bytes:
    """Return inflated data: with the zlib wrapper that HTTP requires, or without it, as
    some clients send it."""
    try:
        return _unpacked(data, _ZLIB, limit)[0]
    except ContractError as problem:
        if problem.code != "unreadable_body":
            raise
    return _unpacked(data, _RAW, limit)[0]


def _unpacked(data: bytes, form: int, limit: int) -> tuple[bytes, bytes]:
    """Return the content of one stream, and the bytes that follow it."""
    unpacker = zlib.decompressobj(form)
    try:
        body = unpacker.decompress(data, limit + 1)
    except zlib.error:
        raise _broken() from None
    if len(body) > limit:
        raise ContractError("too_large", because("large_body", count=limit))
    if not unpacker.eof:
        raise _broken()
    return body, unpacker.unused_data


def _broken() -> ContractError:
    return ContractError("unreadable_body", because("packed"))
