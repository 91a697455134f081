"""``ivrhooks worker``: delivers actions, beside servers or instead of them."""

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

    Any number of workers may run, on several machines if `store:` is a database.
    `ivrhooks serve` delivers actions itself, unless it was started with --no-worker.
    `gunicorn wsgi:app` needs a worker beside it.
    """
    sys.exit(work(folder, concurrency, server_level(ctx)))
