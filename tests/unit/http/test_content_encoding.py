"""Packed bodies, unpacked within a bound."""

from __future__ import annotations

import gzip
import zlib

import pytest

from ivrhooks.basics.errors import ContractError
from ivrhooks.http.content_encoding import TAKEN, unpack

TEXT = b"tel=13800000001"


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "X-GZIP"),
        (gzip.compress(TEXT[:5], mtime=0) + gzip.compress(TEXT[5:], mtime=0), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (raw_deflate(TEXT), "Deflate"),
        (TEXT, "identity"),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip"),
    ],
)
def test_a_packed_body_is_read(data: bytes, encoding: str) -> None:
    assert unpack(data, encoding, 100) == TEXT


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, br"])
def test_another_encoding_is_a_415_that_says_what_to_send(encoding: str) -> None:
    with pytest.raises(ContractError) as refused:
        unpack(TEXT, encoding, 100)
    assert refused.value.status == 415
    assert refused.value.headers == {"Accept-Encoding": TAKEN}


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip"),
        (TEXT, "gzip"),
        (TEXT, "deflate"),
        (gzip.compress(TEXT, mtime=0) + b"x", "gzip"),
    ],
)
def test_what_is_broken_is_a_400(data: bytes, encoding: str) -> None:
    with pytest.raises(ContractError) as refused:
        unpack(data, encoding, 100)
    assert (refused.value.code, refused.value.status) == ("unreadable_body", 400)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, raw_deflate])
def test_no_more_than_the_bound_is_unpacked(pack) -> None:  # type: ignore[no-untyped-def]
    name = "gzip" if pack is gzip.compress else "deflate"
    assert unpack(pack(b"x" * 100), name, 100) == b"x" * 100
    with pytest.raises(ContractError) as refused:
        unpack(pack(b"x" * 10_000_000), name, 100)
    assert refused.value.status == 413


def test_nothing_stays_nothing() -> None:
    assert unpack(b"", "gzip", 100) == b""
