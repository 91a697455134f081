"""``ivrhooks sandbox``: imitates the customer systems."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from ivrhooks.cli.compare_sandbox import verified
from ivrhooks.cli.folder import FOLDER
from ivrhooks.cli.report import show
from ivrhooks.cli.verbosity import verbose_option
from ivrhooks.sources.sandboxkit.server import serve_sandbox

NUMBERS = (
    ("0001", "a VIP", "sobot"),
    ("0002", "a blacklisted customer", "sobot"),
    ("0009", "an unknown caller", "all"),
    ("0101", "a slow answer (1,500 ms)", "all"),
    ("0102", "an answer that drips", "all"),
    ("0103", "status 500", "all"),
    ("0104", "a body that is no JSON", "all"),
    ("0105", "no answer at all", "all"),
    ("0106", "a connection that is reset", "all"),
    ("0107", "two customers on one number", "sobot"),
)
"""The last four digits of a number, what they force, and in which system."""


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8090,
    show_default=True,
    help="Which port to listen on.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--data",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="YAML or JSON; its records replace the shipped ones.",
)
@click.option(
    "--numbers", is_flag=True, help="Print the telephone numbers with a meaning."
)
@click.option(
    "--verify-against",
    "folder",
    metavar="DIR",
    type=FOLDER,
    help="Serve nothing: ask the systems of DIR and the sandbox the same harmless "
    "reads, and say where the shapes of their answers differ.",
)
@click.option(
    "--number",
    "known",
    metavar="N",
    multiple=True,
    help="With --verify-against: a customer's number that the real systems know.",
)
@click.option(
    "--record",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --verify-against: keep the real answers, masked, as a file for --data.",
)
@click.option("--json", "as_json", is_flag=True, help="With --verify-against: JSON.")
@click.option("--fd", "descriptor", metavar="N", type=int, hidden=True)
@verbose_option
def command(
    port: int,
    host: str,
    descriptor: int | None,
    data: str | None,
    numbers: bool,
    folder: str | None,
    known: Sequence[str],
    record: Path | None,
    as_json: bool,
) -> None:
    """Imitate the customer systems, alone.

    For example: ivrhooks sandbox --port 8090

    They are at /sobot, /omicrm, /bangwo8 and /meiqia. Runs until Ctrl-C or SIGTERM. Do
    not use it for real callers.

    With --verify-against the exit status is 0 if no shape differs, and 1 if one does or
    a real system gave no answer.
    """
    if numbers:
        click.echo("\n".join(number_lines()))
        return
    if folder is not None:
        result = verified(folder, known, record)
        show(result, as_json=as_json)
        sys.exit(result.status)
    if known or record or as_json:
        raise click.UsageError(
            "--number, --record and --json need --verify-against DIR"
        )
    sys.exit(serve_sandbox(host, port, data, descriptor))


def number_lines() -> list[str]:
    """Return the magic numbers, one a line."""
    rows = [
        f"  …{digits}  {meaning:<28}  {where}" for digits, meaning, where in NUMBERS
    ]
    return [
        "A telephone number that ends in these digits, and is not in the data, gives:",
        *rows,
    ]
