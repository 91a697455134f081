"""``ivrhooks freeze``: what the IVR relies on, held fast."""

from __future__ import annotations

from pathlib import Path

import click

from ivrhooks.authoring.freeze import CannotFreeze, freeze
from ivrhooks.cli.folder import folder_argument
from ivrhooks.cli.report import Result, reported


@click.command("freeze")
@folder_argument
@reported
def command(folder: str) -> Result:
    """Write `contract.lock`; while it is there, breaks are refused.

    For example: ivrhooks freeze configs

    It holds endpoints, parameters, outputs, types and defaults. `check` and a reload
    refuse a configuration that breaks it, and name the IVR nodes that it would hit.
    Freeze anew to accept a change; delete the file to end it.
    """
    try:
        file = freeze(Path(folder))
    except CannotFreeze as problem:
        return Result({"ok": False, "problem": str(problem)}, [str(problem)], 1)
    return Result({"ok": True, "file": str(file)}, [f"wrote {file}"])
