"""Signs files of this installation, and checks such signatures.

The scheme is Ed25519. The signing key is derived from the key in the data folder or
``IVRHOOKS_KEY``, so nothing else has to be stored. The public key may be given to
anybody.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from ivrhooks.store.cipher import derived
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import FILE, configured_keys, own_keys

_PREFIX = "ed25519:"


class Signer:
    """A signing key. ``public``: its public key as text."""

    def __init__(self, key: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derived(key, b"signing", 32))
        self.public = _PREFIX + _text(self._key.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"<Signer {self.public}>"

    def sign(self, data: bytes) -> str:
        """Return the signature of ``data``."""
        return _text(self._key.sign(data))


def open_signer(
    folder: Callable[[], Path] = data_folder,
    environ: Mapping[str, str] | None = None,
) -> Signer:
    """Return the signer of this installation. Raises as ``own_keys`` does."""
    return Signer(own_keys(folder, environ)[0])


def own_public_keys(
    folder: Callable[[], Path] = data_folder,
    environ: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the public keys of this installation; empty where it has no key yet.

    Creates no key. Raises as ``own_keys`` does.
    """
    variables = os.environ if environ is None else environ
    if not configured_keys(variables) and not (folder() / FILE).exists():
        return []
    return [Signer(key).public for key in own_keys(folder, variables)]


def is_signed(data: bytes, signature: str, public: str) -> bool:
    """Return whether ``signature`` is that of the key ``public`` over ``data``.

    Malformed signatures and keys count as wrong.
    """
    try:
        raw = base64.b64decode(public.removeprefix(_PREFIX), validate=True)
        key = Ed25519PublicKey.from_public_bytes(raw)
        key.verify(base64.b64decode(signature, validate=True), data)
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return public.startswith(_PREFIX)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
