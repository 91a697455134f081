"""Removes a caller from the outbox: ended actions are deleted, waiting ones are
listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from ivrhooks.actions.storing import unseal
from ivrhooks.actions.tables import ACTIONS, KEYS, READING, open_outbox
from ivrhooks.store.cipher import CannotDecrypt, Cipher
from ivrhooks.store.people import Person

ENDED = ("delivered", "dropped")
"""States of an action that has ended."""

PENDING = ("waiting", "dead")
"""States of an action that may still be delivered."""

BATCH = 500


@dataclass(slots=True)
class ForgottenActions:
    """``ended`` and ``pending``: how many of each were removed; ``remaining``:
    those that were kept, with id, state, endpoint, action and source; ``unreadable``:
    how many none of the keys can decrypt."""

    ended: int = 0
    pending: int = 0
    remaining: list[dict[str, str]] = field(default_factory=list)
    unreadable: int = 0


def forget_actions(
    url: str, cipher: Cipher, caller: Person, *, waiting: bool = False
) -> ForgottenActions:
    """Remove the ended actions of ``caller``; with ``waiting`` also waiting and dead
    ones.

    One that is being delivered is left to its worker. Raises OSError and
    SQLAlchemyError.
    """
    forgotten = ForgottenActions()
    engine = open_outbox(url)
    try:
        with engine.connect().execution_options(**READING) as connection:
            matching = list(_matching_rows(connection, cipher, caller, forgotten))
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                connection.execute(sa.text("PRAGMA secure_delete = ON"))
            for row in matching:
                _forget(connection, row, waiting, forgotten)
    finally:
        engine.dispose()
    return forgotten


def _matching_rows(
    connection: Connection, cipher: Cipher, caller: Person, forgotten: ForgottenActions
) -> Iterator[RowMapping]:
    after = 0
    while True:
        statement = (
            sa.select(ACTIONS).where(ACTIONS.c.seq > after).order_by(ACTIONS.c.seq)
        )
        rows = connection.execute(statement.limit(BATCH)).mappings().all()
        for row in rows:
            try:
                content: Any = unseal(cipher, row["id"], bytes(row["payload"]))
            except (CannotDecrypt, ValueError):
                forgotten.unreadable += 1
                continue
            if caller.mentioned_in([content, row["request_id"]]):
                yield row
        if len(rows) < BATCH:
            return
        after = rows[-1]["seq"]


def _forget(
    connection: Connection, row: RowMapping, waiting: bool, forgotten: ForgottenActions
) -> None:
    """Delete a row only where its state is unchanged: a worker may have taken it."""
    states = ENDED + PENDING if waiting else ENDED
    gone = ACTIONS.delete().where(
        ACTIONS.c.seq == row["seq"], ACTIONS.c.state.in_(states)
    )
    if not connection.execute(gone).rowcount:
        names = ("id", "state", "endpoint", "action", "source")
        forgotten.remaining.append({name: str(row[name]) for name in names})
        return
    connection.execute(KEYS.delete().where(KEYS.c.action_id == row["id"]))
    if row["state"] in ENDED:
        forgotten.ended += 1
    else:
        forgotten.pending += 1
