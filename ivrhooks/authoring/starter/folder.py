"""Writes a new configuration folder, and new files in one; none is replaced."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path

from ivrhooks.authoring.outputs.editor_schema import FILES, editor_schema

SCHEMAS = ".schema"
NEW = ("ivrhooks.yaml", "endpoints/vip-routing.yaml")
"""The files of a new folder; they are installed with the package."""


class CannotWrite(Exception):
    """A file exists already or cannot be written; the message says which."""


def new_folder(folder: Path) -> list[Path]:
    """Write a configuration that passes ``check`` and ``test``; return its files.

    Raises CannotWrite before it writes anything, where one of the files exists.
    """
    template = files("ivrhooks.authoring.starter").joinpath("template")
    texts = {folder / name: template.joinpath(name).read_text("utf-8") for name in NEW}
    for file in texts:
        if file.exists():
            raise CannotWrite(f"{file} is there already; name another folder")
    for file, text in texts.items():
        write_new(file, text)
    return [*texts, *write_schemas(folder)]


def write_schemas(folder: Path) -> list[Path]:
    """Write the editor's schemas of this version beside a configuration."""
    written = []
    for name in FILES:
        file = folder / SCHEMAS / f"{name}.json"
        text = json.dumps(editor_schema(name), ensure_ascii=False, indent=1) + "\n"
        _write(file, text, "w")
        written.append(file)
    return written


def write_new(file: Path, text: str) -> None:
    """Write a file that does not exist yet. Raises CannotWrite."""
    try:
        _write(file, text, "x")
    except FileExistsError:
        raise CannotWrite(f"{file} is there already; name another endpoint") from None


def _write(file: Path, text: str, mode: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open(mode, encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        if not file.is_file():
            message = f"{file.parent} is no folder; name another one"
            raise CannotWrite(message) from None
        raise
    except OSError as error:
        raise CannotWrite(
            f"{file} cannot be written: {os.strerror(error.errno or 0)}"
        ) from None
