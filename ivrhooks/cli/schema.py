"""``ivrhooks schema``: JSON Schema of the files, for completion in an editor."""

from __future__ import annotations

import json

import click

from ivrhooks.authoring.outputs.editor_schema import FILES, editor_schema
from ivrhooks.cli.word import Word


@click.command("schema")
@click.argument("file", type=Word(tuple(FILES)), default="root")
def command(file: str) -> None:
    """Print the JSON Schema (draft 7) of a file, for an editor.

    For example: ivrhooks schema endpoint > endpoint.schema.json

    FILE is `root`, the root file, or `endpoint`, an endpoint's. An editor with a
    YAML language server completes and explains keys by it, and marks what is wrong.
    `ivrhooks init` writes both beside the configuration.
    """
    click.echo(json.dumps(editor_schema(file), ensure_ascii=False, indent=2))
