"""Writes the file of a new endpoint and checks it at once.

The result is a refusal, or what the author still has to decide.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ivrhooks.authoring.starter.endpoint_file import NewEndpoint
from ivrhooks.authoring.starter.folder import CannotWrite, write_new
from ivrhooks.authoring.starter.from_curl import is_credential
from ivrhooks.authoring.tests.runner import run_tests
from ivrhooks.authoring.yaml_lines import lines_of
from ivrhooks.basics.errors import Problem
from ivrhooks.config.loader import examine
from ivrhooks.config.reading.placeholder_environ import PlaceholderEnviron

_UNUSED = "nothing names the input"


def write_checked(root: Path, file: Path, made: NewEndpoint) -> tuple[Problem, ...]:
    """Writes the file of a new endpoint. Returns what `check --strict` asks of its
    author. Raises CannotWrite, and leaves no file, where `check` refuses what was made,
    or its own test fails."""
    before, known = examine(root, environ=PlaceholderEnviron(os.environ))
    existing = before.plans.get(made.path) if before is not None else None
    if existing is not None and not file.exists():
        raise CannotWrite(
            f"{made.path} belongs to the endpoint `{existing.endpoint}` already; write "
            "another path"
        )
    write_new(file, made.text())
    configuration, problems = examine(root, environ=PlaceholderEnviron(os.environ))
    if configuration is not None:
        problems = (*problems, *configuration.exposures)
    here = [
        problem for problem in problems if problem.file and Path(problem.file) == file
    ]
    old = {str(problem) for problem in known}
    errors = [problem for problem in problems if problem.severity == "error"]
    wrong = [problem.message for problem in errors if str(problem) not in old]
    if configuration is not None:
        plans = [
            plan for plan in configuration.plans.values() if Path(plan.file) == file
        ]
        for result in run_tests(configuration, plans):
            wrong += [reason for case in result.cases for reason in case.reasons]
    if wrong:
        file.unlink()
        raise CannotWrite(f"no endpoint can be made of that: {wrong[0]}")
    warnings = [problem for problem in here if problem.severity == "warning"]
    return (*_together(warnings, made), *_agreed(file, made))


def _together(warnings: Sequence[Problem], made: NewEndpoint) -> Iterator[Problem]:
    """Yield the warnings; those of inputs that no template reads become one."""
    unused = [problem for problem in warnings if problem.message.startswith(_UNUSED)]
    for problem in sorted(warnings, key=lambda problem: problem.line):
        if problem not in unused:
            yield problem
        elif problem is unused[0]:
            names = [name.path.removeprefix("inputs.") for name in unused]
            plain = [name for name in names if not is_credential(name)]
            if plain:
                yield replace(
                    problem,
                    path="inputs",
                    message=f"nothing reads {', '.join(plain)} yet; use each in a "
                    "lookup or an output, or remove it",
                )


def _agreed(file: Path, made: NewEndpoint) -> Iterator[Problem]:
    """Yield what looks like a credential without an agreed value."""
    text = file.read_text("utf-8")
    for name in (*made.headers, *made.inputs):
        if is_credential(name):
            variable = re.sub(r"[^0-9A-Za-z]+", "_", f"{made.name}_{name}").upper()
            starts = (line.lstrip().startswith(f"{name}:") for line in lines_of(text))
            line = next((at for at, is_start in enumerate(starts, 1) if is_start), 0)
            agreed = f'{{type: string, secret: true, equals: "${{{variable}}}"}}'
            message = (
                f"{name} looks like a credential, and any value of it is taken; write "
                f"{name}: {agreed}, and set {variable} (its whole value) where the "
                "server runs"
            )
            yield Problem(message, str(file), line, 3, f"headers.{name}", "note")


def decisions(problems: Sequence[Problem]) -> Iterator[str]:
    """Yield the decisions that are left, a line each."""
    if problems:
        yield ""
        yield "Decide before it goes live (until then `check --strict` refuses it):"
    for problem in problems:
        yield f"  {problem.file}:{problem.line}: {problem.message}"
