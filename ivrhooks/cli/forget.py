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
class Forgotten:
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
    found = Forgotten()
    _forget_shared(configuration, who, found)
    _forget_in_workers(who, found)
    _forget_in_store(configuration, who, waiting, found)
    return Result(_data(found), _lines(found), 1 if found.problems else 0)


def _forget_shared(configuration: Configuration, who: Person, found: Forgotten) -> None:
    if not configuration.shared_cache:
        return
    try:
        url = configuration.shared_cache
        found.shared_cache = forget_shared(url, who, open_cipher())
    except RedisError as problem:
        found.problems.append(
            f"Redis cannot be reached ({type(problem).__name__}); run this again when "
            "it can"
        )


def _forget_in_workers(who: Person, found: Forgotten) -> None:
    folder = data_folder()
    note = Note(folder, open_cipher(), who)
    told = note.wait(lambda: snapshots_of_all(folder), seconds=SECONDS)
    found.workers, found.silent, found.caches = told
    if not found.silent:
        note.remove()
    else:  # a worker that is late still finds the order
        found.problems.append(
            f"{counted(found.silent, 'worker')} did not answer in time; run this again"
        )


def _forget_in_store(
    configuration: Configuration, who: Person, waiting: bool, found: Forgotten
) -> None:
    journal = open_journal_of(configuration)
    folder = data_folder()
    try:
        found.journal = journal.forget(who)
        if configuration.store or (folder / FILE).exists():
            url = outbox_url(configuration.store, folder)
            found.actions = forget_actions(url, open_cipher(), who, waiting=waiting)
    except (SQLAlchemyError, OSError) as problem:
        found.problems.append(
            f"the store cannot be written ({why(problem)}); run this again when it can"
        )
    finally:
        journal.close()


def _data(found: Forgotten) -> dict[str, Any]:
    return {
        "ok": not found.problems,
        "journal": found.journal,
        "actions": found.actions.over,
        "waiting": found.actions.left,
        "waiting_removed": found.actions.held,
        "caches": found.caches,
        "workers": found.workers,
        "shared_cache": found.shared_cache and found.shared_cache.removed,
        "shared_cache_unread": found.shared_cache and found.shared_cache.unread,
        "problems": found.problems,
    }


def _lines(found: Forgotten) -> list[str]:
    lines = [
        f"journal: {counted(found.journal, 'data request')} removed",
        f"delivered actions: {found.actions.over} removed",
        f"caches of {counted(found.workers, 'worker')}: "
        f"{counted(found.caches, 'result')} removed",
    ]
    if found.shared_cache is not None:
        shared = found.shared_cache
        lines.append(f"Redis: {counted(shared.removed, 'result')} removed")
        if shared.unread:
            lines.append(
                f"Redis: {counted(shared.unread, 'result')} of another key removed "
                "unread; set the same IVRHOOKS_KEY on every machine"
            )
    if found.actions.held:
        lines.append(f"waiting actions: {found.actions.held} removed")
    if found.actions.left:
        lines.append("kept, since something is still to come of them (--waiting):")
        lines += [
            f"  {entry['id']} {entry['state']}: {entry['action']} of "
            f"{entry['endpoint']}, to {entry['source']}"
            for entry in found.actions.left
        ]
    return [*lines, *(click.style(problem, fg=BAD) for problem in found.problems)]
