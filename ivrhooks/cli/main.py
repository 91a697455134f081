"""The command line: finds a verb and runs it.

A verb's module is imported when it is used, so that ``serve`` never imports what only
``sandbox`` needs.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

import click
from click.shell_completion import CompletionItem

import ivrhooks
from ivrhooks.cli.verbosity import set_verbosity

VERBS: Mapping[str, str] = MappingProxyType(
    {
        "demo": "Start sandbox, server and console here, and say what to try.",
        "serve": "Answer the IVR, until Ctrl-C or SIGTERM.",
        "sandbox": "Imitate the customer systems, alone.",
        "check": "Say what is wrong with a configuration.",
        "test": "Run the `tests:` of all endpoints of a configuration.",
        "routes": "List what a configuration serves.",
        "probe": "Ask a server as the IVR would, and show the answer.",
        "ask": "Ask one source one question: can it be reached, and what does it say?",
        "explain": "Show each step of an answer, and every value's origin.",
        "sheet": "Print what to type into the call centre's API settings.",
        "openapi": "Print the contracts of a configuration as OpenAPI 3.1, in JSON.",
        "doctor": "Try what a configuration needs: sources, store, clock, files.",
        "diff": "Tell what changes for the IVR from OLD to NEW.",
        "replay": "Answer recorded data requests once more, by another configuration.",
        "simulate": "Make a call as the flow would, each data request of FILE in turn.",
        "freeze": "Write `contract.lock`; while it is there, breaks are refused.",
        "pack": "Write a signed test pack of ENDPOINT, or verify one.",
        "requests": "List the data requests that the journal keeps, the newest first.",
        "forget": "Remove CALLER from journal, delivered actions and all caches.",
        "schema": "Print the JSON Schema (draft 7) of a file, for an editor.",
        "init": "Write a configuration that works at once into DIR.",
        "new": "Write one more endpoint, named ENDPOINT.",
        "import-openapi": "Add a source, and lookups for its GET operations.",
        "worker": "Deliver actions that servers have stored, until Ctrl-C or SIGTERM.",
        "outbox": "Look into the outbox: what waits, what is dead, and why.",
        "completion": "Print the script by which SHELL completes `ivrhooks`.",
        "help": "Print the help of VERB, or of all verbs.",
        "version": "Print the version.",
    }
)
"""The verbs in the order of the help, each with its first line.

The help of all verbs is printed without importing their modules.
"""


class Verbs(click.Group):
    """A click group whose commands are those of VERBS, in that order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = f"ivrhooks.cli.{cmd_name.replace('-', '_')}"
        command: click.Command = importlib.import_module(module).command
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[CompletionItem]:
        verbs = [
            CompletionItem(name, help=text)
            for name, text in VERBS.items()
            if name.startswith(incomplete)
        ]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        verb = args[0] if args else ""
        if verb and not verb.startswith("-") and verb not in VERBS:
            near = get_close_matches(verb, VERBS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{verb}'.{hint}")
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

    Shell completion: ivrhooks completion bash (or zsh, fish).
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    set_verbosity(ctx, verbose, ctx.invoked_subcommand)
