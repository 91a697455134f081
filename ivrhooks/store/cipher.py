"""Encrypts what is kept of people, and finds it again by a hash that needs the key.

AES-256-GCM, each Cipher object under keys of its own: a key is derived from the given
one and a random salt, which stands before what was encrypted. So random nonces never
come near the number after which one must be expected to repeat, however many
processes write with the same key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ivrhooks.basics.errors import IvrhooksError

_VERSION = b"\x01"
_KEY_ID, _SALT, _NONCE, _TAG = 4, 16, 12, 16
_HEAD = len(_VERSION) + _KEY_ID + _SALT + _NONCE
OVERHEAD = _HEAD + _TAG
"""Bytes that encryption adds."""

MOST_MESSAGES = 2**24
"""Messages under one derived key; then another salt is drawn."""

MARK_BYTES = 16


class CannotDecrypt(IvrhooksError):
    """Nothing that was encrypted with one of the keys: another key, or damaged."""

    code = "cannot_decrypt"


class Cipher:
    """``keys``: secret bytes, at least one; the first encrypts, all decrypt. Safe to
    share among threads, and across a fork."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {derived(key, b"key id", _KEY_ID): key for key in keys}
        self._first = next(iter(self._keys))
        self._mark_keys = [derived(key, b"marks", 32) for key in keys]
        self._current = threading.local()

    def __repr__(self) -> str:
        return f"<Cipher with {len(self._keys)} keys>"

    @property
    def key_id(self) -> str:
        """Names the key that encrypts, without telling anything of it."""
        return self._first.hex()

    @property
    def key_ids(self) -> list[str]:
        """The names of all keys, of which any may have encrypted."""
        return [one.hex() for one in self._keys]

    def encrypt(self, data: bytes, purpose: str) -> bytes:
        """``data``, to be read by ``decrypt`` with the same ``purpose`` alone: what was
        kept at one place cannot be passed off as that of another."""
        salt, aead = self._writing()
        nonce = os.urandom(_NONCE)
        head = _VERSION + self._first + salt + nonce
        return head + aead.encrypt(nonce, data, purpose.encode())

    def decrypt(self, data: bytes, purpose: str) -> bytes:
        """What ``encrypt`` was given. Raises CannotDecrypt."""
        key = self._keys.get(bytes(data[1 : 1 + _KEY_ID]))
        if data[:1] != _VERSION or key is None or len(data) < OVERHEAD:
            raise CannotDecrypt("it was encrypted with a key that is not here")
        salt = bytes(data[1 + _KEY_ID : _HEAD - _NONCE])
        nonce = bytes(data[_HEAD - _NONCE : _HEAD])
        try:
            return _aead(key, salt).decrypt(nonce, data[_HEAD:], purpose.encode())
        except InvalidTag:
            raise CannotDecrypt("it is damaged, or was kept for another use") from None

    def mark(self, text: str) -> bytes:
        """A hash of ``text`` by which it is found again, made with the first key."""
        return _marked(self._mark_keys[0], text)

    def marks(self, text: str) -> list[bytes]:
        """The hashes that ``mark`` may have given, under each of the keys."""
        return [_marked(key, text) for key in self._mark_keys]

    def _writing(self) -> tuple[bytes, AESGCM]:
        """Salt and cipher of this thread, until enough was written with them. After a
        fork a child may go on with its parent's: the nonces are random."""
        current = self._current
        if getattr(current, "left", 0) <= 0:
            current.salt = os.urandom(_SALT)
            current.aead = _aead(self._keys[self._first], current.salt)
            current.left = MOST_MESSAGES
        current.left -= 1
        return current.salt, current.aead


@lru_cache(maxsize=1024)
def _aead(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(derived(key, b"encryption", 32, salt))


def derived(key: bytes, use: bytes, length: int, salt: bytes | None = None) -> bytes:
    """Bytes for one use out of ``key`` (RFC 5869)."""
    info = b"ivrhooks " + use
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def _marked(key: bytes, text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hmac.digest(key, data, hashlib.sha256)[:MARK_BYTES]
