"""The console's token: given by the environment, else made once and kept in a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

VARIABLE = "IVRHOOKS_CONSOLE_TOKEN"
FILE = "console_token"


def given_token(environ: Mapping[str, str]) -> str:
    """The token of the environment; "" where none is set."""
    return environ.get(VARIABLE, "").strip()


def kept_token(folder: Path) -> str:
    """The token in the data folder, made when missing: the same for all processes,
    whichever is first. Raises OSError."""
    file = folder / FILE
    for _ in range(2):
        token = _read(file)
        if token:
            return token
        _make(file)
    raise OSError(f"{FILE} in the data folder cannot be read")


def _read(file: Path) -> str:
    with suppress(FileNotFoundError):
        return file.read_text("utf-8").strip()
    return ""


def _make(file: Path) -> None:
    """Writes a new token, whole or not at all; where another process was first, its
    token stays."""
    draft = file.with_name(f"{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    try:
        if file.exists() and not _read(file):
            draft.replace(file)  # an empty one helps nobody
        else:
            with suppress(FileExistsError):
                os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
