"""Finds the configuration and the endpoint that a command means."""

from __future__ import annotations

import os
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

import ivrhooks
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration, Plan

USUAL = "configs"
FOLDER = click.Path(file_okay=True, dir_okay=True, path_type=str)


def shipped_folder() -> str:
    """Return the configuration that is installed with the package."""
    return str((Path(ivrhooks.__file__).parent / "configs").resolve())


class NoFolder(click.ClickException):
    """No configuration is given, and there is none at the usual places."""

    exit_code = 4

    def __init__(self) -> None:
        super().__init__(
            "There is no configuration: no --config, no IVRHOOKS_CONFIG and no "
            "./configs. Write one: ivrhooks init configs"
        )


def find_folder(folder: str | None) -> str:
    """Return ``folder``, else IVRHOOKS_CONFIG, else ``./configs``.

    Raises NoFolder, which ends the command with status 4.
    """
    chosen = folder or os.environ.get("IVRHOOKS_CONFIG")
    if chosen:
        return chosen
    if Path(USUAL).is_dir():
        return USUAL
    raise NoFolder


def config_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config DIR``; the command gets ``folder``, which exists, but is not yet
    loaded."""
    return click.option(
        "--config",
        "folder",
        metavar="DIR",
        type=FOLDER,
        help="The configuration's folder. Default: IVRHOOKS_CONFIG, else ./configs.",
        callback=lambda ctx, param, value: (
            value if ctx.resilient_parsing else find_folder(value)
        ),
    )(function)


def folder_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``[DIR]`` and ``--config DIR``; the command gets ``folder``."""

    def choose(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        if not ctx.resilient_parsing:
            ctx.params["folder"] = value or find_folder(ctx.params.get("folder"))

    argument = click.argument(
        "positional",
        metavar="[DIR]",
        required=False,
        type=FOLDER,
        expose_value=False,
        callback=choose,
    )
    option = click.option(
        "--config",
        "folder",
        metavar="DIR",
        type=FOLDER,
        is_eager=True,
        help="The same as DIR. Default: IVRHOOKS_CONFIG, else ./configs.",
    )
    return argument(option(function))


def load_plan(folder: str, endpoint: str) -> tuple[Configuration, Plan]:
    """Return the loaded configuration and the plan of ``endpoint``, a name or a path.

    Raises ConfigError, and a usage error with the nearest name where there is none.
    """
    configuration = load(folder)
    plan = configuration.by_name(endpoint) or configuration.plans.get(endpoint)
    if plan is None:
        raise click.UsageError(no_such_endpoint(endpoint, configuration))
    return configuration, plan


def no_such_endpoint(endpoint: str, configuration: Configuration) -> str:
    """Return the message for an unknown endpoint, with the nearest name."""
    names = [plan.endpoint for plan in configuration.plans.values()]
    near = get_close_matches(endpoint, names, n=1, cutoff=0.5)
    if near:
        return f"There is no endpoint '{endpoint}'. Did you mean '{near[0]}'?"
    known = ", ".join(sorted(names)) or "none"
    return f"There is no endpoint '{endpoint}'. There are: {known}."
