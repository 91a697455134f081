"""``ivrhooks import-openapi``: adds a source and its lookups from an OpenAPI file."""

from __future__ import annotations

import re
from pathlib import Path

import click

from ivrhooks.authoring.openapi_import.document import CannotImport, read_document
from ivrhooks.authoring.openapi_import.endpoint import endpoint_from_operations
from ivrhooks.authoring.openapi_import.source import source_of
from ivrhooks.authoring.starter.endpoint_file import NewEndpoint
from ivrhooks.authoring.starter.folder import CannotWrite, write_schemas
from ivrhooks.authoring.starter.root_file import CannotAdd
from ivrhooks.authoring.starter.sources import add_source
from ivrhooks.basics.errors import Problem
from ivrhooks.cli.folder import find_folder
from ivrhooks.cli.new_file import decisions, write_checked
from ivrhooks.cli.report import Result, counted, reported


def read_name(ctx: click.Context, param: click.Parameter, name: str) -> str:
    """Return the name of the source, which the new endpoint has too."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise click.BadParameter(f"'{name}' is no name; write shop")
    return name


@click.command("import-openapi")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--source", required=True, callback=read_name, help="The new source's name."
)
@click.option("--dir", "folder", metavar="DIR", help="The configuration's folder.")
@reported
def command(file: Path, source: str, folder: str | None) -> Result:
    """Add a source, and lookups for its GET operations.

    For example: ivrhooks import-openapi shop.yaml --source shop

    The source is of kind http. A new endpoint has one lookup for each operation.
    Everything in ivrhooks.yaml stays, comments included. No file is replaced.
    """
    root = Path(find_folder(folder))
    target = root / "endpoints" / f"{source}.yaml"
    try:
        if not (root / "ivrhooks.yaml").is_file():
            raise CannotWrite(f"{root} holds no ivrhooks.yaml; write ivrhooks init DIR")
        if target.exists():
            raise CannotWrite(f"{target} is there already; choose another --source")
        document = read_document(file)
        imported = source_of(document, source)
        made = endpoint_from_operations(source, document, source)
        before = (root / "ivrhooks.yaml").read_text("utf-8")
        add_source(root, source, imported.entry)
        open_points = _write_checked(root, target, made, before)
        write_schemas(root)
    except (CannotWrite, CannotAdd, CannotImport) as problem:
        return Result({"ok": False, "problem": str(problem)}, [str(problem)], 1)
    lines = [
        f"wrote {target}: {counted(len(made.lookups), 'lookup')}",
        f"added the source {source} to {root / 'ivrhooks.yaml'}",
        *(f"Set {name} in the environment." for name in imported.variables),
        *decisions(open_points),
        "",
        f"Check it:  ivrhooks check {root}",
    ]
    data = {
        "ok": True,
        "source": source,
        "file": str(target),
        "lookups": list(made.lookups),
        "variables": list(imported.variables),
        "decide": [
            {"line": point.line, "message": point.message} for point in open_points
        ],
    }
    return Result(data, lines)


def _write_checked(
    root: Path, file: Path, made: NewEndpoint, before: str
) -> tuple[Problem, ...]:
    """Do the same as ``write_checked``; if the endpoint is refused, remove its source
    too."""
    try:
        return write_checked(root, file, made)
    except CannotWrite:
        (root / "ivrhooks.yaml").write_text(before, "utf-8")
        raise
