"""Storing: in order, encrypted, and each key once in 24 hours."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from ivrhooks.actions.leasing import Lane, claim
from ivrhooks.actions.storing import (
    insert,
    seal_answer,
    unseal,
    unseal_answer,
    withdraw,
)
from ivrhooks.store.cipher import CannotDecrypt, Cipher

NOW = 1_800_000_000.0
DAY = 86_400.0


def test_drafts_are_stored_in_their_order(store: Any, draft: Any, cipher: Any) -> None:
    drafts = [draft(f"a{number}") for number in range(5)]
    accepted = store.do(insert, drafts, cipher, NOW)
    assert [row.id for row in store.rows()] == [action.id for action in accepted]
    assert [row.action for row in store.rows()] == ["a0", "a1", "a2", "a3", "a4"]
    assert store.states() == ["waiting"] * 5


def test_delay_and_give_up_count_from_storing(
    store: Any, draft: Any, cipher: Any
) -> None:
    store.do(insert, [draft(delay=5.0, give_up=60.0)], cipher, NOW)
    (row,) = store.rows()
    assert (row.stored_at, row.next_at, row.give_up_at) == (NOW, NOW + 5, NOW + 60)


def test_nothing_of_a_person_can_be_read(store: Any, draft: Any, cipher: Any) -> None:
    params = {"json": {"tel": "13800000001"}}
    personal = draft(params=params, order="13800000001", key="call 13800000001")
    store.do(insert, [personal], cipher, NOW)
    (row,) = store.rows()
    assert "1380000" not in repr(tuple(row))
    kept = unseal(cipher, row.id, bytes(row.payload))
    assert kept == {
        "params": params,
        "key": "call 13800000001",
        "order": "13800000001",
    }


def test_a_payload_is_read_in_its_own_row_alone(
    store: Any, draft: Any, cipher: Any
) -> None:
    store.do(insert, [draft("a"), draft("b")], cipher, NOW)
    first, second = store.rows()
    with pytest.raises(CannotDecrypt):
        unseal(cipher, first.id, bytes(second.payload))


def test_an_answer_is_sealed_for_its_own_action(cipher: Cipher) -> None:
    sealed = seal_answer(cipher, "a-1", "hết hạn 13800000001".encode() + b"\xff")
    assert sealed is not None and b"1380000" not in sealed
    assert unseal_answer(cipher, "a-1", sealed) == "hết hạn 13800000001\ufffd"
    with pytest.raises(CannotDecrypt):
        unseal_answer(cipher, "a-2", sealed)
    assert seal_answer(cipher, "a-1", b"") is None
    assert unseal_answer(cipher, "a-1", None) == ""


def test_only_an_action_with_an_order_has_its_mark(
    file_store: Any, draft: Any, cipher: Cipher
) -> None:
    drafts = [draft(order="c-1"), draft(), draft(order="c-2"), draft(order="c-1")]
    file_store.do(insert, drafts, cipher, NOW)
    first, none, other, again = [row.order_mark for row in file_store.rows()]
    assert none is None
    assert first == again != other


def test_the_same_key_again_is_the_same_action(
    store: Any, draft: Any, cipher: Any
) -> None:
    (first,) = store.do(insert, [draft(key="c-1")], cipher, NOW)
    (again,) = store.do(insert, [draft(key="c-1")], cipher, NOW + DAY - 1)
    assert (again.id, again.repeated) == (first.id, True)
    assert len(store.rows()) == 1


def test_a_key_counts_within_its_endpoint_and_action(
    store: Any, draft: Any, cipher: Any
) -> None:
    drafts = [
        draft("a", key="c-1"),
        draft("b", key="c-1"),
        draft("a", key="c-1", endpoint="other"),
        draft("a", key="c-2"),
    ]
    accepted = store.do(insert, drafts, cipher, NOW)
    assert len({action.id for action in accepted}) == 4


def test_after_a_day_a_key_is_another_action(
    store: Any, draft: Any, cipher: Any
) -> None:
    store.do(insert, [draft(key="c-1")], cipher, NOW)
    (later,) = store.do(insert, [draft(key="c-1")], cipher, NOW + DAY)
    assert not later.repeated
    assert len(store.rows()) == 2


def test_a_key_twice_in_one_commit_is_one_action(
    store: Any, draft: Any, cipher: Any
) -> None:
    first, again = store.do(insert, [draft(key="k"), draft(key="k")], cipher, NOW)
    assert (first.id, first.repeated) == (again.id, False)
    assert again.repeated
    assert len(store.rows()) == 1


def test_fifty_repetitions_over_several_connections_are_one_action(
    store: Any, draft: Any, cipher: Any
) -> None:
    ids: list[str] = []

    def ask() -> None:
        for _ in range(10):
            (action,) = store.do(insert, [draft(key="c-1")], cipher, NOW)
            ids.append(action.id)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 50
    assert len(set(ids)) == 1
    assert [row.id for row in store.rows()] == [ids[0]]


def test_a_key_is_known_under_a_cipher_key_that_was_replaced(
    store: Any, draft: Any, cipher: Any
) -> None:
    (first,) = store.do(insert, [draft(key="c-1")], cipher, NOW)
    rotated = Cipher([b"n" * 32, b"k" * 32])
    (again,) = store.do(insert, [draft(key="c-1")], rotated, NOW + 1)
    assert again.id == first.id


def test_a_key_that_was_known_under_an_older_one_is_another_action_after_a_day(
    store: Any, draft: Any, cipher: Any
) -> None:
    """The repetition takes no key for itself: it would be that of no action."""
    store.do(insert, [draft(key="c-1")], cipher, NOW)
    rotated = Cipher([b"n" * 32, b"k" * 32])
    store.do(insert, [draft(key="c-1")], rotated, NOW + DAY / 2)
    (later,) = store.do(insert, [draft(key="c-1")], rotated, NOW + DAY + 1)
    assert not later.repeated
    assert [row.id for row in store.rows()][1:] == [later.id]


def test_a_withdrawn_action_is_not_stored(store: Any, draft: Any, cipher: Any) -> None:
    (action,) = store.do(insert, [draft(key="c-1")], cipher, NOW)
    store.do(withdraw, [action.id])
    assert store.rows() == []
    (again,) = store.do(insert, [draft(key="c-1")], cipher, NOW + 1)
    assert not again.repeated


def test_a_claimed_action_is_not_withdrawn(store: Any, draft: Any, cipher: Any) -> None:
    (action,) = store.do(insert, [draft(key="c-1")], cipher, NOW)
    store.do(claim, [Lane("crm", 1, 10.0)], NOW)
    store.do(withdraw, [action.id])
    assert store.states() == ["delivering"]
    (again,) = store.do(insert, [draft(key="c-1")], cipher, NOW + 1)
    assert again.id == action.id
