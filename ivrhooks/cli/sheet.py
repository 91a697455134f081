"""``ivrhooks sheet``: prints what to type into the call centre's API settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import click

from ivrhooks.authoring.contract import contract_of
from ivrhooks.authoring.outputs.sheet import PLACEHOLDER, Section, Sheet, sheet_of
from ivrhooks.cli.arguments import endpoint_argument
from ivrhooks.cli.choice import SuggestingChoice
from ivrhooks.cli.folder import config_option, load_plan
from ivrhooks.cli.report import Result, reported, table
from ivrhooks.languages.catalogue import LANGUAGES


@click.command("sheet")
@endpoint_argument
@click.option(
    "--lang",
    "language",
    type=SuggestingChoice(LANGUAGES),
    default="en",
    show_default=True,
    help="English, Chinese or Vietnamese.",
)
@click.option(
    "--url",
    default=PLACEHOLDER,
    show_default=True,
    help="The address at which the call centre reaches the server.",
)
@config_option
@reported
def command(endpoint: str, language: str, url: str, folder: str) -> Result:
    """Print what to type into the call centre's API settings.

    For example: ivrhooks sheet vip-routing --lang zh

    ENDPOINT is an endpoint's name or path; the System API's name is `system`. The sheet
    says where a secret is found, and never shows its value.
    """
    configuration, plan = load_plan(folder, endpoint)
    contract = contract_of(plan, url)
    sheet = sheet_of(contract, language, configuration.caller)
    return Result(dataclasses.asdict(sheet), list(lines(sheet)))


def lines(sheet: Sheet) -> Iterator[str]:
    """Yield the sheet as text lines."""
    yield click.style(sheet.title, bold=True)
    yield from ("", *sheet.notes)
    for section in sheet.sections:
        yield from ("", *_section_lines(section))


def _section_lines(section: Section) -> Iterator[str]:
    yield click.style(section.title, bold=True)
    yield from (f"  {note}" for note in section.notes)
    if section.rows and section.header:
        shown = table(section.rows, section.header)
    else:
        shown = table(section.rows, ("", ""))[1:] if section.rows else []
    yield from (f"  {line}" for line in shown)
    yield from (f"  {line}".rstrip() for line in section.code.splitlines())
