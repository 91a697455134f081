"""Reads the outbox for people, and retries or drops actions."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, RowMapping

from ivrhooks.actions.interface import DROPPED, RETRIED, Filter, Summary
from ivrhooks.actions.storing import unseal, unseal_answer
from ivrhooks.actions.tables import (
    ACTIONS,
    DEAD,
    DELIVERING,
    READING,
    TOTALS,
    WAITING,
    open_outbox,
)
from ivrhooks.basics.clock import seconds_since_1970
from ivrhooks.basics.people.masking import hide, mask_text, mask_value
from ivrhooks.basics.people.personal import (
    NO_KINDS,
    FieldKinds,
    mask_as,
    mask_record,
    plain_fields,
)
from ivrhooks.store.cipher import CannotDecrypt, Cipher

_LONG_ENOUGH = 6
"""Letters; a shorter secret would match ordinary text."""

_NAMING = {"name": 2, "phone": 2, "id": 4}
"""Kinds of personal data that identify somebody in free text, with their least
letters."""

MAX_ROWS = 500
"""The rows of one answer, and of one step of a change to many."""

_LIGHT = [
    column for column in ACTIONS.columns if column.name not in ("payload", "answer")
]


class StoredActions:
    """The outbox as people see it, usable from any thread; opened on first use."""

    def __init__(
        self,
        url: str,
        open_cipher: Callable[[], Cipher],
        *,
        now: Callable[[], float] = seconds_since_1970,
    ) -> None:
        self.url = url
        self._open_cipher = open_cipher
        self._now = now
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    def recent(self, chosen: Filter, limit: int = 100) -> list[dict[str, Any]]:
        """Return the newest first, without their requests."""
        statement = (
            sa.select(*_LIGHT)
            .where(*_conditions(chosen))
            .order_by(ACTIONS.c.seq.desc())
            .limit(max(1, min(limit, MAX_ROWS)))
        )
        with self._reading() as connection:
            return [listed(row) for row in connection.execute(statement).mappings()]

    def entry(
        self,
        action_id: str,
        *,
        kinds: Callable[[str, str], FieldKinds] = lambda endpoint, action: NO_KINDS,
        secrets: Callable[[str, str], Collection[str]] = lambda endpoint, action: (),
        personal: bool = False,
    ) -> dict[str, Any] | None:
        """Return one action with its request, or None.

        It is masked unless ``personal``, by the kinds of its endpoint's action, and
        without the ``secrets`` of that action and its source.
        """
        statement = sa.select(ACTIONS).where(ACTIONS.c.id == action_id)
        with self._reading() as connection:
            row = connection.execute(statement).mappings().first()
        if row is None:
            return None
        named = row["endpoint"], row["action"]
        texts = tuple(
            secret for secret in secrets(*named) if len(secret) >= _LONG_ENOUGH
        )
        return self._full_row(row, None if personal else kinds(*named), texts)

    def count(self, chosen: Filter) -> int:
        """Return how many match."""
        statement = sa.select(sa.func.count()).select_from(ACTIONS)
        with self._reading() as connection:
            return int(
                connection.execute(statement.where(*_conditions(chosen))).scalar_one()
            )

    def retry(self, chosen: Filter) -> int:
        """Make at most MAX_ROWS of them due now, as if they were new; return how many.

        Actions that are delivered or being delivered are not changed.
        """
        now = self._now()
        return self._change(
            chosen,
            RETRIED,
            state="waiting",
            tries=0,
            next_at=now,
            give_up_at=now + ACTIONS.c.give_up,
            ended_at=None,
        )

    def drop(self, chosen: Filter) -> int:
        """Drop at most MAX_ROWS of them: they are never delivered."""
        return self._change(chosen, DROPPED, state="dropped", ended_at=self._now())

    def summary(self) -> Summary:
        """Return what waits and what is dead now."""
        summary, now = Summary(), self._now()
        with self._reading() as connection:
            for state in (WAITING, DELIVERING, DEAD):
                statement = (
                    sa.select(
                        ACTIONS.c.source,
                        sa.func.count(),
                        sa.func.min(ACTIONS.c.stored_at),
                    )
                    .where(ACTIONS.c.state == state)
                    .group_by(ACTIONS.c.source)
                )
                for source, count, oldest in connection.execute(statement):
                    if state is DEAD:
                        summary.dead[source] = count
                        continue
                    summary.waiting[source] = summary.waiting.get(source, 0) + count
                    age = max(0.0, now - oldest, summary.oldest_s.get(source, 0.0))
                    summary.oldest_s[source] = age
            for row in connection.execute(sa.select(TOTALS)):
                if row.source:
                    summary.delivered[row.source] = row.delivered
                    summary.retried[row.source] = row.retried
        return summary

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _change(self, chosen: Filter, states: Sequence[str], **values: Any) -> int:
        conditions = [*_conditions(chosen), ACTIONS.c.state.in_(states)]
        some = sa.select(ACTIONS.c.seq).where(*conditions).order_by(ACTIONS.c.seq)
        if not chosen.ids and values["state"] == "waiting":
            # Waiting actions that are already due would be found again and again.
            some = some.where(
                sa.or_(ACTIONS.c.state != "waiting", ACTIONS.c.next_at > self._now())
            )
        with self._open_engine().begin() as connection:
            rows = connection.execute(some.limit(MAX_ROWS)).scalars().all()
            changed = connection.execute(
                ACTIONS.update()
                .where(ACTIONS.c.seq.in_(rows), ACTIONS.c.state.in_(states))
                .values(**values)
            )
        return changed.rowcount if rows else 0

    def _full_row(
        self, row: RowMapping, kinds: FieldKinds | None, texts: tuple[str, ...]
    ) -> dict[str, Any]:
        entry = listed(row) | {
            "operation": row["operation"],
            "request_id": row["request_id"],
            "give_up_at": _moment(row["give_up_at"]),
            "ended_at": _moment(row["ended_at"]),
            "status": row["status"],
        }
        try:
            cipher = self._open_cipher()
            content = unseal(cipher, row["id"], bytes(row["payload"]))
            answer = unseal_answer(cipher, row["id"], row["answer"])
        except CannotDecrypt as why:
            return entry | {
                "request": None,
                "answer": None,
                "key": None,
                "order": None,
                "why": str(why),
            }
        shown = mask_value(content, (), texts, numbers=kinds is not None)
        answer = hide(answer, texts, numbers=False)
        if kinds is not None:
            shown["params"] = mask_record(content["params"], kinds, texts=texts)
            answer = shown_answer(answer, content["params"], kinds)
        return entry | {
            "request": shown["params"],
            "answer": answer,
            "key": shown["key"],
            "order": shown["order"],
        }

    def _reading(self) -> Connection:
        return self._open_engine().connect().execution_options(**READING)

    def _open_engine(self) -> Engine:
        with self._opening:
            if self._engine is None:
                self._engine = open_outbox(self.url)
            return self._engine


def without_names(text: str, params: Any, kinds: FieldKinds) -> str:
    """Return an answer with each name and id masked that was sent with the action."""
    for kind, value in plain_fields(params, kinds):
        name = value.strip() if isinstance(value, str) else ""
        shown = mask_as(kind, name)
        if kind == "phone" and any(map(str.isdecimal, name)):
            continue  # numbers are masked elsewhere
        if kind in _NAMING and len(name) >= _NAMING[kind] and shown != name:
            whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
            text = whole.sub(str(shown).replace("\\", r"\\"), text)
    return text


def shown_answer(text: str, params: Any, kinds: FieldKinds) -> str:
    """Return an answer as people see it: JSON field by field, all else as free text.

    What was sent with the action is masked wherever it stands.
    """

    def free(text: str) -> str:
        return mask_text(without_names(text, params, kinds))

    try:
        value = orjson.loads(text)
    except ValueError:
        return free(text)
    return orjson.dumps(mask_record(value, kinds, free=free)).decode()


def listed(row: RowMapping) -> dict[str, Any]:
    """Return a row as lists show it."""
    return {
        "id": row["id"],
        "state": row["state"],
        "endpoint": row["endpoint"],
        "action": row["action"],
        "source": row["source"],
        "tries": row["tries"],
        "stored_at": _moment(row["stored_at"]),
        "next_at": _moment(row["next_at"]) if row["state"] == "waiting" else None,
        "error": mask_text(row["error"]),
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _conditions(chosen: Filter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if chosen.state:
        conditions.append(ACTIONS.c.state == chosen.state)
    if chosen.source:
        conditions.append(ACTIONS.c.source == chosen.source)
    if chosen.ids:
        conditions.append(ACTIONS.c.id.in_(list(chosen.ids)))
    return conditions
