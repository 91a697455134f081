"""What people see of the outbox, and what they do to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.actions.interface import Filter
from ivrhooks.actions.leasing import Lane, TryResult, claim, finish
from ivrhooks.actions.query import StoredActions, shown_answer, without_names
from ivrhooks.actions.storing import insert, seal_answer
from ivrhooks.actions.tables import ACTIONS
from ivrhooks.basics.people.personal import NO_KINDS, FieldKinds
from ivrhooks.store.cipher import Cipher

NOW = 1_800_000_000.0


@pytest.fixture
def stored(store: Any, cipher: Any) -> Any:
    made = StoredActions(store.url, lambda: cipher, now=store.clock)
    yield made
    made.close()


@pytest.fixture
def ids(store: Any, draft: Any, cipher: Any) -> list[str]:
    """A dead, a delivered, a waiting one, and one of another source that waits."""
    tel = {"json": {"tel": "13800000001"}}
    drafts = [draft("dead", params=tel, key="k 13800000001", order="13800000001")]
    drafts += [draft("delivered"), draft("waiting"), draft("other", source="shop")]
    accepted = store.do(insert, drafts, cipher, NOW)
    held, _ = store.do(claim, [Lane("crm", 2, 40.0)], NOW)
    sealed = seal_answer(cipher, held[0].id, b'{"tel": "13800000001", "code": 7}')
    refused = TryResult(
        held[0], "dead", status=422, error="no 13800000001", answer=sealed
    )
    store.do(finish, refused, NOW)
    store.do(finish, TryResult(held[1], "delivered", status=200), NOW)
    return [action.id for action in accepted]


def test_the_newest_come_first(stored: Any, ids: list[str]) -> None:
    rows = stored.recent(Filter())
    assert [row["id"] for row in rows] == ids[::-1]
    assert [*rows[0]] == [
        "id",
        "state",
        "endpoint",
        "action",
        "source",
        "tries",
        "stored_at",
        "next_at",
        "error",
    ]
    assert rows[0]["stored_at"] == rows[0]["next_at"] == "2027-01-15T08:00:00+00:00"
    assert rows[-1]["next_at"] is None


@pytest.mark.parametrize(
    ("chosen", "actions"),
    [
        (Filter(state="dead"), ["dead"]),
        (Filter(source="shop"), ["other"]),
        (Filter(state="waiting", source="crm"), ["waiting"]),
        (Filter(ids=("nobody",)), []),
    ],
    ids=str,
)
def test_they_are_filtered(
    stored: Any, ids: list[str], chosen: Filter, actions: list[str]
) -> None:
    assert [row["action"] for row in stored.recent(chosen)] == actions
    assert stored.count(chosen) == len(actions)


def test_one_of_them_is_shown_masked(stored: Any, ids: list[str]) -> None:
    entry = stored.entry(ids[0])
    assert "1380000" not in repr(entry)
    assert entry["request"] == {"json": {"tel": "138****0001"}}
    assert (entry["status"], entry["error"]) == (422, "no 138****0001")
    assert entry["key"] == "k 138****0001"
    assert entry["answer"] == '{"tel":"138****0001","code":7}'


def test_an_action_is_shown_in_full_to_authorized_readers(
    stored: Any, ids: list[str]
) -> None:
    entry = stored.entry(ids[0], personal=True)
    assert entry["request"] == {"json": {"tel": "13800000001"}}
    assert entry["answer"] == '{"tel": "13800000001", "code": 7}'
    assert stored.entry("nobody") is None


def test_without_the_key_its_request_cannot_be_read(store: Any, ids: list[str]) -> None:
    other = StoredActions(store.url, lambda: Cipher([b"o" * 32]))
    entry = other.entry(ids[0])
    other.close()
    assert entry is not None
    assert entry["request"] is None
    assert "a key that is not here" in entry["why"]


def test_a_dead_one_is_tried_again_as_if_it_were_new(
    store: Any, stored: Any, ids: list[str]
) -> None:
    store.clock.now += 50.0
    assert stored.retry(Filter(ids=(ids[0],))) == 1
    row = store.rows()[0]
    assert (row.state, row.tries, row.ended_at) == ("waiting", 0, None)
    assert row.next_at == store.clock.now
    assert row.give_up_at == store.clock.now + 86_400


def test_delivered_actions_are_neither_retried_nor_dropped(
    stored: Any, ids: list[str]
) -> None:
    assert stored.retry(Filter(ids=(ids[1],))) == 0
    assert stored.drop(Filter(ids=(ids[1],))) == 0


def test_dropped_actions_are_deleted(store: Any, stored: Any, ids: list[str]) -> None:
    assert stored.drop(Filter(state="waiting")) == 2
    assert store.states() == ["dead", "delivered", "dropped", "dropped"]
    assert stored.drop(Filter(state="waiting")) == 0


def test_all_that_fit_are_tried_again_once(
    store: Any, stored: Any, ids: list[str]
) -> None:
    assert stored.retry(Filter(state="dead")) == 1
    assert stored.retry(Filter(state="dead")) == 0
    assert stored.retry(Filter(state="waiting")) == 0  # they are due already


def test_the_summary_counts_by_source(store: Any, stored: Any, ids: list[str]) -> None:
    store.clock.now += 30.0
    summary = stored.summary()
    assert summary.waiting == {"crm": 1, "shop": 1}
    assert summary.dead == {"crm": 1}
    assert summary.oldest_s == {"crm": 30.0, "shop": 30.0}
    assert (summary.delivered, summary.retried) == ({"crm": 1}, {"crm": 0})
    assert summary.totals == {"waiting": 2, "dead": 1, "oldest_s": 30.0}


def test_a_new_action_has_age_zero(store: Any, stored: Any, ids: list[str]) -> None:
    assert stored.summary().oldest_s == {"crm": 0.0, "shop": 0.0}
    store.clock.now -= 5.0  # a clock that was set back
    assert stored.summary().oldest_s == {"crm": 0.0, "shop": 0.0}


def test_closing_an_unused_query_opens_no_database(tmp_path: Path) -> None:
    StoredActions(f"sqlite:///{tmp_path / 'outbox.db'}", lambda: Cipher([])).close()
    assert list(tmp_path.iterdir()) == []


def test_an_empty_outbox_has_nothing(stored: Any) -> None:
    assert stored.summary().totals == {"waiting": 0, "dead": 0, "oldest_s": 0.0}


def test_a_request_is_shown_by_the_kinds_of_its_fields(
    store: Any, stored: Any, draft: Any, cipher: Any
) -> None:
    params = {"json": {"nick": "Wang", "no": 20000000000, "note": "of 13800000001"}}
    (accepted,) = store.do(insert, [draft("note", params=params)], cipher, NOW)
    kinds = FieldKinds({"nick": "name", "no": "none"})

    def known(endpoint: str, action: str) -> FieldKinds:
        return kinds if action == "note" else NO_KINDS

    shown = stored.entry(accepted.id, kinds=known)["request"]["json"]
    assert shown == {"nick": "W***", "no": 20000000000, "note": "of 138****0001"}
    whole = stored.entry(accepted.id, personal=True, kinds=known)
    assert whole["request"] == params


def test_a_value_from_the_environment_is_never_shown(
    store: Any, stored: Any, draft: Any, cipher: Any
) -> None:
    params = {"headers": {"X-A": "s3cret-value"}, "json": {"tel": "13800000001"}}
    secret = draft("note", params=params, key="s3cret-value", order="o")
    (accepted,) = store.do(insert, [secret], cipher, NOW)
    answer = cipher.encrypt(b"no s3cret-value", f"answer {accepted.id}")
    kept = ACTIONS.update().values(answer=answer)
    store.do(lambda connection: connection.execute(kept))

    def secrets(endpoint: str, action: str) -> tuple[str, ...]:
        return ("s3cret-value", "o") if action == "note" else ()

    for personal in (False, True):
        shown = stored.entry(accepted.id, secrets=secrets, personal=personal)
        assert "s3cret-value" not in str(shown)
        assert shown["request"]["headers"] == {"X-A": "***"}
        assert (shown["answer"], shown["key"], shown["order"]) == ("no ***", "***", "o")
    assert shown["request"]["json"] == {"tel": "13800000001"}


def test_an_answer_that_repeats_a_name_is_shown_without_it() -> None:
    kinds = FieldKinds({"who": "name", "tel": "phone", "id": "id", "note": "text"})
    params = {"json": {"who": "Wang Wei", "tel": "Li Na", "id": "c-10012334", "n": 7}}
    params["json"]["note"] = "text"
    answer = '{"said": "wang wei, Li Na and c-10012334, no text"}'
    shown = without_names(answer, params, kinds)
    assert shown == '{"said": "W***, L*** and c-1****34, no text"}'


@pytest.mark.parametrize(
    ("kind", "least", "shorter"),
    [("name", "Li", "L"), ("phone", "Jo", "J"), ("id", "c-12", "c-1")],
)
def test_the_shortest_names_that_an_answer_may_not_repeat(
    kind: str, least: str, shorter: str
) -> None:
    kinds = FieldKinds({"who": kind})
    assert least not in without_names(f"no {least}!", {"who": least}, kinds)
    assert without_names(f"no {shorter}!", {"who": shorter}, kinds) == f"no {shorter}!"


@pytest.mark.parametrize("escaped", [True, False])
def test_an_answer_is_shown_by_the_kinds_of_its_fields(escaped: bool) -> None:
    kinds = FieldKinds({"owner": "name", "plate": "id", "home": "name"})
    params = {"json": {"owner": "尉迟国栋"}}
    answer = {
        "owner": "Wang",
        "plates": [{"plate": "粤C60926"}],
        "said": "尉迟国栋 moved",
        "code": 7,
        "tel": 13800000001,
    }
    shown = shown_answer(json.dumps(answer, ensure_ascii=escaped), params, kinds)
    assert json.loads(shown) == {
        "owner": "W***",
        "plates": [{"plate": "粤C****6"}],
        "said": "尉*** moved",
        "code": 7,
        "tel": "138****0001",
    }
    assert shown_answer("尉迟国栋 13800000001", params, kinds) == "尉*** 138****0001"
