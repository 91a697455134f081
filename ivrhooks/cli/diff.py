"""``ivrhooks diff``: what a change of the configuration means for the IVR."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import click

from ivrhooks.authoring.diff.changes import (
    BREAKS,
    MAY,
    SAFE,
    Affected,
    Change,
    worst,
)
from ivrhooks.authoring.diff.compare import compare
from ivrhooks.authoring.diff.revisions import NoSuchSide, side_folder
from ivrhooks.authoring.diff.sides import Side, read_side
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, counted, reported
from ivrhooks.config.schema.measures import written

_WORDS = {
    BREAKS: ("breaks", BAD),
    MAY: ("may route differently", WARN),
    SAFE: ("safe", GOOD),
}
_LONGEST = 60


@click.command("diff")
@click.argument("old")
@click.argument("new")
@click.option("--markdown", is_flag=True, help="Print a table for a review comment.")
@reported
def command(old: str, new: str, markdown: bool) -> Result:
    """Tell what changes for the IVR from OLD to NEW.

    For example: ivrhooks diff HEAD~1:configs configs

    OLD and NEW are folders, or folders in git revisions. The exit status is 0 if
    nothing breaks, 2 if something does, and 1 if one of them does not load.
    """
    sides: list[Side] = []
    with ExitStack() as stack:
        for text in (old, new):
            try:
                folder = stack.enter_context(side_folder(text))
            except NoSuchSide as problem:
                return Result({"ok": False, "problem": str(problem)}, [str(problem)], 1)
            label = text.rstrip("/")
            sides.append(read_side(folder, label, os.environ))
        changes = compare(*sides)
    verdict = worst(changes)
    lines = [*_markdown(changes)] if markdown else [*_lines(changes)]
    return Result(_data(verdict, changes), lines, 2 if verdict == BREAKS else 0)


def _data(verdict: str, changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "ok": verdict != BREAKS,
        "verdict": verdict,
        "changes": [
            {
                "verdict": change.verdict,
                "endpoint": change.endpoint,
                "name": change.name,
                "change": change.change,
                "old": change.old,
                "new": change.new,
                "used_by": list(change.used_by),
                "file": change.file,
                "line": change.line,
                "affects": [
                    _affected_data(change.verdict, each) for each in change.affects
                ],
            }
            for change in changes
        ],
    }


def _affected_data(verdict: str, affected: Affected) -> dict[str, Any]:
    return {
        "endpoint": affected.endpoint,
        "verdict": verdict,
        "outputs": list(affected.outputs),
        "actions": list(affected.actions),
        "used_by": list(affected.used_by),
    }


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for verdict in (BREAKS, MAY, SAFE):
        chosen = [change for change in changes if change.verdict == verdict]
        word, colour = _WORDS[verdict]
        if chosen:
            yield click.style(f"{word}:", fg=colour)
        for change in chosen:
            yield f"  {change.endpoint or 'the root file'}: {_sentence(change)}"
            for line in (_place(change), *_reach_lines(change)):
                yield click.style(f"      {line}", fg=DIM)
    yield _summary(changes)


def _place(change: Change) -> str:
    users = change.used_by if change.endpoint else ()
    return f"{change.file}:{change.line}{_users(users)}"


def _users(users: Sequence[str]) -> str:
    return f", used by {', '.join(users)}" if users else ""


def _reach_lines(change: Change) -> Iterator[str]:
    """Yield what a change affects beyond its own line."""
    if change.verdict == SAFE:
        return
    if change.endpoint is None:
        for each in change.affects:
            reached, users = _affected_text(each), _users(each.used_by)
            yield f"reaches {each.endpoint}: {reached}{users}"
        if not change.affects:
            yield "reaches no endpoint"
    else:
        for each in change.affects:
            if change.name not in (*each.outputs, change.endpoint):
                yield f"reaches {_affected_text(each) or 'no output'}"


def _affected_text(affected: Affected) -> str:
    """The IVR variables and actions of an endpoint that a change reaches."""
    actions = [f"action {name}" for name in affected.actions]
    return ", ".join((*affected.outputs, *actions))


def _summary(changes: Sequence[Change]) -> str:
    if not changes:
        return click.style("Nothing changes for the IVR.", fg=GOOD)
    count = sum(change.verdict == BREAKS for change in changes)
    word, colour = _WORDS[worst(changes)]
    ends = "breaks" if count == 1 else "break"
    verdict = f"{counted(count, 'change')} {ends}." if count else f"Verdict: {word}."
    return click.style(verdict, fg=colour)


def _sentence(change: Change) -> str:
    name = "" if change.name == change.endpoint else f"{change.name}: "
    if change.old is None and change.new is None:
        return f"{name}{change.change}"
    key = (change.change.split() or [""])[-1]
    key = change.name.rpartition(".")[2] if key == "changed" else key
    old, new = (
        _value_text(_measured(change.old, key)),
        _value_text(_measured(change.new, key)),
    )
    return f"{name}{change.change} {old} -> {new}"


_DURATIONS = frozenset(
    {"deadline", "timeout", "fresh", "stale", "reset", "delay", "give_up", "tolerance"}
)
_SIZES = frozenset({"max_body", "max_response"})


def _measured(value: Any, key: str) -> Any:
    """Durations and sizes in the units of the file."""
    if isinstance(value, Mapping):
        return {name: _measured(below, str(name)) for name, below in value.items()}
    if value is not None and key in _DURATIONS:
        return _Plain(written(value, "duration"))
    return _Plain(written(value, "size")) if value and key in _SIZES else value


class _Plain(str):
    """A text that is shown without quotes."""


def _value_text(value: Any) -> str:
    if value is None:
        return "(none)"
    if isinstance(value, _Plain):
        return value
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _markdown(changes: Sequence[Change]) -> Iterator[str]:
    word = _WORDS[worst(changes)][0]
    yield f"**ivrhooks diff: {word if changes else 'nothing changes for the IVR'}**"
    if not changes:
        return
    yield ""
    yield "| verdict | endpoint | what | reaches | used by | where |"
    yield "|---|---|---|---|---|---|"
    for verdict in (BREAKS, MAY, SAFE):
        for change in changes:
            if change.verdict == verdict:
                cells = (
                    f"**{_WORDS[verdict][0]}**" if verdict == BREAKS else verdict,
                    change.endpoint or "(root file)",
                    _sentence(change),
                    "; ".join(_reached_cell(change)),
                    ", ".join(change.used_by),
                    f"{change.file}:{change.line}",
                )
                yield f"| {' | '.join(map(_cell, cells))} |"


def _reached_cell(change: Change) -> Iterator[str]:
    for each in change.affects:
        yield (
            _affected_text(each)
            if change.endpoint
            else f"{each.endpoint}: {_affected_text(each)}"
        )


def _cell(text: str) -> str:
    """A text in a table's cell: on one line, its bars and code marks kept apart."""
    plain = " ".join(text.split())
    return plain.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
