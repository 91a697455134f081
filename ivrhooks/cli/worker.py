"""``ivrhooks worker``: delivers actions, beside servers or in their place."""

from __future__ import annotations

import sys

import click

from ivrhooks.actions.interface import CONCURRENCY
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.verbosity import server_level, verbose_option
from ivrhooks.server.delivery_worker import work


@click.command("worker")
@config_option
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=CONCURRENCY,
    show_default=True,
    help="How many actions of each source are delivered at once.",
)
@verbose_option
@click.pass_context
def command(ctx: click.Context, folder: str, concurrency: int) -> None:
    """Deliver actions that servers have stored, until Ctrl-C or SIGTERM.

    For example: ivrhooks worker --config configs --concurrency 16

    Any number of workers may run, on other machines too where `store:` is a database.
    `ivrhooks serve` delivers by itself, unless it was started with --no-worker; beside
    `gunicorn wsgi:app` a worker is needed.
    """
    sys.exit(work(folder, concurrency, server_level(ctx)))
