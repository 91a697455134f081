"""``ivrhooks requests``: lists the data requests in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from ivrhooks.cli.arguments import refuse_unknown_endpoint
from ivrhooks.cli.complete import complete_endpoints
from ivrhooks.cli.folder import config_option
from ivrhooks.cli.report import Result, counted, reported, table
from ivrhooks.config.loader import load
from ivrhooks.config.plan import Configuration
from ivrhooks.config.schema.measures import read_duration
from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import MAX_ROWS, Journal
from ivrhooks.journal.tables import journal_url
from ivrhooks.observe.shown_requests import shown_request
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import check_key, open_cipher
from ivrhooks.store.people import Person

HEADER = ("TIME", "ENDPOINT", "CALLER", "STATUS", "MS", "WHAT")


@click.command("requests")
@click.option("--caller", default="", help="A number, an e-mail address or an id.")
@click.option(
    "--endpoint",
    default="",
    shell_complete=complete_endpoints,
    help="Of this endpoint alone.",
)
@click.option("--since", default="", help="Of the last 2h, 7d; or from a moment on.")
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_ROWS),
    default=100,
    show_default=True,
    help="The newest, so many at most.",
)
@config_option
@reported
def command(caller: str, endpoint: str, since: str, limit: int, folder: str) -> Result:
    """List the data requests that the journal keeps, the newest first.

    For example: ivrhooks requests --caller 13800000001 --since 7d

    A number may be written in any notation. Personal data is masked.
    """
    moment = read_since(since, datetime.now(UTC)) if since else 0.0
    configuration = load(folder)
    who = Person(caller, configuration.region) if caller.strip() else None
    chosen = EntryFilter(endpoint=endpoint, since=moment, caller=who)
    journal = open_journal_of(configuration)
    try:
        rows = [shown_request(row) for row in journal.recent(chosen, limit=limit)]
        lost = int(journal.size()["unreadable"])
    except (SQLAlchemyError, OSError) as problem:
        raise click.ClickException(f"The journal cannot be read: {why(problem)}") from (
            problem
        )
    finally:
        journal.close()
    # Workers write their entries a little later, so the order of ids is not that of
    # time.
    rows.sort(key=itemgetter("at"), reverse=True)
    if not rows:
        refuse_unknown_endpoint(configuration, endpoint)
    return Result({"requests": rows}, [*_lines(rows), *_unreadable_lines(lost)])


def open_journal_of(configuration: Configuration) -> Journal:
    """Return the journal of the servers with this configuration. Raises ConfigError."""
    check_key(configuration.store)
    return Journal(journal_url(configuration.store, data_folder()), open_cipher())


def why(problem: Exception) -> str:
    """Return why the store fails, without what a URL may hold."""
    return type(getattr(problem, "orig", None) or problem).__name__


def read_since(text: str, now: datetime) -> float:
    """Return the seconds since 1970 of ``2h`` ago or of a moment. Raises a usage
    error."""
    try:
        return (now - timedelta(seconds=read_duration(text))).timestamp()
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            "write 30m, 2h or 7d, or a moment: 2026-11-30T15:45", param_hint="--since"
        ) from None
    return (moment if moment.tzinfo else moment.astimezone()).timestamp()


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    if not rows:
        return ["No data request is kept that fits."]
    return table([_line(row) for row in rows], HEADER)


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    note = row["code"] or row["degraded"] or ", ".join(row["warnings"])
    defaults = ", ".join(row["defaults"])
    what = note or (f"defaults: {defaults}" if defaults else "answered")
    what = "cannot be read" if row["lost"] else what
    return (
        row["at"][:23].replace("T", " "),
        row["endpoint"] or row["path"] or "-",
        ", ".join(row["callers"][:3]) or "-",
        str(row["status"]),
        f"{row['ms']:.1f}",
        what,
    )


def _unreadable_lines(count: int) -> list[str]:
    if not count:
        return []
    return [
        f"{counted(count, 'data request')} cannot be read: encrypted with a key that "
        "is not here. They go when their time is over."
    ]
