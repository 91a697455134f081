"""The journal is read: the newest first, chosen by endpoint and status."""

from __future__ import annotations

import pytest

from ivrhooks.journal.entry import Chosen
from ivrhooks.journal.query import Journal
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Wanted


def test_the_newest_come_first_and_without_what_was_sent(
    journal, record, make_entry
) -> None:
    record(*(make_entry(request_id=f"r-{n}") for n in range(5)))
    rows = journal.recent(limit=3)
    assert [row["request_id"] for row in rows] == ["r-4", "r-3", "r-2"]
    assert not {"head", "body", "trace"} & set(rows[0])
    assert [row["id"] for row in journal.recent(Chosen(after=3))] == [5, 4]
    assert [row["id"] for row in journal.recent(Chosen(before=3))] == [2, 1]


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
    statuses = [row["status"] for row in journal.recent(Chosen(status=status))]
    assert sorted(statuses) == sorted(found)
    assert len(journal.recent(Chosen(endpoint="desk"))) == 3


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
    assert journal.size() == {
        "rows": 0,
        "bytes": 0,
        "oldest": None,
        "unreadable": 0,
    }
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


PEOPLE = {
    "r-1": {("phone", "13800000001"), ("id", "c-1001")},
    "r-2": {("phone", "+8613800000001"), ("email", "wang@example.com")},
    "r-3": {("phone", "13900000001")},  # the same last digits
    "r-4": set(),
}


@pytest.fixture
def peopled(journal, record, make_entry):
    record(
        *(
            make_entry(request_id=name, people=frozenset(people))
            for name, people in PEOPLE.items()
        )
    )
    return journal


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+86 138-0000-0001", ["r-2", "r-1"]),
        ("13900000001", ["r-3"]),
        ("Wang@example.com", ["r-2"]),
        ("C-1001", ["r-1"]),
        ("13800000002", []),
    ],
)
def test_the_data_requests_of_a_caller_are_found(peopled, text, found) -> None:
    rows = peopled.recent(Chosen(caller=Wanted(text, "CN")))
    assert [row["request_id"] for row in rows] == found
    assert [row["request_id"] for row in peopled.recent(Chosen(request_id="r-4"))] == [
        "r-4"
    ]


def test_a_caller_is_forgotten_and_nobody_else(peopled) -> None:
    assert peopled.forget(Wanted("13800000001", "CN")) == 2
    assert [row["request_id"] for row in peopled.recent()] == ["r-4", "r-3"]
    assert peopled.forget(Wanted("13800000001", "CN")) == 0


def test_whole_entries_come_the_oldest_first_in_batches(peopled) -> None:
    entries = peopled.entries(Chosen(after=1), batch=2)
    assert [one["request_id"] for one in entries] == ["r-2", "r-3", "r-4"]
    assert list(peopled.entries(Chosen(since=2e9))) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 200])
def test_each_second_entry_whatever_the_batches(peopled, batch: int) -> None:
    entries = list(peopled.entries(Chosen(), stride=2, batch=batch))
    assert [one["request_id"] for one in entries] == ["r-1", "r-3"]
    assert "trace" not in entries[0] and entries[0]["answers"] == []


@pytest.mark.parametrize("batch", [1, 2, 200])
@pytest.mark.parametrize("most", [0, 1, 3, 9])
def test_no_more_of_the_newest_are_given_than_were_asked_for(
    peopled, most: int, batch: int
) -> None:
    newest = peopled.newest(Chosen(), most=most, batch=batch)
    assert [one["id"] for one in newest] == [4, 3, 2, 1][:most]


def test_the_chosen_entries_are_counted(peopled) -> None:
    assert peopled.count(Chosen()) == 4
    assert peopled.count(Chosen(after=1)) == 3
    assert peopled.count(Chosen(endpoint="nowhere")) == 0


def test_a_key_that_was_changed_still_finds_what_was_written_before(
    url, journal, record, make_entry
) -> None:
    old, new = b"o" * 32, b"n" * 32
    people = frozenset({("phone", "13800000001")})
    record(make_entry(people=people), cipher=Cipher([old]))
    record(make_entry(people=people), cipher=Cipher([new, old]))
    reader = Journal(url, Cipher([new, old]))
    assert len(reader.recent(Chosen(caller=Wanted("13800000001")))) == 2
    reader.close()
