"""Prints for whoever started a server where the console is, or how to switch it on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from ivrhooks.config.plan import Configuration
from ivrhooks.console.link import link
from ivrhooks.server.pages.address import url_of
from ivrhooks.store.console_token import (
    MAKE_ONE,
    SHORT,
    configured_token,
    is_short,
    stored_token,
)
from ivrhooks.store.folder import data_folder

OFF = (
    "off; write console: {enabled: true} into ivrhooks.yaml, "
    "or set IVRHOOKS_CONSOLE_TOKEN"
)


def announce_console(
    configuration: Configuration,
    listeners: Iterable[Any],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Print the console's link, where the console is switched on.

    A token from the environment is never printed: whoever set it knows it. Where the
    console is off, a terminal gets a line on how to switch it on.
    """
    configured = configured_token(environ)
    if is_short(configured):
        _print(f"{SHORT}; make one by {MAKE_ONE}")
    if not (configured or configuration.console.enabled):
        if sys.stdout.isatty():
            _print(OFF)
        return
    try:
        token = "" if configured else stored_token(data_folder())
    except OSError:
        return  # each worker logs it
    names = (listener.getsockname() for listener in listeners)
    for name in names:
        if isinstance(name, tuple):  # not a Unix socket
            _print(link(url_of(str(name[0]), name[1]), token))
            return


def _print(text: str) -> None:
    sys.stdout.write(f"Console: {text}\n")
    sys.stdout.flush()
