"""``ivrhooks simulate``: makes a whole call through several endpoints, as the flow
does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from ivrhooks.authoring.simulate.call_file import read_call
from ivrhooks.authoring.simulate.run import CallResult, StepResult, run_call
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.probe import LIMIT, MAX_WAIT, read_url
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, reported
from ivrhooks.config.loader import load
from ivrhooks.sources.transport.sync import SyncTransport

URL = "http://127.0.0.1:8080"


@click.command("simulate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--url",
    callback=lambda ctx, param, value: value and read_url(ctx, param, value),
    help=f"The server to ask. Default: the file's `url`, else {URL}.",
)
@config_option
@reported
def command(file: Path, url: str | None, folder: str) -> Result:
    """Make a call as the flow would, each data request of FILE in turn.

    For example: ivrhooks simulate calls/vip.yaml --url http://127.0.0.1:8080

    The exit status is 0 if every answer, its time, and the route are as the file
    expects, else 1.
    """
    configuration = load(folder)
    call = read_call(file, configuration)
    with closing(SyncTransport()) as transport:
        result = run_call(
            call,
            url or call.url or URL,
            lambda request: transport.send(request, timeout=MAX_WAIT, limit=LIMIT),
            time.monotonic,
        )
    return Result(_data(result), list(_lines(result)), 0 if result.ok else 1)


def _data(result: CallResult) -> dict[str, Any]:
    return {
        "ok": result.ok,
        "answers": {
            step.ask: step.answer for step in result.steps if step.answer is not None
        },
        "route": result.route,
        "silent_seconds": round(result.silent_seconds, 3),
        "steps": [_step_data(step) for step in result.steps],
        "problems": list(result.problems),
    }


def _step_data(step: StepResult) -> dict[str, Any]:
    return {
        "ask": step.ask,
        "asked": step.asked,
        "status": step.status,
        "elapsed_ms": round(step.seconds * 1000, 1),
        "answer": step.answer,
        "degraded": step.degraded or None,
        "problems": list(step.problems),
    }


def _lines(result: CallResult) -> Iterator[str]:
    for step in result.steps:
        yield from _step_lines(step)
    if result.route is not None:
        yield f"route: {result.route}"
    yield from (click.style(f"  {text}", fg=BAD) for text in result.problems)
    yield f"The caller hears nothing for {result.silent_seconds:.3f} s."
    word, colour = ("As expected.", GOOD) if result.ok else ("Not as expected.", BAD)
    yield click.style(word, fg=colour)


def _step_lines(step: StepResult) -> Iterator[str]:
    if not step.asked:
        yield click.style(f"-    {step.ask}: not asked, `when` is false", fg=DIM)
        return
    good = not step.problems
    mark = click.style("ok  ", fg=GOOD) if good else click.style("FAIL", fg=BAD)
    yield f"{mark} {step.ask}: {step.status or 'no answer'} in {step.seconds:.3f} s"
    for name, value in (step.answer or {}).items():
        yield f"       {name} = {value!r}"
    if step.degraded:
        yield click.style(f"       degraded: {step.degraded}", fg=WARN)
    yield from (click.style(f"     {text}", fg=BAD) for text in step.problems)
