"""Reads ``name=value`` arguments: the inputs and headers of a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

import click

from ivrhooks.cli.complete import complete_endpoints, complete_inputs
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.config.sobot_fields import EXAMPLE

_HEADER = re.compile(r"(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[=:](?P<value>[^\r\n]*)")


def read_pairs(
    ctx: click.Context, param: click.Parameter, texts: Sequence[str]
) -> list[tuple[str, str]]:
    """Return ``name=value`` texts as pairs. Names and values may hold blanks, values
    also ``=``."""
    return [read_pair(text) for text in texts]


def read_pair(text: str) -> tuple[str, str]:
    """Return one ``name=value`` text as a pair. Raises BadParameter."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise click.BadParameter(
            f"'{text}' is not name=value, for example tel=13800000001"
        )
    return name, value


def read_headers(
    ctx: click.Context, param: click.Parameter, texts: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the ``name=value`` texts of headers as pairs; curl's ``Name: value`` works
    too."""
    pairs = []
    for text in texts:
        match = _HEADER.fullmatch(text)
        if match is None:
            raise click.BadParameter(
                f"'{text}' is not name=value with a header's name, for example "
                "X-Api-Key=secret"
            )
        pairs.append((match["name"], match["value"].strip()))
    return pairs


def inputs_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument ``name=value…``; the command gets ``inputs``, a list of
    pairs."""
    return click.argument(
        "inputs",
        metavar="[NAME=VALUE]...",
        nargs=-1,
        callback=read_pairs,
        shell_complete=complete_inputs,
    )(function)


def endpoint_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the argument ``ENDPOINT``, which the shell completes."""
    return click.argument("endpoint", shell_complete=complete_endpoints)(function)


def headers_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option ``-H name=value``; the command gets ``headers``, a list of
    pairs."""
    return click.option(
        "-H",
        "--header",
        "headers",
        metavar="NAME=VALUE",
        multiple=True,
        callback=read_headers,
        help="A header to send. Those with `equals` are filled in.",
    )(function)


def refuse_unknown_endpoint(configuration: Configuration, endpoint: str) -> None:
    """End the command where there is no such endpoint; the message has the nearest
    name."""
    known = [plan.endpoint for plan in configuration.plans.values()]
    if endpoint and endpoint not in known:
        near = get_close_matches(endpoint, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(f"There is no endpoint '{endpoint}'.{hint}")


def warn_of_undeclared(plan: Plan, pairs: Sequence[tuple[str, str]]) -> None:
    """Print on standard error which inputs the endpoint ignores.

    They are often misspelt, and the server says nothing about them.
    """
    known = [parameter.name for parameter in plan.inputs]
    for name, _ in pairs:
        if name in known or name in EXAMPLE:
            continue
        near = get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        click.echo(
            f"'{name}' is no input of {plan.endpoint} and is ignored.{hint}", err=True
        )
