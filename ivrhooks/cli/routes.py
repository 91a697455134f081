"""``ivrhooks routes``: lists the endpoints of a configuration."""

from __future__ import annotations

from typing import Any

import click

from ivrhooks.cli.folder import folder_argument
from ivrhooks.cli.report import Result, reported, table
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Plan


@click.command("routes")
@folder_argument
@reported
def command(folder: str) -> Result:
    """List what a configuration serves.

    For example: ivrhooks routes configs
    """
    plans = sorted(load(folder).plans.values(), key=lambda plan: plan.path)
    rows = [
        (plan.method, plan.path, plan.endpoint, plan.format, plan.mode, plan.file)
        for plan in plans
    ]
    header = ("METHOD", "PATH", "ENDPOINT", "FORMAT", "MODE", "FILE")
    return Result({"routes": [_route(plan) for plan in plans]}, table(rows, header))


def _route(plan: Plan) -> dict[str, Any]:
    return {
        "endpoint": plan.endpoint,
        "method": plan.method,
        "path": plan.path,
        "format": plan.format,
        "mode": plan.mode,
        "deadline_ms": round(plan.deadline * 1000),
        "inputs": [parameter.name for parameter in plan.inputs],
        "headers": [parameter.name for parameter in plan.headers],
        "outputs": [output.name for output in plan.outputs],
        "description": plan.description,
        "used_by": list(plan.used_by),
        "file": plan.file,
    }
