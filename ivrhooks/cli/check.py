"""``ivrhooks check``: reports all problems of a configuration at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

from ivrhooks.authoring.freeze import examine_frozen
from ivrhooks.basics.errors import Problem
from ivrhooks.cli.folder import folder_argument
from ivrhooks.cli.report import (
    BAD,
    GOOD,
    Result,
    counted,
    problem_data,
    problem_lines,
    reported,
)
from ivrhooks.config.plan import Configuration
from ivrhooks.config.reading.report import in_order


@click.command("check")
@folder_argument
@click.option(
    "--strict",
    is_flag=True,
    help="Warnings count as errors do; notes never.",
)
@reported
def command(folder: str, strict: bool) -> Result:
    """Say what is wrong with a configuration.

    For example: ivrhooks check configs --strict

    Prints one problem a line as file:line:column, and what to write instead. The exit
    status is 1 if there is an error, or with --strict a warning; else 0. Notes never
    count.
    """
    configuration, problems = examine_frozen(folder)
    if configuration is not None:
        problems = in_order([*problems, *configuration.exposures])
    warned = any(problem.severity == "warning" for problem in problems)
    good = configuration is not None and not (strict and warned)
    data = {"ok": good, "problems": [problem_data(problem) for problem in problems]}
    summary = _summary(folder, configuration if good else None, problems)
    lines = [*problem_lines(problems), summary]
    return Result(data, lines, 0 if good else 1)


def _summary(
    folder: str, configuration: Configuration | None, problems: Sequence[Problem]
) -> str:
    count = Counter(problem.severity for problem in problems)
    counts = [
        counted(count[kind], kind)
        for kind in ("error", "warning", "note")
        if count[kind]
    ]
    if configuration is None:
        return click.style(f"{folder}: refused: {', '.join(counts)}", fg=BAD)
    served = [
        counted(len(configuration.plans), "endpoint"),
        counted(len(configuration.sources), "source"),
        *counts,
    ]
    return click.style(f"{folder}: good: {', '.join(served)}", fg=GOOD)
