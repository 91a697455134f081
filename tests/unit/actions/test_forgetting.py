"""A caller goes from what is over; what waits is named, and goes where that is said."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ivrhooks.actions.forgetting import forget_actions
from ivrhooks.actions.leasing import Lane, TryResult, claim, finish
from ivrhooks.actions.storing import insert
from ivrhooks.actions.tables import KEYS
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person

NOW = 1_800_000_000.0
WHO = Person("+86 138 0000 0001", "CN")


@pytest.fixture
def held(store: Any, draft: Any, cipher: Any) -> list[str]:
    """Of one caller a delivered, a dead, a waiting one, and one under way; of another
    a delivered one."""
    mine = {"json": {"note": "call 13800000001 back"}}
    names = ("delivered", "dead", "under way")
    drafts = [draft(name, params=mine, key=f"{name} 1") for name in names]
    drafts += [draft("waiting", params={"items": [{"phone": "13800000001"}]})]
    drafts += [draft("other", params={"json": {"tel": "13900000001"}}, source="shop")]
    accepted = store.do(insert, drafts, cipher, NOW)
    claimed, _ = store.do(claim, [Lane("crm", 3, 40.0), Lane("shop", 1, 40.0)], NOW)
    for action in claimed:
        if action.action == "delivered" or action.source == "shop":
            store.do(finish, TryResult(action, "delivered", status=200), NOW)
        elif action.action == "dead":
            store.do(finish, TryResult(action, "dead", status=422, error="no"), NOW)
    return [action.id for action in accepted]


def test_finished_actions_are_deleted_and_waiting_ones_named(
    store: Any, held: list[str], cipher: Any
) -> None:
    result = forget_actions(store.url, cipher, WHO)
    assert (result.ended, result.pending, result.unreadable) == (1, 0, 0)
    assert [(action["action"], action["state"]) for action in result.remaining] == [
        ("dead", "dead"),
        ("under way", "delivering"),
        ("waiting", "waiting"),
    ]
    assert result.remaining[0]["id"] == held[1]
    assert [row.action for row in store.rows()] == [
        "dead",
        "under way",
        "waiting",
        "other",
    ]
    with store.engine.begin() as connection:
        keys = connection.execute(sa.select(KEYS.c.action_id)).scalars().all()
    assert sorted(keys) == sorted(held[1:3])


def test_waiting_actions_are_deleted_on_request(
    store: Any, held: list[str], cipher: Any
) -> None:
    result = forget_actions(store.url, cipher, WHO, waiting=True)
    assert (result.ended, result.pending) == (1, 2)
    assert [action["state"] for action in result.remaining] == ["delivering"]
    assert [row.action for row in store.rows()] == ["under way", "other"]


def test_undecryptable_actions_are_counted(store: Any, held: list[str]) -> None:
    result = forget_actions(store.url, Cipher([b"o" * 32]), WHO)
    assert (result.ended, result.remaining, result.unreadable) == (0, [], 5)
