"""``ivrhooks diff``: what a change of the configuration means for the IVR."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
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
                "verdict": one.verdict,
                "endpoint": one.endpoint,
                "name": one.name,
                "change": one.change,
                "old": one.old,
                "new": one.new,
                "used_by": list(one.used_by),
                "file": one.file,
                "line": one.line,
                "affects": [_affected(one.verdict, each) for each in one.affects],
            }
            for one in changes
        ],
    }


def _affected(verdict: str, one: Affected) -> dict[str, Any]:
    return {
        "endpoint": one.endpoint,
        "verdict": verdict,
        "outputs": list(one.outputs),
        "actions": list(one.actions),
        "used_by": list(one.used_by),
    }


def _lines(changes: Sequence[Change]) -> Iterator[str]:
    for verdict in (BREAKS, MAY, SAFE):
        chosen = [one for one in changes if one.verdict == verdict]
        word, colour = _WORDS[verdict]
        if chosen:
            yield click.style(f"{word}:", fg=colour)
        for one in chosen:
            yield f"  {one.endpoint or 'the root file'}: {_sentence(one)}"
            for line in (_place(one), *_reached(one)):
                yield click.style(f"      {line}", fg=DIM)
    yield _summary(changes)


def _place(one: Change) -> str:
    users = one.used_by if one.endpoint else ()
    return f"{one.file}:{one.line}{_users(users)}"


def _users(users: Sequence[str]) -> str:
    return f", used by {', '.join(users)}" if users else ""


def _reached(one: Change) -> Iterator[str]:
    """What a change affects, where its own line does not tell."""
    if one.verdict == SAFE:
        return
    if one.endpoint is None:
        for each in one.affects:
            yield f"reaches {each.endpoint}: {_hit(each)}{_users(each.used_by)}"
        if not one.affects:
            yield "reaches no endpoint"
    else:
        for each in one.affects:
            if one.name not in (*each.outputs, one.endpoint):
                yield f"reaches {_hit(each) or 'no output'}"


def _hit(one: Affected) -> str:
    """The IVR variables and actions of an endpoint that a change reaches."""
    actions = [f"action {name}" for name in one.actions]
    return ", ".join((*one.outputs, *actions))


def _summary(changes: Sequence[Change]) -> str:
    if not changes:
        return click.style("Nothing changes for the IVR.", fg=GOOD)
    count = sum(one.verdict == BREAKS for one in changes)
    word, colour = _WORDS[worst(changes)]
    text = f"{counted(count, 'change')} breaks" if count == 1 else f"{count} break"
    said = f"{text}." if count else f"Verdict: {word}."
    return click.style(said, fg=colour)


def _sentence(one: Change) -> str:
    name = "" if one.name == one.endpoint else f"{one.name}: "
    if one.old is None and one.new is None:
        return f"{name}{one.change}"
    return f"{name}{one.change} {_shown(one.old)} -> {_shown(one.new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "(none)"
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
        for one in changes:
            if one.verdict == verdict:
                cells = (
                    f"**{_WORDS[verdict][0]}**" if verdict == BREAKS else verdict,
                    one.endpoint or "(root file)",
                    _sentence(one),
                    "; ".join(_reached_cell(one)),
                    ", ".join(one.used_by),
                    f"{one.file}:{one.line}",
                )
                yield f"| {' | '.join(map(_cell, cells))} |"


def _reached_cell(one: Change) -> Iterator[str]:
    for each in one.affects:
        yield _hit(each) if one.endpoint else f"{each.endpoint}: {_hit(each)}"


def _cell(text: str) -> str:
    """A text in a table's cell: on one line, its bars and code marks kept apart."""
    plain = " ".join(text.split())
    return plain.replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
