"""``ivrhooks outbox``: lists waiting and dead actions, retries and drops them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.actions.interface import DROPPED, RETRIED, STATES, Filter
from ivrhooks.actions.query import StoredActions
from ivrhooks.actions.service import kinds_of_actions, secrets_of_actions, stored_of
from ivrhooks.cli.choice import SuggestingChoice
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import BAD, GOOD, WARN, Result, counted, reported, table
from ivrhooks.config.loader import load

COLOURS = {"dead": BAD, "delivered": GOOD, "waiting": WARN}
HEADER = ("ID", "STATE", "ENDPOINT", "ACTION", "SOURCE", "TRIES", "STORED", "ERROR")


class SuggestingGroup(click.Group):
    """A group of commands that suggests the nearest word for an unknown one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0] if args else ""
        if word and not word.startswith("-") and word not in self.commands:
            near = get_close_matches(word, self.commands, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command 'outbox {word}'.{hint}")
        return super().resolve_command(ctx, args)


@click.group("outbox", cls=SuggestingGroup)
def command() -> None:
    """Look into the outbox: what waits, what is dead, and why.

    For example: ivrhooks outbox list --state dead
    """


def _filters(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--source", default="", help="Only those of this source."),
        click.option(
            "--state", type=SuggestingChoice(STATES), default=None, help="Only these."
        ),
    ):
        function = option(function)
    return function


@command.command("list")
@_filters
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=100,
    show_default=True,
    help="How many at most, the newest first.",
)
@config_option
@reported
def list_command(state: str | None, source: str, limit: int, folder: str) -> Result:
    """List actions, the newest first.

    For example: ivrhooks outbox list --state dead --source crm
    """
    with _Opened(folder) as stored:
        rows = stored.recent(Filter(state or "", source), limit)
        totals = stored.summary().totals
    summary = (
        f"{totals['waiting']} waiting, the oldest for {totals['oldest_s']:g} s; "
        f"{totals['dead']} dead"
    )
    lines = [*table([_row(row) for row in rows], HEADER), summary]
    return Result({"actions": rows}, lines)


@command.command("show")
@click.argument("action_id", metavar="ID")
@click.option("--show-personal", is_flag=True, help="Print personal data in full.")
@config_option
@reported
def show_command(action_id: str, show_personal: bool, folder: str) -> Result:
    """Show one action with its request.

    For example: ivrhooks outbox show 5c0e8f4e-8f0b-4a53-9d0e-1f2a3b4c5d6e
    """
    configuration = load(folder)
    with _Opened(folder) as stored:
        entry = stored.entry(
            action_id,
            kinds=kinds_of_actions(configuration),
            secrets=secrets_of_actions(configuration),
            personal=show_personal,
        )
    if entry is None:
        return Result({"error": "not_found"}, [f"There is no action {action_id}."], 1)
    lines = [line for name, value in entry.items() for line in _lines(name, value)]
    return Result(entry, lines)


@command.command("retry")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that the filter leaves.")
@_filters
@config_option
@reported
def retry_command(
    ids: Sequence[str], every: bool, state: str | None, source: str, folder: str
) -> Result:
    """Have actions tried again, from now on and as if they were new.

    For example: ivrhooks outbox retry --all --state dead
    """
    chosen = _chosen(ids, every, state, source, RETRIED)
    return _change(folder, chosen, StoredActions.retry, "will be tried again")


@command.command("drop")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "every", is_flag=True, help="All that the filter leaves.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_filters
@config_option
@reported
def drop_command(
    ids: Sequence[str],
    every: bool,
    yes: bool,
    state: str | None,
    source: str,
    folder: str,
) -> Result:
    """Drop actions: they are never delivered.

    For example: ivrhooks outbox drop --all --state dead --source crm
    """
    chosen = _chosen(ids, every, state, source, DROPPED)
    if every and not yes:
        click.confirm("They are lost then. Drop all of them?", abort=True, err=True)
    return _change(folder, chosen, StoredActions.drop, "dropped")


def _chosen(
    ids: Sequence[str],
    every: bool,
    state: str | None,
    source: str,
    states: Sequence[str],
) -> Filter:
    if bool(ids) == every:
        raise click.UsageError("Name the actions by their ids, or say --all.")
    if every and not state:
        raise click.UsageError("Beside --all say which: --state dead.")
    if state and state not in states:
        raise click.UsageError(f"That can be done to: {', '.join(states)}.")
    return Filter(state or "", source, tuple(ids))


def _change(
    folder: str,
    chosen: Filter,
    change: Callable[..., int],
    verb: str,
) -> Result:
    done = 0
    with _Opened(folder) as stored:
        total = stored.count(chosen)
        with click.progressbar(
            length=max(1, total), label=counted(total, "action"), file=sys.stderr
        ) as bar:
            while step := change(stored, chosen):
                done += step
                bar.update(step)
                if chosen.ids or done >= total:
                    break
    missed = len(chosen.ids) - done if chosen.ids else 0
    lines = [f"{counted(done, 'action')} {verb}."]
    if missed > 0:
        lines.append(f"{counted(missed, 'action')} not: unknown, or in another state.")
    return Result({"changed": done, "missed": missed}, lines, 1 if missed else 0)


class _Opened:
    """The outbox of a configuration. A failure of the store is reported in words."""

    def __init__(self, folder: str) -> None:
        self._stored = stored_of(load(folder))

    def __enter__(self) -> StoredActions:
        return self._stored

    def __exit__(self, kind: Any, problem: BaseException | None, _: Any) -> None:
        self._stored.close()
        if isinstance(problem, (SQLAlchemyError, OSError)):
            why = type(getattr(problem, "orig", None) or problem).__name__
            raise click.ClickException(f"The outbox cannot be read: {why}.")


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["id"],
        click.style(row["state"], fg=COLOURS.get(row["state"])),
        row["endpoint"],
        row["action"],
        row["source"],
        str(row["tries"]),
        row["stored_at"],
        row["error"],
    )


def _lines(name: str, value: Any, indent: str = "") -> Iterator[str]:
    """Yield a value with its name; nested values are indented below it."""
    width = 12 if not indent else 0
    if isinstance(value, Mapping) and value:
        yield f"{indent}{name}:"
        for key, below in value.items():
            yield from _lines(str(key), below, f"{indent}  ")
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        for number, item in enumerate(value, 1):
            yield from _lines(f"{name} {number}", item, indent)
    else:
        yield f"{indent}{name + ':':<{width}} {_value_text(value)}".rstrip()


def _value_text(value: Any) -> str:
    if isinstance(value, str) and value.isprintable():
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
