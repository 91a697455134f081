"""The command line's front door: finds the verb that was asked for and runs it.

A verb's module is loaded when it is wanted, so that ``serve`` never loads what only
``sandbox`` needs.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

import click

import ivrhooks
from ivrhooks.cli.verbosity import set_verbosity

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "ivrhooks.cli.demo",
        "serve": "ivrhooks.cli.serve",
        "sandbox": "ivrhooks.cli.sandbox",
        "check": "ivrhooks.cli.check",
        "test": "ivrhooks.cli.test",
        "routes": "ivrhooks.cli.routes",
        "probe": "ivrhooks.cli.probe",
        "explain": "ivrhooks.cli.explain",
        "sheet": "ivrhooks.cli.sheet",
        "openapi": "ivrhooks.cli.openapi",
        "diff": "ivrhooks.cli.diff",
        "simulate": "ivrhooks.cli.simulate",
        "schema": "ivrhooks.cli.schema",
        "init": "ivrhooks.cli.init",
        "new": "ivrhooks.cli.new",
        "import-openapi": "ivrhooks.cli.import_openapi",
    }
)


class Verbs(click.Group):
    """A click group whose commands are found in VERBS, in that order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = VERBS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        asked = args[0] if args else ""
        if asked and not asked.startswith("-") and asked not in VERBS:
            near = get_close_matches(asked, VERBS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{asked}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 88},
)
@click.version_option(ivrhooks.__version__, "-V", "--version", prog_name="ivrhooks")
@click.option(
    "-v",
    "--verbose",
    count=True,
    help="Say more on standard error; -vv says everything.",
)
@click.pass_context
def main(ctx: click.Context, verbose: int) -> None:
    """The web server that an IVR asks in the middle of a phone call.

    New here? `ivrhooks demo` starts everything on this machine.

    Shell completion: _IVRHOOKS_COMPLETE=bash_source ivrhooks (or zsh_source,
    fish_source) prints the script to source.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    set_verbosity(ctx, verbose, ctx.invoked_subcommand)
