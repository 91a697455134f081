"""``ivrhooks init``: writes a first configuration."""

from __future__ import annotations

from pathlib import Path

import click

from ivrhooks.authoring.starter.folder import CannotWrite, new_folder
from ivrhooks.cli.report import Result, reported


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@reported
def command(folder: Path) -> Result:
    """Write a configuration that works at once into DIR.

    For example: ivrhooks init my-ivr

    It uses the sandbox until you name your own systems. No file is replaced.
    """
    try:
        files = new_folder(folder)
    except CannotWrite as problem:
        data = {"ok": False, "problem": str(problem)}
        return Result(data, [f"{problem}."], 1)
    names = [str(file) for file in files]
    lines = [
        *(f"wrote {name}" for name in names),
        "",
        f"Check it:  ivrhooks check {folder}",
        f"Test it:   ivrhooks test {folder}",
        f"Serve it:  ivrhooks demo --config {folder}   (with the sandbox)",
    ]
    return Result({"ok": True, "files": names}, lines)
