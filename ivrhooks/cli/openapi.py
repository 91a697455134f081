"""``ivrhooks openapi``: prints the contracts of all endpoints as OpenAPI 3.1."""

from __future__ import annotations

import json

import click

from ivrhooks.authoring.contract import contract_of
from ivrhooks.authoring.outputs.openapi import openapi
from ivrhooks.cli.folder import folder_argument
from ivrhooks.cli.report import Result, reported
from ivrhooks.config.loader import load


@click.command("openapi")
@click.option(
    "--url",
    default="",
    metavar="URL",
    help="The server's address, as the IVR reaches it. Default: that of the document.",
)
@folder_argument
@reported
def command(url: str, folder: str) -> Result:
    """Print the contracts of a configuration as OpenAPI 3.1, in JSON.

    For example: ivrhooks openapi configs > openapi.json
    """
    configuration = load(folder)
    contracts = [contract_of(plan, url) for plan in configuration.plans.values()]
    document = openapi(contracts, version=configuration.fingerprint)
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return Result(document, text.splitlines(), document=True)
