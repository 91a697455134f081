"""Checks what a server needs on this machine: store, Redis, key, file modes, time
zones."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from ivrhooks.authoring.doctor.findings import GREEN, RED, YELLOW, Finding
from ivrhooks.basics.errors import ConfigError
from ivrhooks.basics.time_zones import iana_version
from ivrhooks.config.plan import Configuration
from ivrhooks.journal.query import Journal
from ivrhooks.journal.tables import journal_url
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.console_token import MAKE_ONE, SHORT, configured_token, is_short
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import check_key, open_cipher
from ivrhooks.store.shared import Shared


def machine_findings(
    configuration: Configuration, folder: Callable[[], Path] = data_folder
) -> list[Finding]:
    """Return the findings about everything but the sources."""
    return [
        *_store(configuration, folder),
        *_redis(configuration.shared_cache, folder),
        *_modes(folder),
        *_token(),
        _zones(),
    ]


def _store(
    configuration: Configuration, folder: Callable[[], Path]
) -> Iterator[Finding]:
    try:
        check_key(configuration.store)
        cipher: Cipher = open_cipher(folder)
        url = journal_url(configuration.store, folder())
    except ConfigError as error:
        message = error.problems[0].message
        yield Finding(
            RED, "store", message, "set IVRHOOKS_KEY, the same on each machine"
        )
        return
    except OSError as error:
        yield Finding(
            RED,
            "store",
            f"the data folder cannot be used: {error.strerror}",
            "make IVRHOOKS_DATA a folder that this user may write",
        )
        return
    journal = Journal(url, cipher)
    try:
        good = journal.answers()
    finally:
        journal.close()
    if good:
        yield Finding(GREEN, "store", "the store answers")
    else:
        yield Finding(
            RED,
            "store",
            "the store is down or cannot be read",
            "check store: in the root file, and that its database runs",
        )


def _redis(url: str, folder: Callable[[], Path]) -> Iterator[Finding]:
    if not url:
        return
    try:
        cipher = open_cipher(folder)
    except (ConfigError, OSError):  # the store's finding says so
        return
    unknown = asyncio.run(_unknown_keys(url, cipher))
    if unknown is None:
        yield Finding(
            YELLOW,
            "shared_cache",
            "Redis does not answer; each process keeps its own cache until it does",
            "check shared_cache: in the root file, and that Redis runs",
        )
    elif unknown:
        yield Finding(
            YELLOW,
            "shared_cache",
            "another machine shares this Redis with another key: neither reads the "
            "other's results and tokens",
            "set the same IVRHOOKS_KEY on every machine",
        )
    else:
        yield Finding(GREEN, "shared_cache", "Redis answers")


async def _unknown_keys(url: str, cipher: Cipher) -> frozenset[str] | None:
    """Return the keys of others in Redis; None where it does not answer."""
    shared = Shared(url, cipher)
    try:
        unknown = await shared.unknown_keys(name_own=False)
        return unknown if shared.up else None
    finally:
        await shared.close()


def _modes(folder: Callable[[], Path]) -> Iterator[Finding]:
    """Check that the data folder and all in it belong to the server's user alone."""
    root = folder()
    for path in (root, *sorted(root.iterdir())):
        mode = stat.S_IMODE(os.stat(path).st_mode)
        if mode & 0o077:
            safe_mode = "700" if path.is_dir() else "600"
            yield Finding(
                YELLOW,
                f"files.{path.name}",
                f"others may read it (mode {mode:03o})",
                f"chmod {safe_mode} {path}",
            )


def _token() -> Iterator[Finding]:
    """Warn of a console token that is short enough to be guessed."""
    if is_short(configured_token(os.environ)):
        yield Finding(YELLOW, "console", SHORT, MAKE_ONE)


def _zones() -> Finding:
    version = iana_version()
    if not version:
        return Finding(
            YELLOW,
            "time zones",
            "no version of the time zones' table is known; calendars may be off",
            "pip install tzdata",
        )
    return Finding(GREEN, "time zones", f"IANA {version}")
