"""A secret text that is made once and kept in a file that only its owner can read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path


def kept_secret(file: Path) -> str:
    """The text in ``file``, made when missing: the same for all processes, whichever
    is first. Raises OSError."""
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
    """Writes a new text, whole or not at all; where another process was first, its
    text stays."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
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
