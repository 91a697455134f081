"""A caller goes from what is over; what waits is named, and goes where that is said."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ivrhooks.actions.forgetting import forget_actions
from ivrhooks.actions.leasing import Ended, Lane, claim, finish
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
    for one in claimed:
        if one.action == "delivered" or one.source == "shop":
            store.do(finish, Ended(one, "delivered", status=200), NOW)
        elif one.action == "dead":
            store.do(finish, Ended(one, "dead", status=422, error="no"), NOW)
    return [one.id for one in accepted]


def test_what_is_over_goes_and_what_waits_is_named(
    store: Any, held: list[str], cipher: Any
) -> None:
    found = forget_actions(store.url, cipher, WHO)
    assert (found.over, found.held, found.unreadable) == (1, 0, 0)
    assert [(one["action"], one["state"]) for one in found.left] == [
        ("dead", "dead"),
        ("under way", "delivering"),
        ("waiting", "waiting"),
    ]
    assert found.left[0]["id"] == held[1]
    assert [row.action for row in store.rows()] == [
        "dead",
        "under way",
        "waiting",
        "other",
    ]
    with store.engine.begin() as connection:
        keys = connection.execute(sa.select(KEYS.c.action_id)).scalars().all()
    assert sorted(keys) == sorted(held[1:3])


def test_what_waits_goes_where_that_is_said(
    store: Any, held: list[str], cipher: Any
) -> None:
    found = forget_actions(store.url, cipher, WHO, waiting=True)
    assert (found.over, found.held) == (1, 2)
    assert [one["state"] for one in found.left] == ["delivering"]
    assert [row.action for row in store.rows()] == ["under way", "other"]


def test_what_no_key_reads_is_counted(store: Any, held: list[str]) -> None:
    found = forget_actions(store.url, Cipher([b"o" * 32]), WHO)
    assert (found.over, found.left, found.unreadable) == (0, [], 5)
