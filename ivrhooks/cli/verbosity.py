"""``-v``, before the verb or after it: how much a command logs on standard error."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from ivrhooks.basics.log.telemetry import FORM_VARIABLE, FORMS, configure_logging

SERVERS = frozenset({"serve", "sandbox", "demo"})
"""The verbs that log each data request even without -v."""


def verbose_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``-v`` to a verb; it adds to the one before the verb."""
    return click.option(
        "-v",
        "--verbose",
        count=True,
        expose_value=False,
        callback=_count,
        help="Say more on standard error; -vv says everything.",
    )(function)


def set_verbosity(ctx: click.Context, count: int, verb: str | None) -> None:
    """Store how often -v was given, and configure logging for verbs that are no
    servers."""
    ctx.obj = count
    if verb not in SERVERS:
        configure_logging(("WARNING", "INFO", "DEBUG")[min(count, 2)])


def log_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--log`` to a server; its processes read it from the environment."""
    return click.option(
        "--log",
        type=click.Choice(FORMS),
        expose_value=False,
        callback=_log,
        help="One short line each, or JSON; by itself short on a terminal alone.",
    )(function)


def _log(ctx: click.Context, param: click.Parameter, form: str | None) -> None:
    if form is not None and not ctx.resilient_parsing:
        os.environ[FORM_VARIABLE] = form


def server_level(ctx: click.Context) -> str:
    """Return the level of a server's log, which is INFO by default."""
    return "DEBUG" if ctx.obj else "INFO"


def _count(ctx: click.Context, param: click.Parameter, count: int) -> None:
    if count and not ctx.resilient_parsing:
        before = ctx.obj if isinstance(ctx.obj, int) else 0
        set_verbosity(ctx, before + count, ctx.info_name)
