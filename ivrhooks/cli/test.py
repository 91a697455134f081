"""``ivrhooks test``: runs the ``tests:`` of all endpoints, without network."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from ivrhooks.authoring.tests.junit import junit, junit_refused
from ivrhooks.authoring.tests.runner import (
    LEFT_OUT,
    CaseResult,
    EndpointResult,
    run_tests,
)
from ivrhooks.basics.errors import ConfigError
from ivrhooks.cli.complete import complete_tested
from ivrhooks.cli.folder import find_folder, no_such_endpoint
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, counted, reported
from ivrhooks.config.compile.root import MODE_VARIABLE
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.config.reading.placeholder_environ import PlaceholderEnviron


@click.command("test")
@click.option(
    "--junit",
    "junit_file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the results as JUnit XML, too.",
)
@click.option("-k", "word", metavar="WORD", help="Only tests whose name holds WORD.")
@click.option("--config", metavar="DIR", help="The same as DIR.")
@click.argument(
    "words",
    metavar="[DIR] [ENDPOINT]...",
    nargs=-1,
    shell_complete=complete_tested,
)
@reported
def command(
    junit_file: Path | None,
    word: str | None,
    config: str | None,
    words: tuple[str, ...],
) -> Result:
    """Run the `tests:` of all endpoints of a configuration.

    For example: ivrhooks test configs vip-routing -k VIP

    Without DIR it uses IVRHOOKS_CONFIG, else ./configs. With ENDPOINT it runs the tests
    of these endpoints only. It sends nothing over the network: each test says what its
    sources answer. The exit status is 0 if all tests pass, else 1, also if the
    configuration is refused.
    """
    folder, endpoints = _chosen(config, words)
    environ = PlaceholderEnviron(_environ_without_mode())
    try:
        configuration = load(folder, environ=environ)
    except ConfigError as error:
        _write(junit_file, junit_refused([str(problem) for problem in error.problems]))
        raise
    chosen = [_plan(configuration, name) for name in endpoints]
    plans = chosen or list(configuration.plans.values())
    results = run_tests(configuration, plans, word or "")
    _write(junit_file, junit(results))
    failed = sum(result.failed for result in results)
    lines = [*_lines(results, word or ""), *_made_up(environ)]
    return Result(_data(results), lines, 1 if failed else 0)


def _chosen(config: str | None, words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the folder and the endpoints; the first word is the folder if it is
    one."""
    if config is None and words and (Path(words[0]).exists() or "/" in words[0]):
        return words[0], words[1:]
    return find_folder(config), words


def _plan(configuration: Configuration, name: str) -> Plan:
    plan = configuration.by_name(name)
    if plan is None:
        raise click.UsageError(no_such_endpoint(name, configuration))
    return plan


def _environ_without_mode() -> dict[str, str]:
    """Return the environment without IVRHOOKS_MODE: tests run in their endpoint's own
    mode."""
    return {name: text for name, text in os.environ.items() if name != MODE_VARIABLE}


def _made_up(environ: PlaceholderEnviron) -> Iterator[str]:
    if environ.missing:
        names = ", ".join(sorted(environ.missing))
        yield click.style(f"Not set, so made up for the tests: {names}.", fg=DIM)


def _write(file: Path | None, document: bytes) -> None:
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(document)
    except OSError as error:
        raise click.FileError(
            str(file), error.strerror or "cannot be written"
        ) from None


def _lines(results: Sequence[EndpointResult], word: str) -> Iterator[str]:
    for result in results:
        for case in result.cases:
            yield from _case_lines(case)
    tests = sum(len(result.cases) for result in results)
    failed = sum(result.failed for result in results)
    without = [result.endpoint for result in results if not result.cases]
    if without and not word:
        yield click.style(f"Without tests: {', '.join(without)}", fg=DIM)
    if failed:
        yield click.style(f"{failed} of {counted(tests, 'test')} failed.", fg=BAD)
    elif tests:
        yield click.style(f"{counted(tests, 'test')} passed.", fg=GOOD)
    elif word:
        yield click.style(f"No test has `{word}` in its name.", fg=WARN)
    else:
        yield click.style("There is no test; write `tests:` in an endpoint.", fg=WARN)


def _case_lines(case: CaseResult) -> Iterator[str]:
    mark = click.style("ok  ", fg=GOOD) if case.passed else click.style("FAIL", fg=BAD)
    yield f"{mark} {case.endpoint}: {case.name}"
    if not case.passed:
        yield from (f"     {reason}" for reason in case.reasons)
        yield from (f"     note: {note}" for note in case.notes)


def _data(results: Sequence[EndpointResult]) -> dict[str, Any]:
    tests = sum(len(result.cases) for result in results)
    failed = sum(result.failed for result in results)
    return {
        "ok": failed == 0,
        "passed": tests - failed,
        "failed": failed,
        "endpoints": [
            {
                "endpoint": result.endpoint,
                "file": result.file,
                "tests": [_case_data(case) for case in result.cases],
            }
            for result in results
        ],
    }


def _case_data(case: CaseResult) -> dict[str, Any]:
    return {
        "name": case.name,
        "ok": case.passed,
        "elapsed_ms": round(case.seconds * 1000, 3),
        "differences": [
            {
                "what": difference.what,
                "expected": _plain(difference.expected),
                "came": _plain(difference.came),
                "because": difference.because,
            }
            for difference in case.differences
        ],
        "problems": list(case.problems),
        "notes": list(case.notes),
    }


def _plain(value: Any) -> Any:
    """Return null for an output that is left out, as JSON has it."""
    return None if value is LEFT_OUT else value
