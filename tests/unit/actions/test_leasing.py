"""Claims: one holder for each action, in order, another where the holder is gone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from ivrhooks.actions.leasing import (
    ClaimedAction,
    Lane,
    TryResult,
    claim,
    finish,
    hand_back,
    sweep,
)
from ivrhooks.actions.storing import insert
from ivrhooks.actions.tables import KEYS, TOTALS

NOW = 1_800_000_000.0
LANE = Lane("crm", 8, 40.0)


@pytest.fixture
def put(store: Any, draft: Any, cipher: Any) -> Any:
    def stored(*names: str, at: float = NOW, **more: Any) -> None:
        store.do(insert, [draft(name, **more) for name in names], cipher, at)

    return stored


def names(claimed: tuple[list[ClaimedAction], Any]) -> list[str]:
    return [action.action for action in claimed[0]]


def test_the_oldest_are_given_first(store: Any, put: Any) -> None:
    put("a", "b", "c")
    claimed = store.do(claim, [Lane("crm", 2, 40.0)], NOW)
    assert names(claimed) == ["a", "b"]
    assert store.states() == ["delivering", "delivering", "waiting"]


def test_a_claimed_action_is_not_claimed_again(store: Any, put: Any) -> None:
    put("a")
    assert names(store.do(claim, [LANE], NOW)) == ["a"]
    assert names(store.do(claim, [LANE], NOW + 1)) == []


def test_each_source_has_its_own(store: Any, put: Any) -> None:
    put("a")
    put("b", source="shop")
    claimed = store.do(claim, [Lane("shop", 8, 40.0)], NOW)
    assert names(claimed) == ["b"]


def test_a_delayed_action_is_reported_and_claimed_in_time(store: Any, put: Any) -> None:
    put("a", delay=5.0)
    claimed, pause = store.do(claim, [LANE], NOW + 1)
    assert (claimed, pause) == ([], pytest.approx(4.0))
    assert names(store.do(claim, [LANE], NOW + 5)) == ["a"]


def test_one_order_is_given_one_after_the_other(store: Any, put: Any) -> None:
    put("a", "b", order="caller 1")
    put("c", order="caller 2")
    first, _ = store.do(claim, [LANE], NOW)
    assert [action.action for action in first] == ["a", "c"]
    store.do(finish, TryResult(first[0], "delivered"), NOW)
    assert names(store.do(claim, [LANE], NOW)) == ["b"]


def test_an_order_counts_over_all_sources(store: Any, put: Any) -> None:
    put("a", order="o")
    put("b", order="o", source="shop")
    lanes = [Lane("shop", 8, 40.0), LANE]
    assert names(store.do(claim, lanes, NOW)) == ["a"]


def test_a_retry_delays_only_its_order_group(store: Any, put: Any) -> None:
    put("a", "b", order="o")
    put("c")
    first, _ = store.do(claim, [LANE], NOW)
    store.do(finish, TryResult(first[0], "waiting", 10.0, error="HTTP 500"), NOW)
    store.do(finish, TryResult(first[1], "delivered"), NOW)
    assert names(store.do(claim, [LANE], NOW + 5)) == []
    assert names(store.do(claim, [LANE], NOW + 10)) == ["a"]


def test_a_dead_one_lets_the_next_of_its_order_go(store: Any, put: Any) -> None:
    put("a", "b", order="o")
    (first,), _ = store.do(claim, [LANE], NOW)
    store.do(finish, TryResult(first, "dead", status=400, error="HTTP 400"), NOW)
    assert names(store.do(claim, [LANE], NOW)) == ["b"]
    assert store.rows()[0].error == "HTTP 400"


def test_an_action_of_a_dead_worker_is_claimed_again(store: Any, put: Any) -> None:
    put("a")
    store.do(claim, [LANE], NOW)
    assert names(store.do(claim, [LANE], NOW + 40)) == []
    (again,), _ = store.do(claim, [LANE], NOW + 40.1)
    assert (again.action, again.tries) == ("a", 1)


def test_a_late_result_changes_nothing(store: Any, put: Any) -> None:
    put("a")
    (late,), _ = store.do(claim, [LANE], NOW)
    (other,), _ = store.do(claim, [LANE], NOW + 41)
    store.do(finish, TryResult(late, "dead"), NOW + 42)
    assert store.states() == ["delivering"]
    store.do(finish, TryResult(other, "delivered"), NOW + 43)
    assert store.states() == ["delivered"]


def test_a_released_action_is_claimable_and_counts_no_try(store: Any, put: Any) -> None:
    put("a")
    held, _ = store.do(claim, [LANE], NOW)
    store.do(hand_back, held, NOW)
    (again,), _ = store.do(claim, [LANE], NOW)
    assert again.tries == 0


def test_a_failed_try_is_counted(file_store: Any, draft: Any, cipher: Any) -> None:
    file_store.do(insert, [draft("a")], cipher, NOW)
    for tries in (1, 2):
        (held,), _ = file_store.do(claim, [LANE], NOW + tries)
        file_store.do(finish, TryResult(held, "waiting", 0.0, error="HTTP 500"), NOW)
        assert file_store.rows()[0].tries == tries


def test_a_wait_is_no_try(store: Any, put: Any) -> None:
    put("a")
    (held,), _ = store.do(claim, [LANE], NOW)
    store.do(finish, TryResult(held, "waiting", 1.0, counts=False), NOW)
    assert store.rows()[0].tries == 0


def test_workers_at_the_same_time_get_each_action_once(store: Any, put: Any) -> None:
    put(*(f"a{number}" for number in range(40)))
    for number in range(10):
        put("x", "y", order=f"caller {number}")
    leased: list[str] = []

    def work() -> None:
        while True:
            claimed, _ = store.do(claim, [Lane("crm", 3, 40.0)], NOW)
            for action in claimed:
                leased.append(action.id)
                store.do(finish, TryResult(action, "delivered"), NOW)
            if not claimed and "waiting" not in store.states():
                return

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(leased) == len(set(leased)) == 60
    assert set(store.states()) == {"delivered"}


def test_an_action_that_waits_too_long_expires(store: Any, put: Any) -> None:
    put("a", give_up=60.0)
    assert store.do(sweep, NOW + 59, 3600.0) == []
    ((endpoint, action, source, _, error),) = store.do(sweep, NOW + 60, 3600.0)
    assert (endpoint, action, source) == ("vip", "a", "crm")
    assert error == "given up: it was not delivered in time"
    assert store.states() == ["dead"]


def test_an_expired_action_names_its_last_error(
    file_store: Any, draft: Any, cipher: Any
) -> None:
    file_store.do(insert, [draft("a", give_up=60.0)], cipher, NOW)
    (held,), _ = file_store.do(claim, [LANE], NOW)
    file_store.do(finish, TryResult(held, "waiting", 90.0, error="HTTP 500"), NOW)
    (report,) = file_store.do(sweep, NOW + 61, 3600.0)
    (row,) = file_store.rows()
    error = "given up: it was not delivered in time; last: HTTP 500"
    assert report == ("vip", "a", "crm", row.id, error)
    assert (row.error, row.ended_at) == (error, NOW + 61)


def test_a_try_under_way_is_not_given_up(store: Any, put: Any) -> None:
    put("a", give_up=60.0)
    store.do(claim, [LANE], NOW + 59)
    store.do(sweep, NOW + 61, 3600.0)
    assert store.states() == ["delivering"]


def test_delivered_ones_are_forgotten_and_dead_ones_stay(store: Any, put: Any) -> None:
    put("a", "b", key="k1")
    put("c")
    held, _ = store.do(claim, [LANE], NOW)
    store.do(finish, TryResult(held[0], "delivered"), NOW)
    store.do(finish, TryResult(held[1], "dead"), NOW)
    store.do(sweep, NOW + 3600, 3600.0)
    assert store.states() == ["delivered", "dead", "delivering"]
    store.do(sweep, NOW + 3601, 3600.0)
    assert store.states() == ["dead", "delivering"]


def test_keys_are_forgotten_after_a_day(store: Any, put: Any) -> None:
    put("a", key="k")
    for seconds, left in ((86_399, 1), (86_400, 0)):
        store.do(sweep, NOW + seconds, 3600.0)
        with store.engine.begin() as connection:
            assert len(connection.execute(KEYS.select()).all()) == left


def test_deliveries_of_all_workers_are_counted_by_source(store: Any, put: Any) -> None:
    put("a", "b", "c", "d", "e", "f")
    held, _ = store.do(claim, [LANE], NOW)
    for lease in held[:3]:
        store.do(finish, TryResult(lease, "delivered"), NOW)
    for lease in held[3:5]:
        store.do(finish, TryResult(lease, "waiting", 1.0), NOW)
    store.do(finish, TryResult(held[5], "waiting", 1.0, counts=False), NOW)
    with store.engine.begin() as connection:
        rows = connection.execute(TOTALS.select()).all()
    assert [tuple(row) for row in rows] == [("crm", 3, 2)]


def test_a_claim_costs_the_same_however_much_waits(
    file_store: Any, draft: Any, cipher: Any
) -> None:
    """Every step of it goes by an index, which SQLite takes only for conditions that it
    can see to be those of the index."""
    file_store.do(insert, [draft(order="o")], cipher, NOW)
    scans: list[str] = []

    def look(connection: Any) -> None:
        @sa.event.listens_for(connection, "before_cursor_execute")
        def explain(_c: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values)
                scans.extend(row[-1] for row in cursor.fetchall())

        (held,), _ = claim(connection, [LANE], NOW)
        finish(connection, TryResult(held, "delivered"), NOW)
        sweep(connection, NOW, 3600.0)

    file_store.do(look)
    assert any("actions_due" in scan for scan in scans)
    assert [scan for scan in scans if scan.startswith("SCAN")] == []
