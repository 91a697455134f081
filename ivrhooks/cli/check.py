"""``ivrhooks check``: everything that is wrong with a configuration, in one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import click

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
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Configuration


@click.command("check")
@folder_argument
@reported
def command(folder: str) -> Result:
    """Say what is wrong with a configuration.

    Prints one problem a line as file:line:column, and what to write instead. Ends with
    0 where there is no error (warnings and notes do not count), else with 1.
    """
    configuration, problems = examine(folder)
    good = configuration is not None
    data = {"ok": good, "problems": [problem_data(problem) for problem in problems]}
    lines = [*problem_lines(problems), _summary(folder, configuration, problems)]
    return Result(data, lines, 0 if good else 1)


def _summary(
    folder: str, configuration: Configuration | None, problems: Sequence[Problem]
) -> str:
    count = Counter(problem.severity for problem in problems)
    found = [
        counted(count[kind], kind)
        for kind in ("error", "warning", "note")
        if count[kind]
    ]
    if configuration is None:
        return click.style(f"{folder}: refused: {', '.join(found)}", fg=BAD)
    served = [
        counted(len(configuration.plans), "endpoint"),
        counted(len(configuration.sources), "source"),
        *found,
    ]
    return click.style(f"{folder}: good: {', '.join(served)}", fg=GOOD)
