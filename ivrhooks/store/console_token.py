"""The console's token: given by the environment, else made once and kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ivrhooks.store.secret_file import secret_of_file

VARIABLE = "IVRHOOKS_CONSOLE_TOKEN"
FILE = "console_token"
LONG_ENOUGH = 16
"""Characters of a token from which on nobody guesses it."""

SHORT = f"{VARIABLE} has fewer than {LONG_ENOUGH} characters, so it can be guessed"
MAKE_ONE = "openssl rand -hex 16"
"""What makes a better one."""


def configured_token(environ: Mapping[str, str]) -> str:
    """The token of the environment; "" where none is set."""
    return environ.get(VARIABLE, "").strip()


def is_short(token: str) -> bool:
    """Whether a token that is set can be guessed."""
    return 0 < len(token) < LONG_ENOUGH


def stored_token(folder: Path) -> str:
    """The token in the data folder, made when missing: the same for all processes,
    whichever is first. Raises OSError."""
    return secret_of_file(folder / FILE)
