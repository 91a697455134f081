"""The journal is read: the newest first, chosen by endpoint and status."""

from __future__ import annotations

import pytest


def test_the_newest_come_first_and_without_what_was_sent(
    journal, record, make_entry
) -> None:
    record(*(make_entry(request_id=f"r-{n}") for n in range(5)))
    rows = journal.recent(limit=3)
    assert [row["request_id"] for row in rows] == ["r-4", "r-3", "r-2"]
    assert not {"head", "body", "trace"} & set(rows[0])
    assert [row["id"] for row in journal.recent(after=3)] == [5, 4]
    assert [row["id"] for row in journal.recent(before=3)] == [2, 1]


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("", [200, 401, 404, 200]),
        ("200", [200, 200]),
        ("4xx", [404, 401]),
        ("refused", [401, 404]),
        ("degraded", [200]),
        ("nonsense", [200, 401, 404, 200]),
    ],
)
def test_rows_are_chosen_by_status(journal, record, make_entry, status, found) -> None:
    record(
        make_entry(),
        make_entry(status=404, code="not_found", endpoint=""),
        make_entry(status=401, code="unauthorized"),
        make_entry(degraded="customer=timeout", defaults={"isVip": "timeout"}),
    )
    statuses = [row["status"] for row in journal.recent(status=status)]
    assert sorted(statuses) == sorted(found)
    assert len(journal.recent(endpoint="desk")) == 3


def test_an_entry_comes_back_as_it_was(journal, record, make_entry) -> None:
    entry = make_entry(
        warnings=("format_mismatch",),
        defaults={"city": "no_value"},
        test=True,
        detail={"city": {"raw": "Wien"}},
        deadline_ms=300.5,
    )
    record(entry)
    row = journal.entry(1)
    assert row["warnings"] == ["format_mismatch"]
    assert row["defaults"] == {"city": "no_value"}
    assert row["test"] is True
    assert (row["head"], row["body"]) == (entry.head, entry.body)
    assert row["trace"] == entry.trace
    assert (row["detail"], row["deadline_ms"]) == ({"city": {"raw": "Wien"}}, 300.5)
    assert journal.entry(2) is None


def test_its_size_is_told(journal, record, make_entry) -> None:
    assert journal.size() == {"rows": 0, "bytes": 0, "oldest": None}
    record(make_entry(at=1_799_999_000.0), make_entry())
    size = journal.size()
    assert (size["rows"], size["oldest"]) == (2, 1_799_999_000.0)
    assert size["bytes"] > 1000


def test_whatever_a_customer_system_sent_is_kept_and_read(
    journal, record, make_entry
) -> None:
    assert (
        record(
            make_entry(trace={"s": "\ud800"}),
            make_entry(trace={"n": 2**80}),
            make_entry(trace={"n": 2**80, "x": float("inf")}),
        )
        == 0
    )
    assert journal.entry(1)["trace"] == {"s": "?"}
    assert journal.entry(2)["trace"] == {"n": 2**80}
    assert journal.entry(3)["trace"] is None
