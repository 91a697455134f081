"""``ivrhooks serve``: runs the webhook server in the foreground."""

from __future__ import annotations

import sys

import click

from ivrhooks.cli.folder import config_option
from ivrhooks.cli.verbosity import log_option, server_level, verbose_option
from ivrhooks.server.gunicorn_app import serve


@click.command("serve")
@config_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Which port to listen on.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="How many processes answer.",
)
@click.option(
    "--no-worker",
    is_flag=True,
    help="Store actions, and leave their delivery to `ivrhooks worker`.",
)
@verbose_option
@log_option
@click.pass_context
def command(
    ctx: click.Context,
    folder: str,
    host: str,
    port: int,
    workers: int,
    no_worker: bool,
) -> None:
    """Answer the IVR, until Ctrl-C or SIGTERM.

    For example: ivrhooks serve --config configs --host 0.0.0.0

    The server sends the answers under way before it ends. It stores and delivers
    actions; with --no-worker it only stores them.
    """
    level = server_level(ctx)
    sys.exit(serve(folder, host, port, workers, level, delivers=not no_worker))
