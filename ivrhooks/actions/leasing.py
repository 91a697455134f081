"""Leases stored actions to workers, one holder at a time, and records their results.

When a lease ends without a result, another worker takes the action.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ivrhooks.actions.draft import KEY_SECONDS
from ivrhooks.actions.tables import (
    ACTIONS,
    DELIVERING,
    IS_DELIVERING,
    IS_WAITING,
    KEYS,
    TOTALS,
    WAITING,
)

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(7085)")
"""Advisory lock: two claims at once could give two actions of one order to two
workers."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What a worker takes of one source: at most ``free`` actions, each for ``lease``
    seconds."""

    source: str
    free: int
    lease: float


@dataclass(frozen=True, slots=True)
class ClaimedAction:
    """An action leased to a worker. ``tries``: those made before."""

    seq: int
    id: str
    endpoint: str
    action: str
    source: str
    operation: str
    request_id: str
    tries: int
    lease: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class TryResult:
    """How a try ended.

    ``state``: delivered, dead, or waiting for ``pause`` seconds; ``counts``: whether it
    was a try; ``status``: the HTTP status; ``answer``: the last unusable answer,
    encrypted (None: unchanged).
    """

    claimed: ClaimedAction
    state: str
    pause: float = 0.0
    counts: bool = True
    status: int | None = None
    error: str = ""
    answer: bytes | None = None


def claim(
    connection: Connection, lanes: Sequence[Lane], now: float
) -> tuple[list[ClaimedAction], float | None]:
    """Return due actions, oldest first, and the seconds until others are due (None:
    none)."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)
    _take_back(connection, now)
    claimed: list[ClaimedAction] = []
    for lane in lanes:
        claimed += _claim_lane(connection, lane, now)
    following = sa.select(sa.func.min(ACTIONS.c.next_at)).where(
        IS_WAITING,
        ACTIONS.c.source.in_([lane.source for lane in lanes]),
        ACTIONS.c.next_at > now,
    )
    then = connection.execute(following).scalar()
    return claimed, None if then is None else max(0.0, then - now)


def _claim_lane(connection: Connection, lane: Lane, now: float) -> list[ClaimedAction]:
    rows = connection.execute(_due(lane, now)).all()
    if not rows:
        return []
    lease = str(uuid.uuid4())
    connection.execute(
        ACTIONS.update()
        .where(ACTIONS.c.seq.in_([row.seq for row in rows]))
        .values(state="delivering", lease=lease, lease_until=now + lane.lease)
    )
    return [
        ClaimedAction(
            row.seq,
            row.id,
            row.endpoint,
            row.action,
            row.source,
            row.operation,
            row.request_id,
            row.tries,
            lease,
            bytes(row.payload),
        )
        for row in rows
    ]


def _due(lane: Lane, now: float) -> sa.Select[Any]:
    """Return the select of the oldest actions that may be delivered, locked."""
    return (
        sa.select(ACTIONS)
        .where(
            IS_WAITING,
            ACTIONS.c.source == lane.source,
            ACTIONS.c.next_at <= now,
            sa.or_(ACTIONS.c.order_mark.is_(None), ~_is_blocked()),
        )
        .order_by(ACTIONS.c.seq)
        .limit(lane.free)
        .with_for_update(skip_locked=True, of=ACTIONS)
    )


def _is_blocked() -> sa.ColumnElement[bool]:
    """Return the condition that an earlier action of the same order is unfinished."""
    held, earlier = ACTIONS.alias("held"), ACTIONS.alias("earlier")
    under_way = sa.exists().where(
        held.c.order_mark == ACTIONS.c.order_mark, held.c.state == DELIVERING
    )
    before = sa.exists().where(
        earlier.c.order_mark == ACTIONS.c.order_mark,
        earlier.c.seq < ACTIONS.c.seq,
        earlier.c.state == WAITING,
    )
    return sa.or_(under_way, before)


def _take_back(connection: Connection, now: float) -> None:
    """Reset actions whose worker did not report in time to waiting."""
    connection.execute(
        ACTIONS.update()
        .where(IS_DELIVERING, ACTIONS.c.lease_until < now)
        .values(
            state="waiting",
            next_at=now,
            tries=ACTIONS.c.tries + 1,
            lease=None,
            lease_until=None,
            error="the worker that had it ended",
        )
    )


def finish(connection: Connection, ended: TryResult, now: float) -> None:
    """Record how a try ended, unless the lease has gone to another worker."""
    claimed, waits = ended.claimed, ended.state == "waiting"
    changed = connection.execute(
        ACTIONS.update()
        .where(
            ACTIONS.c.seq == claimed.seq,
            ACTIONS.c.lease == claimed.lease,
            ACTIONS.c.state == "delivering",
        )
        .values(
            state=ended.state,
            tries=ACTIONS.c.tries + int(ended.counts),
            next_at=now + ended.pause,
            ended_at=None if waits else now,
            status=ended.status,
            error=ended.error,
            answer=ended.answer,
            lease=None,
            lease_until=None,
        )
    )
    delivered = ended.state == "delivered"
    if changed.rowcount and (delivered or (waits and ended.counts)):
        _count(connection, claimed.source, delivered=delivered)


def hand_back(
    connection: Connection, held: Sequence[ClaimedAction], now: float
) -> None:
    """Release what this worker will not send, so that others can take it."""
    for lease in held:
        connection.execute(
            ACTIONS.update()
            .where(ACTIONS.c.seq == lease.seq, ACTIONS.c.lease == lease.lease)
            .where(ACTIONS.c.state == "delivering")
            .values(state="waiting", next_at=now, lease=None, lease_until=None)
        )


def sweep(
    connection: Connection, now: float, keep: float
) -> list[tuple[str, str, str, str, str]]:
    """Give up what has waited too long, and delete what ended ``keep`` seconds ago.

    Return endpoint, action, source, id and error of those given up.
    """
    table = ACTIONS.c
    given_up = connection.execute(
        sa.select(table.seq, *_REPORTED).where(IS_WAITING, table.give_up_at <= now)
    ).all()
    reports = []
    for seq, *who, last in given_up:
        error = "given up: it was not delivered in time" + (last and f"; last: {last}")
        changed = connection.execute(
            ACTIONS.update()
            .where(table.seq == seq, table.state == "waiting")
            .values(state="dead", ended_at=now, error=error)
        )
        if changed.rowcount:
            reports.append((*who, error))
    connection.execute(
        ACTIONS.delete().where(
            table.ended_at < now - keep, table.state.in_(("delivered", "dropped"))
        )
    )
    connection.execute(KEYS.delete().where(KEYS.c.at <= now - KEY_SECONDS))
    return reports


_REPORTED = (
    ACTIONS.c.endpoint,
    ACTIONS.c.action,
    ACTIONS.c.source,
    ACTIONS.c.id,
    ACTIONS.c.error,
)


def _count(connection: Connection, source: str, *, delivered: bool) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row: Mapping[str, object] = {
        "source": source,
        "delivered": int(delivered),
        "retried": int(not delivered),
    }
    adding = dialect.insert(TOTALS).values(row)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=[TOTALS.c.source],
            set_={
                "delivered": TOTALS.c.delivered + adding.excluded.delivered,
                "retried": TOTALS.c.retried + adding.excluded.retried,
            },
        )
    )
