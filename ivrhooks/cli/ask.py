"""``ivrhooks ask``: sends one query to one source and shows what was transmitted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click

from ivrhooks.authoring.ask import Answer, CannotAsk, ask, query_of
from ivrhooks.cli.arguments import read_pair, read_pairs
from ivrhooks.cli.complete import complete_questions, complete_sources
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import BAD, GOOD, WARN, Result, reported, table
from ivrhooks.cli.sandbox_hint import hint_at_sandbox
from ivrhooks.config.loader import load

STATUS = {"ok": 0, "not_found": 3, "failed": 1}
_COLOURS = {"ok": GOOD, "not_found": WARN, "failed": BAD}


@click.command("ask")
@click.argument("source", shell_complete=complete_sources)
@click.argument(
    "words",
    metavar="[OPERATION] [NAME=VALUE]...",
    nargs=-1,
    shell_complete=complete_questions,
)
@click.option("--path", help="On kind http: what to ask, below the base URL.")
@click.option(
    "--query",
    metavar="NAME=VALUE",
    multiple=True,
    callback=read_pairs,
    help="On kind http: a query parameter.",
)
@config_option
@reported
def command(
    source: str,
    words: Sequence[str],
    path: str | None,
    query: Sequence[tuple[str, str]],
    folder: str,
) -> Result:
    """Ask one source one question: can it be reached, and what does it say?

    For example: ivrhooks ask crm query_customer tel=13800000001

    The cache is not used. The exit status is 0 if the source has an answer, 3 if it has
    no such record, and 1 if it failed.
    """
    known = load(folder).sources
    if source not in known:
        near = get_close_matches(source, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise click.UsageError(
            f"There is no source '{source}'.{hint} Sources: {', '.join(known)}"
        )
    operation = words[0] if words and "=" not in words[0] else None
    pairs = list(map(read_pair, words[1:] if operation else words))
    try:
        question = query_of(
            known[source], operation, dict(pairs), path=path, query=dict(query)
        )
    except CannotAsk as problem:
        raise click.UsageError(str(problem)) from None
    answer = asyncio.run(ask(known[source], question))
    hint_at_sandbox([known[source]], [(answer.error or {}).get("message", "")])
    return Result(answer.shown(), list(_lines(answer)), STATUS[answer.status])


def _lines(answer: Answer) -> Iterator[str]:
    request, response = answer.request or {}, answer.response or {}
    yield click.style(
        f"{answer.source} {answer.operation}: {answer.status}",
        fg=_COLOURS[answer.status],
    )
    if answer.error is not None:
        yield f"{answer.error['code']}: {answer.error['message']}"
    yield ""
    if "url" in request:
        yield f"> {request['method']} {request['url']}"
        yield from (f"> {name}: {value}" for name, value in request["headers"].items())
        if request["body"]:
            yield f"> {request['body']}"
    if "status" in response:
        yield f"< HTTP {response['status']}"
        yield from (f"< {name}: {value}" for name, value in response["headers"].items())
        yield f"< {response['body']}"
    yield from _phases(response.get("ms", {}))
    if answer.record is not None:
        yield ""
        yield json.dumps(answer.record, ensure_ascii=False, indent=2, default=str)


def _phases(phases: Mapping[str, Any]) -> Iterator[str]:
    if phases:
        yield ""
        names = [name.replace("_", " ").upper() for name in phases]
        yield from table([[f"{phase:.1f} ms" for phase in phases.values()]], names)
