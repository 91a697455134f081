"""``ivrhooks doctor``: checks what a configuration needs, with live connections."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from ivrhooks.authoring.doctor.budget import Budget, budget_findings, budgets
from ivrhooks.authoring.doctor.findings import GREEN, RED, YELLOW, Finding
from ivrhooks.authoring.doctor.machine import machine_findings
from ivrhooks.authoring.doctor.sources import ask_sources
from ivrhooks.cli.folder import folder_argument
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, reported, table
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration

_COLOURS = {RED: BAD, YELLOW: WARN, GREEN: GOOD}


@click.command("doctor")
@folder_argument
@reported
def command(folder: str) -> Result:
    """Try what a configuration needs: sources, store, clock, files.

    For example: ivrhooks doctor configs

    Sends each source one harmless query with its own credentials. Each finding says
    what to do. The exit status is 1 if a finding is red.
    """
    configuration = load(folder)
    with click.progressbar(
        length=len(configuration.sources) + 1,
        label="doctor",
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    ) as bar:
        findings = asyncio.run(ask_sources(configuration, lambda name: bar.update(1)))
        findings += machine_findings(configuration)
        bar.update(1)
    sheets = budgets(configuration)
    findings += [*budget_findings(sheets), *_exposures(configuration)]
    red = any(finding.level == RED for finding in findings)
    return Result(
        _data(findings, sheets), list(_lines(findings, sheets)), 1 if red else 0
    )


def _exposures(configuration: Configuration) -> Iterator[Finding]:
    """Yield what is open to other machines, as ``check`` warns of it."""
    for problem in configuration.exposures:
        yield Finding(
            YELLOW,
            problem.path or problem.file,
            problem.message,
            f"{problem.file}:{problem.line}",
        )


def _data(findings: Sequence[Finding], sheets: Sequence[Budget]) -> dict[str, Any]:
    return {
        "ok": not any(finding.level == RED for finding in findings),
        "findings": [
            {
                "level": finding.level,
                "subject": finding.subject,
                "message": finding.message,
                "do": finding.do,
            }
            for finding in findings
        ],
        "budgets": [
            {
                "endpoint": budget.endpoint,
                "deadline": budget.deadline,
                "lookups": list(budget.lookups),
                "seconds": budget.seconds,
            }
            for budget in sheets
        ],
    }


def _lines(findings: Sequence[Finding], sheets: Sequence[Budget]) -> Iterator[str]:
    for level in (RED, YELLOW, GREEN):
        for finding in findings:
            if finding.level == level:
                mark = click.style(f"{level:6}", fg=_COLOURS[level])
                yield f"{mark} {finding.subject}: {finding.message}"
                if finding.do and level != GREEN:
                    yield click.style(f"       {finding.do}", fg=DIM)
    if sheets:
        yield ""
        rows = [
            (
                budget.endpoint,
                f"{budget.deadline:g} s",
                "no timeout" if budget.seconds is None else f"{budget.seconds:g} s",
                " -> ".join(budget.lookups),
            )
            for budget in sheets
        ]
        yield from table(rows, ("ENDPOINT", "DEADLINE", "AT WORST", "LONGEST CHAIN"))
