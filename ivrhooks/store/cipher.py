"""Encrypts stored personal data, and finds it again by a keyed hash.

The cipher is AES-256-GCM. Each Cipher object derives its own key from the given key and
a random salt, which is stored before the encrypted data. Random nonces therefore never
come close to the number at which a repetition must be expected, however many processes
write with the same key.
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

MAX_MESSAGES = 2**24
"""Messages under one derived key, before a new salt is drawn."""

MARK_BYTES = 16


class CannotDecrypt(IvrhooksError):
    """The data is damaged, or was not encrypted with one of the keys."""

    code = "cannot_decrypt"


class Cipher:
    """``keys``: secret bytes, at least one. The first encrypts, all decrypt. Safe to
    share among threads and across a fork."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {derived(key, b"key id", _KEY_ID): key for key in keys}
        self._first = next(iter(self._keys))
        self._mark_keys = [derived(key, b"marks", 32) for key in keys]
        self._current = threading.local()

    def __repr__(self) -> str:
        return f"<Cipher with {len(self._keys)} keys>"

    @property
    def key_id(self) -> str:
        """A name of the encrypting key that reveals nothing of it."""
        return self._first.hex()

    @property
    def key_ids(self) -> list[str]:
        """The names of all keys."""
        return [key.hex() for key in self._keys]

    def encrypt(self, data: bytes, purpose: str) -> bytes:
        """Return ``data`` encrypted for one ``purpose``.

        Decryption needs the same purpose, so data from one place cannot be passed off
        as data from another.
        """
        salt, aead = self._writing()
        nonce = os.urandom(_NONCE)
        head = _VERSION + self._first + salt + nonce
        return head + aead.encrypt(nonce, data, purpose.encode())

    def decrypt(self, data: bytes, purpose: str) -> bytes:
        """Return what ``encrypt`` was given. Raises CannotDecrypt."""
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
        """Return a hash of ``text`` with the first key, by which it is found again."""
        return _hash(self._mark_keys[0], text)

    def marks(self, text: str) -> list[bytes]:
        """Return the hashes that ``mark`` gives under each of the keys."""
        return [_hash(key, text) for key in self._mark_keys]

    def _writing(self) -> tuple[bytes, AESGCM]:
        """Return this thread's salt and cipher, new after enough messages.

        After a fork a child may go on with its parent's: the nonces are random.
        """
        current = self._current
        if getattr(current, "left", 0) <= 0:
            current.salt = os.urandom(_SALT)
            current.aead = _aead(self._keys[self._first], current.salt)
            current.left = MAX_MESSAGES
        current.left -= 1
        return current.salt, current.aead


@lru_cache(maxsize=1024)
def _aead(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(derived(key, b"encryption", 32, salt))


def derived(key: bytes, use: bytes, length: int, salt: bytes | None = None) -> bytes:
    """Derive bytes for one use from ``key`` (RFC 5869)."""
    info = b"ivrhooks " + use
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


def _hash(key: bytes, text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hmac.digest(key, data, hashlib.sha256)[:MARK_BYTES]
