"""Shell completion: endpoints of the configuration, their inputs and enum values.

Completion never fails and never prints. An unreadable configuration gives no
suggestions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from ivrhooks.config.loader import examine
from ivrhooks.config.parameter import Parameter
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.config.reading.placeholder_environ import PlaceholderEnviron
from ivrhooks.sources.catalogue import KINDS


def complete_endpoints(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the endpoints whose name begins with the text, with their description."""
    configuration = _configuration(ctx)
    if configuration is None:
        return []
    return [
        CompletionItem(plan.endpoint, help=str(plan.description))
        for plan in configuration.plans.values()
        if plan.endpoint.startswith(incomplete)
    ]


def complete_tested(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return folders, and the endpoints of the folder that is already typed."""
    words = ctx.params.get("words") or ()
    folder = next(filter(os.path.isdir, words), ctx.params.get("config"))
    if folder:
        ctx.params["folder"] = folder
    endpoints = complete_endpoints(ctx, param, incomplete)
    return endpoints if folder else [*endpoints, CompletionItem(incomplete, type="dir")]


def complete_inputs(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return ``name=`` for each input of the typed endpoint; after ``=`` its ``enum``
    values."""
    configuration, name = _configuration(ctx), ctx.params.get("endpoint")
    plan = configuration.by_name(str(name)) if configuration is not None else None
    if plan is None:
        return []
    return [
        CompletionItem(text)
        for text in _suggestions(plan)
        if text.startswith(incomplete)
    ]


def complete_sources(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the sources whose name begins with the text, with their kind."""
    configuration = _configuration(ctx)
    if configuration is None:
        return []
    return [
        CompletionItem(name, help=settings.kind)
        for name, settings in configuration.sources.items()
        if name.startswith(incomplete)
    ]


def complete_questions(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the operations of the typed source, and ``name=`` for the parameters of
    the typed operation or the default one."""
    configuration, name = _configuration(ctx), str(ctx.params.get("source"))
    settings = configuration.sources.get(name) if configuration is not None else None
    if settings is None:
        return []
    operations = settings.operations or KINDS[settings.kind].operations
    written = [word for word in ctx.params.get("words") or () if "=" not in word]
    known = [
        operation for operation in operations if operation.name in written
    ] or operations[:1]
    texts = [] if written else [operation.name for operation in operations]
    texts += [f"{param.name}=" for operation in known for param in operation.params]
    return [CompletionItem(text) for text in texts if text.startswith(incomplete)]


def _suggestions(plan: Plan) -> Iterator[str]:
    for parameter in plan.inputs:
        yield f"{parameter.name}="
        yield from (f"{parameter.name}={word}" for word in _words(parameter))


def _words(parameter: Parameter) -> list[str]:
    return [] if parameter.secret else [str(word) for word in parameter.enum]


def _configuration(ctx: click.Context) -> Configuration | None:
    folder = ctx.params.get("folder") or os.environ.get("IVRHOOKS_CONFIG") or "configs"
    if not Path(folder).is_dir():
        return None
    return examine(folder, environ=PlaceholderEnviron(os.environ))[0]
