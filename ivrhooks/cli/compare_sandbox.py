"""``ivrhooks sandbox --verify-against``: compares the sandbox with the real systems."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ivrhooks.authoring.diff.sides import read_side
from ivrhooks.authoring.pseudonyms import Pseudonyms
from ivrhooks.authoring.sandbox_comparison.own_params import own_params
from ivrhooks.authoring.sandbox_comparison.reads import READS
from ivrhooks.authoring.sandbox_comparison.recording import data_file, masked_data
from ivrhooks.authoring.sandbox_comparison.shapes import DIFFERS
from ivrhooks.authoring.sandbox_comparison.verify import (
    ReadComparison,
    SourceComparison,
    compare_source,
)
from ivrhooks.basics.errors import ConfigError
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, counted, refused
from ivrhooks.config.compile.source.sources import SANDBOX_URL, SANDBOX_VARIABLE
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.sources.interface import SourceSettings
from ivrhooks.sources.sandbox_app import create_sandbox_app
from ivrhooks.sources.sandboxkit.server import SandboxServer, listen
from ivrhooks.store.folder import data_folder


def verified(folder: str, numbers: Sequence[str], record: Path | None) -> Result:
    """Return the differences for each source that is a real system."""
    try:
        configuration = load(folder)
    except ConfigError as error:
        return refused(error.problems)
    if record is not None and record.exists():
        problem = f"{record} is there already"
        return Result({"ok": False, "problem": problem}, [problem], 1)
    real = [
        settings for settings in configuration.sources.values() if _is_real(settings)
    ]
    if not real:
        problem = (
            "No source of this configuration is a real system that the sandbox "
            "imitates; set its base_url, for example SOBOT_URL."
        )
        return Result({"ok": False, "problem": problem}, [problem], 1)
    with _sandbox() as url:
        results = asyncio.run(_compare(folder, real, url, numbers))
    lines = [line for result in results for line in _lines(result)]
    if record is not None:
        record.write_text(_sandbox_data(configuration, results), "utf-8")
        lines.append(f"wrote {record}; serve it: ivrhooks sandbox --data {record}")
    ok = all(comparison.same for result in results for comparison in result.reads)
    differ = sum(
        not comparison.same for result in results for comparison in result.reads
    )
    summary = f"{counted(differ, 'read')} otherwise than the sandbox"
    lines.append(
        click.style(
            "The sandbox has the shapes of the real systems." if ok else f"{summary}.",
            fg=GOOD if ok else BAD,
        )
    )
    return Result(_data(results, ok=ok), lines, 0 if ok else 1)


def _is_real(settings: SourceSettings) -> bool:
    """Return whether a source is of an imitated kind, but not the sandbox itself."""
    sandbox = (os.environ.get(SANDBOX_VARIABLE) or SANDBOX_URL).rstrip("/")
    return settings.kind in READS and not settings.base_url.startswith(sandbox)


async def _compare(
    folder: str, sources: Sequence[SourceSettings], url: str, numbers: Sequence[str]
) -> list[SourceComparison]:
    endpoints = read_side(Path(folder), folder, os.environ).endpoints
    differences = [
        compare_source(
            settings,
            url,
            numbers,
            data_folder(),
            own_params(endpoints, settings.name, settings.kind),
        )
        for settings in sources
    ]
    return list(await asyncio.gather(*differences))


@contextmanager
def _sandbox() -> Iterator[str]:
    """Start a sandbox with the shipped records that nothing else changes."""
    server = SandboxServer(create_sandbox_app(None, "sqlite://"))
    listener = listen("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _sandbox_data(
    configuration: Configuration, results: Sequence[SourceComparison]
) -> str:
    pseudonyms = Pseudonyms(configuration.region)
    systems: dict[str, dict[str, Any]] = {}
    for result in results:
        kind = configuration.sources[result.source].kind
        for name, entries in masked_data(kind, result.records, pseudonyms).items():
            systems.setdefault(kind, {}).setdefault(name, []).extend(entries)
    return data_file(systems)


def _lines(result: SourceComparison) -> Iterator[str]:
    for comparison in result.reads:
        yield f"{result.source}.{comparison.operation}: {_verdict(comparison)}"
        for difference in comparison.differences:
            colour = WARN if difference.level == DIFFERS else DIM
            real, sandbox = difference.real, difference.sandbox
            line = f"  {difference.path}: real {real}, sandbox {sandbox}"
            yield click.style(line, fg=colour)


def _verdict(comparison: ReadComparison) -> str:
    if comparison.problem:
        colour = BAD if comparison.failed else DIM
        text = (
            f"no answer: {comparison.problem}"
            if comparison.failed
            else comparison.problem
        )
        return click.style(text, fg=colour)
    return click.style(
        "the same shape" if comparison.same else "differs",
        fg=GOOD if comparison.same else BAD,
    )


def _data(results: Sequence[SourceComparison], *, ok: bool) -> dict[str, Any]:
    return {
        "ok": ok,
        "reads": [
            {
                "source": result.source,
                "operation": comparison.operation,
                "same": comparison.same,
                "problem": comparison.problem or None,
                "differences": [
                    dataclasses.asdict(each) for each in comparison.differences
                ],
            }
            for result in results
            for comparison in result.reads
        ],
    }
