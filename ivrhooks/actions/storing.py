"""Writes drafts into the outbox: one transaction, each key once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ivrhooks.actions.draft import (
    AcceptedAction,
    Draft,
    dump_params,
    load_params,
    new_id,
)
from ivrhooks.actions.tables import ACTIONS, KEYS
from ivrhooks.store.cipher import Cipher

_PARTS = 900
"""Values in one IN (…): SQLite allows at most 32,766 parameters, older ones 999."""


def seal(cipher: Cipher, action_id: str, draft: Draft) -> bytes:
    """Encrypt parameters, key and order of an action for its own row."""
    head = orjson.dumps([draft.key, draft.order])
    data = head + b"\n" + dump_params(draft.params)
    return cipher.encrypt(data, f"action {action_id}")


def unseal(cipher: Cipher, action_id: str, payload: bytes) -> dict[str, Any]:
    """Return ``params``, ``key`` and ``order`` of a row. Raises CannotDecrypt."""
    head, _, data = cipher.decrypt(payload, f"action {action_id}").partition(b"\n")
    key, order = orjson.loads(head)
    return {"params": load_params(data), "key": key, "order": order}


def seal_answer(cipher: Cipher, action_id: str, answer: bytes) -> bytes | None:
    """Encrypt the answer of a failed try for its action's row."""
    return cipher.encrypt(answer, f"answer {action_id}") if answer else None


def unseal_answer(cipher: Cipher, action_id: str, sealed: bytes | None) -> str:
    """Return that answer as text, or "" where there is none. Raises CannotDecrypt."""
    if sealed is None:
        return ""
    return cipher.decrypt(sealed, f"answer {action_id}").decode("utf-8", "replace")


def insert(
    connection: Connection,
    drafts: Sequence[Draft],
    cipher: Cipher,
    now: float,
    ids: Sequence[str] = (),
) -> list[AcceptedAction]:
    """Store ``drafts`` in their order, except those whose key is known.

    ``ids``: those of an earlier attempt; rows that it stored stay.
    """
    ids = ids or [new_id() for _ in drafts]
    owners = _owners(connection, drafts, ids, cipher, now)
    rows = []
    accepted = []
    for draft, own, owner in zip(drafts, ids, owners, strict=True):
        accepted.append(AcceptedAction(owner, repeated=owner != own))
        if owner == own:
            rows.append(_row(draft, own, cipher, now))
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        adding = dialect.insert(ACTIONS).inline()
        adding = adding.on_conflict_do_nothing(index_elements=[ACTIONS.c.id])
        connection.execute(adding, rows)
    return accepted


def withdraw(connection: Connection, ids: Sequence[str]) -> None:
    """Delete actions whose caller got no answer, unless a worker has them."""
    chosen = list(ids)
    gone = ACTIONS.delete().where(
        ACTIONS.c.id.in_(chosen),
        ACTIONS.c.state == "waiting",
        ACTIONS.c.tries == 0,
    )
    connection.execute(gone)
    left = sa.select(ACTIONS.c.id).where(ACTIONS.c.id.in_(chosen))
    connection.execute(
        KEYS.delete().where(KEYS.c.action_id.in_(chosen), KEYS.c.action_id.not_in(left))
    )


def _row(draft: Draft, own: str, cipher: Cipher, now: float) -> dict[str, Any]:
    order = draft.order
    return {
        "id": own,
        "endpoint": draft.endpoint,
        "action": draft.action,
        "source": draft.source,
        "operation": draft.operation,
        "request_id": draft.request_id,
        "state": "waiting",
        "order_mark": None if order is None else cipher.mark(f"order\0{order}"),
        "tries": 0,
        "stored_at": now,
        "next_at": now + draft.delay,
        "give_up": draft.give_up,
        "give_up_at": now + draft.give_up,
        "error": "",
        "payload": seal(cipher, own, draft),
    }


def _owners(
    connection: Connection,
    drafts: Sequence[Draft],
    ids: Sequence[str],
    cipher: Cipher,
    now: float,
) -> list[str]:
    """Return the action id of each draft: its own, or that of the first with its
    key."""
    older = _under_older_keys(connection, drafts, cipher, now)
    by_lifetime: dict[float, dict[bytes, str]] = {}
    marks: list[bytes | None] = []
    for draft, own in zip(drafts, ids, strict=True):
        mark = None if draft.key is None else _mark(cipher, draft)[0]
        marks.append(mark)
        if mark is not None and mark not in older:
            by_lifetime.setdefault(draft.key_lives, {}).setdefault(mark, own)
    owners = dict(older)
    for lives, group in sorted(by_lifetime.items()):
        owners |= _claim_keys(connection, group, now, now - lives)
    return [
        own if mark is None else owners[mark]
        for own, mark in zip(ids, marks, strict=True)
    ]


def _mark(cipher: Cipher, draft: Draft) -> list[bytes]:
    """Return the hashes of a draft's key, that of the newest cipher key first."""
    return cipher.marks(f"key\0{draft.endpoint}\0{draft.action}\0{draft.key}")


def _claim_keys(
    connection: Connection, ids_by_mark: dict[bytes, str], now: float, since: float
) -> dict[bytes, str]:
    """Store each id under its mark, unless another was stored there after ``since``.

    Return the ids that are stored. The order is sorted, so that two processes never
    block each other.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(KEYS)
    adding = adding.on_conflict_do_update(
        index_elements=[KEYS.c.mark],
        set_={"action_id": adding.excluded.action_id, "at": adding.excluded.at},
        where=KEYS.c.at <= since,
    )
    rows = [
        {"mark": mark, "action_id": own, "at": now}
        for mark, own in sorted(ids_by_mark.items())
    ]
    connection.execute(adding, rows)
    claimed: dict[bytes, str] = {}
    marks = list(ids_by_mark)
    for start in range(0, len(marks), _PARTS):
        statement = sa.select(KEYS.c.mark, KEYS.c.action_id).where(
            KEYS.c.mark.in_(marks[start : start + _PARTS])
        )
        claimed |= {bytes(mark): owner for mark, owner in connection.execute(statement)}
    return claimed


def _under_older_keys(
    connection: Connection, drafts: Sequence[Draft], cipher: Cipher, now: float
) -> dict[bytes, str]:
    """Return, by newest mark, the actions stored under the mark of an older cipher
    key."""
    older: dict[bytes, tuple[bytes, float]] = {}
    for draft in drafts:
        if draft.key is not None:
            first, *rest = _mark(cipher, draft)
            older |= dict.fromkeys(rest, (first, now - draft.key_lives))
    if not older:
        return {}
    statement = sa.select(KEYS).where(KEYS.c.mark.in_(list(older)))
    ids = {}
    for row in connection.execute(statement):
        first, since = older[bytes(row.mark)]
        if row.at > since:
            ids[first] = row.action_id
    return ids
