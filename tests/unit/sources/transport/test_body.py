"""The body of a response stays within its bound, before and after decompression."""

from __future__ import annotations

import gzip
import zlib

import pytest

from ivrhooks.basics.errors import SourceMalformed
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.sources.transport.body import decoded, too_large


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"hello", ""),
        (b"hello", "identity"),
        (gzip.compress(b"hello", mtime=0), "gzip"),
        (gzip.compress(b"hello", mtime=0), " X-GZIP "),
        (gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0), "gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (raw_deflate(b"hello"), "deflate"),
    ],
)
def test_known_encodings_are_read(body: bytes, encoding: str) -> None:
    assert decoded(body, encoding, 5) == b"hello"


@pytest.mark.parametrize(
    ("body", "encoding", "words"),
    [
        (b"hello", "br", "unknown Content-Encoding 'br'"),
        (gzip.compress(b"hello", mtime=0), "gzip, gzip", "unknown Content-Encoding"),
        (b"not compressed", "gzip", "damaged"),
        (b"not compressed", "deflate", "damaged"),
        (gzip.compress(b"hello", mtime=0)[:-9], "gzip", "cut short"),
        (gzip.compress(b"x" * 5_000_000, mtime=0), "gzip", "larger than 1000 bytes"),
        (zlib.compress(b"x" * 1001), "deflate", "larger than 1000 bytes"),
        (gzip.compress(b"x" * 600, mtime=0) * 2, "gzip", "larger than 1000 bytes"),
        (gzip.compress(b"", mtime=0) * 1000, "gzip", "too many parts"),
    ],
)
def test_an_undecodable_body_is_malformed(
    body: bytes, encoding: str, words: str
) -> None:
    with pytest.raises(SourceMalformed, match=words):
        decoded(body, encoding, 1000)


def test_an_empty_body_needs_no_decoding() -> None:
    assert decoded(b"", "gzip", 10) == b""


@pytest.mark.parametrize(("limit", "size"), [(1_048_576, "1024 KB"), (1000, "1000 b")])
def test_the_limit_can_be_read_in_a_log(limit: int, size: str) -> None:
    assert f"larger than {size}" in mask_text(str(too_large(limit)))
