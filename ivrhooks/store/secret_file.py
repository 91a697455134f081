"""A random secret that is created once, in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def secret_of_file(file: Path) -> str:
    """Return the secret in ``file``, created if missing. Raises OSError.

    It is the same for all processes, whichever creates it.
    """
    for _ in range(2):
        text = _read(file)
        if text:
            return text
        _make(file)
    raise OSError(f"{file.name} in the data folder cannot be read")


def _read(file: Path) -> str:
    with suppress(FileNotFoundError):
        return file.read_text("utf-8").strip()
    return ""


def _make(file: Path) -> None:
    """Write a new secret atomically; where another process was faster, its secret
    stays."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    try:
        if file.exists() and not _read(file):
            draft.replace(file)  # replaces an empty file, which holds no secret
        else:
            with suppress(FileExistsError):
                os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)
