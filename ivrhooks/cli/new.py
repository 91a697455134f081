"""``ivrhooks new``: writes one more endpoint, also from a curl line or a sample
answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from ivrhooks.authoring.openapi_import.document import CannotImport, read_document
from ivrhooks.authoring.openapi_import.endpoint import endpoint_from_operation
from ivrhooks.authoring.openapi_import.source import source_of
from ivrhooks.authoring.starter.curl import CannotRead, read_curl
from ivrhooks.authoring.starter.endpoint_file import (
    NewEndpoint,
    endpoint_from_sample,
    plain_endpoint,
)
from ivrhooks.authoring.starter.folder import CannotWrite, write_schemas
from ivrhooks.authoring.starter.from_curl import endpoint_from_curl
from ivrhooks.authoring.starter.root_file import CannotAdd
from ivrhooks.authoring.starter.sources import add_source, http_source
from ivrhooks.cli.folder import find_folder
from ivrhooks.cli.new_file import decisions, write_checked
from ivrhooks.cli.report import Result, reported

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def read_name(ctx: click.Context, param: click.Parameter, name: str) -> str:
    """Return an endpoint's name that is also a valid file name."""
    if not name or any(sign.isspace() or sign in '/\\:*?"<>|' for sign in name):
        raise click.BadParameter(f"'{name}' is no name; write order-status")
    return name


@click.command("new")
@click.argument("endpoint", callback=read_name)
@click.option("--from-curl", "curl", help="The data request, as a curl line.")
@click.option(
    "--from-sample", "sample", type=FILE, help="A customer system's answer in JSON."
)
@click.option(
    "--from-openapi", "openapi", type=FILE, help="A customer system's OpenAPI file."
)
@click.option("--operation", help="Of --from-openapi: the operation's id.")
@click.option("--dir", "folder", metavar="DIR", help="The configuration's folder.")
@reported
def command(
    endpoint: str,
    curl: str | None,
    sample: Path | None,
    openapi: Path | None,
    operation: str | None,
    folder: str | None,
) -> Result:
    """Write one more endpoint, named ENDPOINT.

    For example: ivrhooks new order-status --from-curl "curl https://…"

    No file is replaced.
    """
    if sum(option is not None for option in (curl, sample, openapi)) > 1:
        raise click.UsageError(
            "Give one of --from-curl, --from-sample, --from-openapi."
        )
    if (openapi is None) != (operation is None):
        raise click.UsageError("--from-openapi and --operation go together.")
    root = Path(find_folder(folder))
    try:
        if not (root / "ivrhooks.yaml").is_file():
            raise CannotWrite(f"{root} holds no ivrhooks.yaml; write ivrhooks init DIR")
        made = _make_endpoint(endpoint, curl, sample, openapi, operation, root)
        file = root / "endpoints" / f"{endpoint}.yaml"
        open_points = write_checked(root, file, made)
        write_schemas(root)
    except (CannotRead, CannotWrite, CannotAdd, CannotImport) as problem:
        return Result({"ok": False, "problem": str(problem)}, [str(problem)], 1)
    lines = [f"wrote {file}", *decisions(open_points)]
    lines += ["", f"Check it:  ivrhooks check {root}"]
    data = {
        "ok": True,
        "file": str(file),
        "path": made.path,
        "decide": [
            {"line": point.line, "message": point.message} for point in open_points
        ],
    }
    return Result(data, lines)


def _make_endpoint(
    name: str,
    curl: str | None,
    sample: Path | None,
    openapi: Path | None,
    operation: str | None,
    root: Path,
) -> NewEndpoint:
    if curl is not None:
        return endpoint_from_curl(name, read_curl(curl))
    if sample is not None:
        return endpoint_from_sample(name, http_source(root), _json(sample))
    if openapi is not None and operation is not None:
        document = read_document(openapi)
        source = source_of(document)
        return endpoint_from_operation(
            name, document, operation, add_source(root, source.name, source.entry)
        )
    return plain_endpoint(name)


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except (ValueError, OSError) as error:
        raise CannotRead(f"{file} is no JSON that can be read: {error}") from None
