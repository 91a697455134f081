"""Prints the result of a command, as text or as JSON."""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.cli.verbosity import verbose_option

_GAP = "  "
_NARROWEST = 8
GOOD, BAD, WARN, DIM = "green", "red", "yellow", "bright_black"


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a command.

    ``data``: what ``--json`` prints; ``lines``: the text; ``status``: the exit status;
    ``document``: ``data`` has a form of its own, so ``ok`` is not added to it.
    """

    data: Any
    lines: Sequence[str]
    status: int = 0
    document: bool = False


def reported(function: Callable[..., Result]) -> Callable[..., None]:
    """Turn a function that returns a Result into a command.

    It adds ``--json`` and ``-v``, prints the result and ends with its status. A refused
    configuration is printed as its problems.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @verbose_option
    @functools.wraps(function)
    def command(*args: Any, as_json: bool, **kwargs: Any) -> None:
        try:
            result = function(*args, **kwargs)
        except ConfigError as error:
            result = refused(error.problems)
        show(result, as_json=as_json)
        if result.status:
            click.get_current_context().exit(result.status)

    return command


def show(result: Result, *, as_json: bool) -> None:
    """Print a result on standard output."""
    if as_json:
        data = result.data
        if isinstance(data, Mapping) and not result.document:
            data = {"ok": result.status == 0, **data}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    for line in result.lines:
        click.echo(line)


def refused(problems: Sequence[Problem]) -> Result:
    """Return the result of a command that needs a valid configuration and got none."""
    count = counted(sum(p.severity == "error" for p in problems), "error")
    lines = [*problem_lines(problems), f"The configuration is refused: {count}."]
    data = {"ok": False, "problems": [problem_data(problem) for problem in problems]}
    return Result(data, lines, 1)


def problem_data(problem: Problem) -> dict[str, Any]:
    """Return a problem as ``check --json`` prints it."""
    return {
        "severity": problem.severity,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
    }


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Return problems one a line, errors in red, warnings in yellow."""
    colours = {"error": BAD, "warning": WARN}
    return [
        click.style(str(problem), fg=colours.get(problem.severity))
        for problem in problems
    ]


def counted(number: int, noun: str) -> str:
    """Return ``1 error``, ``2 errors``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def table(rows: Sequence[Sequence[str]], header: Sequence[str]) -> list[str]:
    """Return columns as wide as their content, but no wider than the terminal.

    The header is dimmed.
    """
    everything = [header, *rows]
    widths = [
        max(_width(row[index]) for row in everything) for index in range(len(header))
    ]
    room = _terminal_width()
    if room is not None:
        widths = fitted(widths, room)
    lines = [line for row in rows for line in _lines(row, widths)]
    return [click.style(line, fg=DIM) for line in _lines(header, widths)] + lines


def _terminal_width() -> int | None:
    """Return the columns of the terminal, or None without a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def fitted(widths: Sequence[int], room: int) -> list[int]:
    """Return ``widths`` with the widest made narrower until all fit.

    None becomes narrower than ``_NARROWEST``.
    """
    fitting = list(widths)
    while sum(fitting) + len(_GAP) * (len(fitting) - 1) > room:
        widest = max(range(len(fitting)), key=fitting.__getitem__)
        if fitting[widest] <= _NARROWEST:
            break
        fitting[widest] -= 1
    return fitting


def _lines(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Return a row on as many lines as its longest cell needs."""
    cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, cells))
    columns = [cell + [""] * (height - len(cell)) for cell in cells]
    return [_line(row_cells, widths) for row_cells in zip(*columns, strict=True)]


def _wrapped(cell: str, width: int) -> list[str]:
    """Split a cell's text at blanks, after a slash or hyphen, or anywhere if
    necessary."""
    if _width(cell) <= width:
        return [cell]
    lines, line = [], ""
    for word in re.findall(r"[^\s/-]*[\s/-]+|[^\s/-]+", click.unstyle(cell)):
        for letter in word if _width(word.rstrip()) > width else [word]:
            if line and _width((line + letter).rstrip()) > width:
                lines.append(line.rstrip())
                line = ""
            line += letter
    return [*lines, line.rstrip()]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell + " " * (width - _width(cell))
        for cell, width in zip(row, widths, strict=True)
    ]
    return _GAP.join(cells).rstrip()


def _width(text: str) -> int:
    """Return the terminal columns of a text: a Chinese character takes two."""
    plain = click.unstyle(text)
    return sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in plain)
