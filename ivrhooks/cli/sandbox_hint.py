"""Prints a hint that the sandbox is not running, beside an error caused by that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

import click

from ivrhooks.config.compile.source.sources import SANDBOX_URL, SANDBOX_VARIABLE
from ivrhooks.sources.interface import SourceSettings


def hint_at_sandbox(
    sources: Iterable[SourceSettings],
    errors: Iterable[str],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Print on standard error that the sandbox is not running.

    It does so where one of ``sources`` uses the sandbox and a connection was refused.
    """
    sandbox = environ.get(SANDBOX_VARIABLE) or SANDBOX_URL
    uses_sandbox = any(settings.base_url.startswith(sandbox) for settings in sources)
    address = sandbox.partition("://")[2].partition(":")[2].rstrip("/")
    if uses_sandbox and any("refused" in text and address in text for text in errors):
        click.echo("The sandbox is not running. Start it: ivrhooks sandbox", err=True)
