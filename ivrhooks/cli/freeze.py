"""``ivrhooks freeze``: records the contract on which the IVR relies."""

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

    The file holds endpoints, parameters, outputs, types and defaults. `check` and a
    reload refuse a configuration that breaks them, and name the affected IVR nodes. Run
    it again to accept a change; delete the file to stop the checks.
    """
    try:
        file = freeze(Path(folder))
    except CannotFreeze as problem:
        return Result({"ok": False, "problem": str(problem)}, [str(problem)], 1)
    return Result({"ok": True, "file": str(file)}, [f"wrote {file}"])
