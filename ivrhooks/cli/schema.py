"""``ivrhooks schema``: prints the JSON Schema of the files, for editors."""

from __future__ import annotations

import json

import click

from ivrhooks.authoring.outputs.editor_schema import FILES, editor_schema
from ivrhooks.cli.choice import SuggestingChoice


@click.command("schema")
@click.argument("file", type=SuggestingChoice(tuple(FILES)), default="root")
def command(file: str) -> None:
    """Print the JSON Schema (draft 7) of a file, for an editor.

    For example: ivrhooks schema endpoint > endpoint.schema.json

    FILE is `root` for the root file, or `endpoint` for an endpoint's file. An editor
    with a YAML language server uses it to complete and explain keys and to mark
    mistakes. `ivrhooks init` writes both schemas beside the configuration.
    """
    click.echo(json.dumps(editor_schema(file), ensure_ascii=False, indent=2))
