"""``ivrhooks forget``: removes a caller from all that is kept of calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import click
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import BAD, Result, counted, reported
from ivrhooks.cli.requests import open_journal_of, why
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.observe.forgetting import SECONDS, Note
from ivrhooks.observe.snapshots import snapshots_of_all
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher
from ivrhooks.store.people import Wanted
from ivrhooks.store.shared_forgetting import forget_shared


@dataclass(slots=True)
class Forgotten:
    """How much went, and what did not. ``workers`` have forgotten, ``silent`` ones have
    not answered."""

    journal: int = 0
    caches: int = 0
    workers: int = 0
    silent: int = 0
    shared_cache: int | None = None
    problems: list[str] = field(default_factory=list)


@click.command("forget")
@click.argument("caller")
@config_option
@reported
def command(caller: str, folder: str) -> Result:
    """Remove CALLER from the journal and all caches.

    For example: ivrhooks forget "+86 138 0000 0001"

    CALLER is a telephone number in any notation, an e-mail address or an id. Running
    workers of this machine forget within 2 s.
    """
    configuration = load(folder)
    who = Wanted(caller, configuration.region)
    if not who.sightings:
        raise click.UsageError("Name a caller: a number, an e-mail address or an id.")
    found = Forgotten()
    _forget_shared(configuration, who, found)
    _forget_in_workers(who, found)
    _forget_in_journal(configuration, who, found)
    return Result(_data(found), _lines(found), 1 if found.problems else 0)


def _forget_shared(configuration: Configuration, who: Wanted, found: Forgotten) -> None:
    if not configuration.shared_cache:
        return
    try:
        found.shared_cache = forget_shared(configuration.shared_cache, who)
    except RedisError as problem:
        found.problems.append(
            f"Redis cannot be reached ({type(problem).__name__}); run this again when "
            "it can"
        )


def _forget_in_workers(who: Wanted, found: Forgotten) -> None:
    folder = data_folder()
    note = Note(folder, open_cipher(), who)
    told = note.wait(lambda: snapshots_of_all(folder), seconds=SECONDS)
    found.workers, found.silent, found.caches = told
    if not found.silent:
        note.remove()
    else:  # whoever is late still finds it
        found.problems.append(
            f"{counted(found.silent, 'worker')} did not answer in time; run this again"
        )


def _forget_in_journal(
    configuration: Configuration, who: Wanted, found: Forgotten
) -> None:
    journal = open_journal_of(configuration)
    try:
        found.journal = journal.forget(who)
    except (SQLAlchemyError, OSError) as problem:
        found.problems.append(
            f"the journal cannot be written ({why(problem)}); run this again when it "
            "can"
        )
    finally:
        journal.close()


def _data(found: Forgotten) -> dict[str, Any]:
    return {
        "ok": not found.problems,
        "journal": found.journal,
        "caches": found.caches,
        "workers": found.workers,
        "shared_cache": found.shared_cache,
        "problems": found.problems,
    }


def _lines(found: Forgotten) -> list[str]:
    lines = [
        f"journal: {counted(found.journal, 'data request')} removed",
        f"caches of {counted(found.workers, 'worker')}: "
        f"{counted(found.caches, 'result')} removed",
    ]
    if found.shared_cache is not None:
        lines.append(f"Redis: {counted(found.shared_cache, 'result')} removed")
    return [*lines, *(click.style(one, fg=BAD) for one in found.problems)]
