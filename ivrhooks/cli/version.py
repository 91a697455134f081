"""``ivrhooks version``: prints this version and the versions that it runs on."""

from __future__ import annotations

import platform

import click

import ivrhooks
from ivrhooks.cli.report import Result, reported


@click.command("version")
@reported
def command() -> Result:
    """Print the version.

    For example: ivrhooks version --json
    """
    python = platform.python_version()
    data = {"ok": True, "version": ivrhooks.__version__, "python": python}
    return Result(data, [f"ivrhooks {ivrhooks.__version__} (Python {python})"])
