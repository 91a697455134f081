"""The key that encrypts journal, actions and tokens.

``IVRHOOKS_KEY`` is a text of 32 characters or more, or several of them separated by
commas: the first encrypts, all decrypt. Without it a file in the data folder holds the
key.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.folder import data_folder
from ivrhooks.store.secret_file import secret_of_file

VARIABLE = "IVRHOOKS_KEY"
FILE = "key"
SHORTEST = 32

_HERE = frozenset({"", "localhost", "127.0.0.1", "::1", "[::1]"})


def configured_keys(environ: Mapping[str, str]) -> list[bytes]:
    """Return the keys of the environment, if any. Raises ConfigError."""
    texts = [text.strip() for text in environ.get(VARIABLE, "").split(",")]
    texts = [text for text in texts if text]
    if any(len(text) < SHORTEST for text in texts):
        raise _config_error(
            f"{VARIABLE} holds a key of fewer than {SHORTEST} characters; make one "
            "with: openssl rand -base64 32"
        )
    return [text.encode("utf-8", "surrogateescape") for text in texts]


def own_keys(
    folder: Callable[[], Path] = data_folder,
    environ: Mapping[str, str] | None = None,
) -> list[bytes]:
    """Return the keys of this installation; its key file is created if missing.

    Raises ConfigError for a key that is too short, and OSError where the file is
    unreadable.
    """
    keys = configured_keys(os.environ if environ is None else environ)
    return keys or [secret_of_file(folder() / FILE).encode()]


def open_cipher(
    folder: Callable[[], Path] = data_folder,
    environ: Mapping[str, str] | None = None,
) -> Cipher:
    """Return the cipher of this installation. Raises as ``own_keys`` does."""
    return Cipher(own_keys(folder, environ))


def check_key(store: str, environ: Mapping[str, str] | None = None) -> None:
    """Refuse a ``store`` on another machine without ``IVRHOOKS_KEY``. Raises
    ConfigError.

    A key file would differ from machine to machine.
    """
    keys = configured_keys(os.environ if environ is None else environ)
    if not keys and is_elsewhere(store):
        raise _config_error(
            f"store: is on another machine, and what is kept there needs a key that "
            f"all machines share; set {VARIABLE}, for example to the output of: "
            "openssl rand -base64 32"
        )


def is_elsewhere(store: str) -> bool:
    """Return whether a ``store`` URL names another machine."""
    if not store:
        return False
    from sqlalchemy import make_url  # slow to import, and seldom needed
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(store)
    except ArgumentError:  # `check` reports it in its own words
        return False
    if url.get_backend_name() == "sqlite":
        return False
    hosts = url.query.get("host", url.host or "")
    named = [hosts] if isinstance(hosts, str) else list(hosts)
    names = [name for text in named for name in text.split(",")]
    return any(name not in _HERE and not name.startswith("/") for name in names)


def _config_error(message: str) -> ConfigError:
    return ConfigError([Problem(message)])
