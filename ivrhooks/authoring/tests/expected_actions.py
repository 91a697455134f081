"""Compares ``expect_actions:`` of a test with the actions that would be stored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ivrhooks.answering.answer import Answer
from ivrhooks.answering.trace import ActionRun
from ivrhooks.config.schema.declare import Absent
from ivrhooks.config.schema.parts import CaseEntry


def action_differences(
    case: CaseEntry, answer: Answer
) -> Iterator[tuple[str, Any, Any]]:
    """Yield differences as path, expected and actual value.

    The actions and their order come first, then their parameters.
    """
    if case.expect_actions is None:
        return
    runs = answer.trace.actions if answer.trace is not None else ()
    stored = [run for run in runs if run.id is not None]
    names = [entry.name for entry in case.expect_actions]
    actual = [run.name for run in stored]
    if names != actual:
        yield "actions", names, actual
        return
    for expected, run in zip(case.expect_actions, stored, strict=True):
        if expected.params is not Absent:
            actual_params = _only(expected.params, _params(run))
            yield from _part(f"actions.{run.name}", expected.params, actual_params)


def _params(run: ActionRun) -> Any:
    """Return parameters as the file writes them, in JSON types."""
    params = json.loads(json.dumps(run.params, default=str))
    return params["items"] if [*params] == ["items"] else params


def _only(expected: Any, actual: Any) -> Any:
    """Return the only entry of a list, where the test writes no list."""
    single = isinstance(actual, list) and len(actual) == 1
    return actual[0] if single and isinstance(expected, Mapping) else actual


def _part(path: str, expected: Any, actual: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield what of ``expected`` is missing in ``actual``; of a mapping a part is
    enough."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name, item in expected.items():
            yield from _part(f"{path}.{name}", item, actual.get(name))
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield path, expected, actual
            return
        for index, (item, other) in enumerate(zip(expected, actual, strict=True)):
            yield from _part(f"{path}.{index}", item, other)
    elif type(expected) is not type(actual) or expected != actual:
        yield path, expected, actual
