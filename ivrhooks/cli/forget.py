"""``ivrhooks forget``: removes a caller from all stored data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.actions.forgetting import ForgottenActions, forget_actions
from ivrhooks.actions.interface import FILE, outbox_url
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import BAD, Result, counted, reported
from ivrhooks.cli.requests import open_journal_of, why
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.observe.forgetting import SECONDS, Note
from ivrhooks.observe.snapshots import snapshots_of_all
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.people import Person
from ivrhooks.store.shared_forgetting import ForgottenShared, forget_shared


@dataclass(slots=True)
class ForgetReport:
    """How much was removed, and what was not. ``workers``: how many have confirmed;
    ``silent``: how many have not answered."""

    journal: int = 0
    actions: ForgottenActions = field(default_factory=ForgottenActions)
    caches: int = 0
    workers: int = 0
    silent: int = 0
    shared_cache: ForgottenShared | None = None
    problems: list[str] = field(default_factory=list)


@click.command("forget")
@click.argument("caller")
@click.option(
    "--waiting",
    is_flag=True,
    help="Remove actions that wait or are dead, too: they are never delivered.",
)
@config_option
@reported
def command(caller: str, waiting: bool, folder: str) -> Result:
    """Remove CALLER from journal, delivered actions and all caches.

    For example: ivrhooks forget "+86 138 0000 0001"

    CALLER is a telephone number in any notation, an e-mail address or an id. Running
    workers of this machine follow within 2 s. Waiting actions are listed and kept.
    """
    configuration = load(folder)
    who = Person(caller, configuration.region)
    if not who.sightings:
        raise click.UsageError("Name a caller: a number, an e-mail address or an id.")
    forgotten = ForgetReport()
    _forget_shared(configuration, who, forgotten)
    _forget_in_workers(who, forgotten)
    _forget_in_store(configuration, who, waiting, forgotten)
    return Result(_data(forgotten), _lines(forgotten), 1 if forgotten.problems else 0)


def _forget_shared(
    configuration: Configuration, who: Person, forgotten: ForgetReport
) -> None:
    if not configuration.shared_cache:
        return
    try:
        url = configuration.shared_cache
        forgotten.shared_cache = forget_shared(url, who, open_cipher())
    except RedisError as problem:
        forgotten.problems.append(
            f"Redis cannot be reached ({type(problem).__name__}); run this again when "
            "it can"
        )


def _forget_in_workers(who: Person, forgotten: ForgetReport) -> None:
    folder = data_folder()
    note = Note(folder, open_cipher(), who)
    replies = note.wait(lambda: snapshots_of_all(folder), seconds=SECONDS)
    forgotten.workers, forgotten.silent, forgotten.caches = replies
    if not forgotten.silent:
        note.remove()
    else:  # a worker that is late still finds the order
        forgotten.problems.append(
            f"{counted(forgotten.silent, 'worker')} did not answer in time; "
            "run this again"
        )


def _forget_in_store(
    configuration: Configuration, who: Person, waiting: bool, forgotten: ForgetReport
) -> None:
    journal = open_journal_of(configuration)
    folder = data_folder()
    try:
        forgotten.journal = journal.forget(who)
        if configuration.store or (folder / FILE).exists():
            url = outbox_url(configuration.store, folder)
            forgotten.actions = forget_actions(url, open_cipher(), who, waiting=waiting)
    except (SQLAlchemyError, OSError) as problem:
        forgotten.problems.append(
            f"the store cannot be written ({why(problem)}); run this again when it can"
        )
    finally:
        journal.close()


def _data(forgotten: ForgetReport) -> dict[str, Any]:
    return {
        "ok": not forgotten.problems,
        "journal": forgotten.journal,
        "actions": forgotten.actions.ended,
        "waiting": forgotten.actions.remaining,
        "waiting_removed": forgotten.actions.pending,
        "caches": forgotten.caches,
        "workers": forgotten.workers,
        "shared_cache": forgotten.shared_cache and forgotten.shared_cache.removed,
        "shared_cache_unread": forgotten.shared_cache and forgotten.shared_cache.unread,
        "problems": forgotten.problems,
    }


def _lines(forgotten: ForgetReport) -> list[str]:
    lines = [
        f"journal: {counted(forgotten.journal, 'data request')} removed",
        f"delivered actions: {forgotten.actions.ended} removed",
        f"caches of {counted(forgotten.workers, 'worker')}: "
        f"{counted(forgotten.caches, 'result')} removed",
    ]
    if forgotten.shared_cache is not None:
        shared = forgotten.shared_cache
        lines.append(f"Redis: {counted(shared.removed, 'result')} removed")
        if shared.unread:
            lines.append(
                f"Redis: {counted(shared.unread, 'result')} of another key removed "
                "unread; set the same IVRHOOKS_KEY on every machine"
            )
    if forgotten.actions.pending:
        lines.append(f"waiting actions: {forgotten.actions.pending} removed")
    if forgotten.actions.remaining:
        lines.append("kept, since something is still to come of them (--waiting):")
        lines += [
            f"  {entry['id']} {entry['state']}: {entry['action']} of "
            f"{entry['endpoint']}, to {entry['source']}"
            for entry in forgotten.actions.remaining
        ]
    return [*lines, *(click.style(problem, fg=BAD) for problem in forgotten.problems)]
