"""The journal is read: the newest first, chosen by endpoint and status."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivrhooks.journal.entry import EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.store.cipher import Cipher
from ivrhooks.store.people import Person

NOW = 1_800_000_000.0  # of an entry where nothing else is said


def test_the_newest_come_first_without_their_content(
    journal, record, make_entry
) -> None:
    record(*(make_entry(request_id=f"r-{n}") for n in range(5)))
    rows = journal.recent(limit=3)
    assert [row["request_id"] for row in rows] == ["r-4", "r-3", "r-2"]
    assert not {"head", "body", "trace"} & set(rows[0])
    assert [row["id"] for row in journal.recent(EntryFilter(after=3))] == [5, 4]
    assert [row["id"] for row in journal.recent(EntryFilter(before=3))] == [2, 1]


@pytest.mark.parametrize(
    ("status", "ids"),
    [
        ("", [200, 401, 404, 200]),
        ("200", [200, 200]),
        ("2xx", [200, 200]),
        ("4xx", [404, 401]),
        ("5xx", []),
        ("xxx", [200, 401, 404, 200]),
        ("40", [200, 401, 404, 200]),
        ("4000", [200, 401, 404, 200]),
        ("4x", [200, 401, 404, 200]),
        ("axx", [200, 401, 404, 200]),
        ("404", [404]),
        ("refused", [401, 404]),
        ("degraded", [200]),
        ("nonsense", [200, 401, 404, 200]),
    ],
)
def test_rows_are_chosen_by_status(journal, record, make_entry, status, ids) -> None:
    record(
        make_entry(),
        make_entry(status=404, code="not_found", endpoint=""),
        make_entry(status=401, code="unauthorized"),
        make_entry(degraded="customer=timeout", defaults={"isVip": "timeout"}),
    )
    statuses = [row["status"] for row in journal.recent(EntryFilter(status=status))]
    assert sorted(statuses) == sorted(ids)
    assert len(journal.recent(EntryFilter(endpoint="desk"))) == 3


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


def test_its_size_is_reported(journal, record, make_entry) -> None:
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
    ("text", "ids"),
    [
        ("+86 138-0000-0001", ["r-2", "r-1"]),
        ("13900000001", ["r-3"]),
        ("Wang@example.com", ["r-2"]),
        ("C-1001", ["r-1"]),
        ("13800000002", []),
    ],
)
def test_the_data_requests_of_a_caller_are_found(peopled, text, ids) -> None:
    rows = peopled.recent(EntryFilter(caller=Person(text, "CN")))
    assert [row["request_id"] for row in rows] == ids
    assert [
        row["request_id"] for row in peopled.recent(EntryFilter(request_id="r-4"))
    ] == ["r-4"]


def test_only_the_given_caller_is_forgotten(peopled) -> None:
    assert peopled.forget(Person("13800000001", "CN")) == 2
    assert [row["request_id"] for row in peopled.recent()] == ["r-4", "r-3"]
    assert peopled.forget(Person("13800000001", "CN")) == 0


def test_whole_entries_come_the_oldest_first_in_batches(peopled) -> None:
    entries = peopled.entries(EntryFilter(after=1), batch=2)
    assert [entry["request_id"] for entry in entries] == ["r-2", "r-3", "r-4"]
    assert list(peopled.entries(EntryFilter(since=2e9))) == []


@pytest.mark.parametrize("batch", [1, 2, 3, 200])
def test_each_second_entry_whatever_the_batches(peopled, batch: int) -> None:
    entries = list(peopled.entries(EntryFilter(), stride=2, batch=batch))
    assert [entry["request_id"] for entry in entries] == ["r-1", "r-3"]
    assert "trace" not in entries[0] and entries[0]["answers"] == []


@pytest.mark.parametrize("batch", [1, 2, 200])
@pytest.mark.parametrize("most", [0, 1, 3, 9])
def test_no_more_of_the_newest_are_given_than_were_asked_for(
    peopled, most: int, batch: int
) -> None:
    newest = peopled.newest(EntryFilter(), most=most, batch=batch)
    assert [row["id"] for row in newest] == [4, 3, 2, 1][:most]


def test_the_chosen_entries_are_counted(peopled) -> None:
    assert peopled.count(EntryFilter()) == 4
    assert peopled.count(EntryFilter(after=1)) == 3
    assert peopled.count(EntryFilter(endpoint="nowhere")) == 0


def test_a_changed_key_still_finds_earlier_entries(
    url, journal, record, make_entry
) -> None:
    old, new = b"o" * 32, b"n" * 32
    people = frozenset({("phone", "13800000001")})
    record(make_entry(people=people), cipher=Cipher([old]))
    record(make_entry(people=people), cipher=Cipher([new, old]))
    reader = Journal(url, Cipher([new, old]))
    assert len(reader.recent(EntryFilter(caller=Person("13800000001")))) == 2
    reader.close()


@pytest.mark.parametrize(
    ("chosen", "ids"),
    [
        ({}, ["new", "test", "edge", "old"]),
        ({"since": NOW}, ["new", "test", "edge"]),
        ({"tests": False}, ["new", "edge", "old"]),
        ({"status": "3xx"}, ["edge", "old"]),
        ({"status": "2xx"}, ["new", "test"]),
    ],
)
def test_entries_are_chosen_by_time_test_and_the_bounds_of_a_hundred(
    journal, record, make_entry, chosen, ids
) -> None:
    record(
        make_entry(request_id="old", at=NOW - 0.1, status=300),
        make_entry(request_id="edge", status=399),
        make_entry(request_id="test", test=True, status=299),
        make_entry(request_id="new", status=200),
        keep=1e6,
    )
    rows = journal.recent(EntryFilter(**chosen))
    assert [row["request_id"] for row in rows] == ids
    assert journal.count(EntryFilter(**chosen)) == len(ids)


def test_a_caller_is_looked_for_beyond_the_first_rows_and_no_further(peopled) -> None:
    def ids_within(limit: int) -> list[str]:
        caller = Person("13800000001", "CN")
        rows = peopled.recent(EntryFilter(caller=caller), limit=limit)
        return [row["request_id"] for row in rows]

    assert (ids_within(1), ids_within(2), ids_within(0)) == (
        ["r-2"],
        ["r-2", "r-1"],
        ["r-2"],
    )
    assert peopled.count(EntryFilter(caller=Person("13800000001", "CN"))) >= 2


def test_of_whole_entries_only_those_of_the_caller_come(peopled) -> None:
    caller = Person("13900000001", "CN")
    entries = peopled.entries(EntryFilter(caller=caller))
    assert [entry["request_id"] for entry in entries] == ["r-3"]
    entries = peopled.entries(EntryFilter(request_id="r-2"))
    assert [entry["request_id"] for entry in entries] == ["r-2"]


@pytest.mark.parametrize("batch", [1, 2, 3, 200])
def test_each_third_entry_whatever_the_batches(
    journal, record, make_entry, batch
) -> None:
    record(*(make_entry() for _ in range(8)))
    ids = [
        entry["id"] for entry in journal.entries(EntryFilter(), stride=3, batch=batch)
    ]
    assert ids == [1, 4, 7]


def test_an_entry_that_cannot_be_decrypted_is_passed_over_and_listed_as_lost(
    journal, record, make_entry
) -> None:
    record(make_entry(request_id="mine"))
    record(make_entry(request_id="other"), cipher=Cipher([b"o" * 32]))
    assert [entry["request_id"] for entry in journal.entries(EntryFilter())] == ["mine"]
    for whole in (True, False):
        newest = journal.newest(EntryFilter(), most=9, whole=whole)
        assert [entry["request_id"] for entry in newest] == ["mine"]
    lost = journal.entry(2)
    assert lost["lost"] is True
    assert (lost["head"], lost["body"], lost["deadline_ms"]) == (b"", b"", 0.0)
    assert (lost["answers"], lost["outputs"], lost["detail"]) == ([], {}, {})


def test_a_forgotten_caller_is_gone_from_the_file_too(
    journal, record, make_entry, tmp_path: Path
) -> None:
    people = frozenset({("phone", "13800000001")})
    record(*(make_entry(people=people) for _ in range(501)), make_entry())
    with journal.engine.connect() as connection:
        text = "SELECT list FROM journal_entries WHERE id = 501"
        sealed = bytes(connection.exec_driver_sql(text).scalar_one())
    assert journal.forget(Person("13800000001", "CN")) == 501
    assert journal.size()["rows"] == 1
    with journal.engine.connect() as connection:
        count = "SELECT count(*) FROM journal_marks"
        assert connection.exec_driver_sql(count).scalar_one() == 1
    journal.close()
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("journal.db*"))
    assert sealed not in kept


def open_files() -> list[str]:
    """The journal's files that this process holds open."""
    paths = []
    for descriptor in os.listdir("/proc/self/fd"):
        link = Path(f"/proc/self/fd/{descriptor}")
        paths += [os.readlink(link)] if link.is_symlink() else []
    return [path for path in paths if "journal.db" in path]


def test_whether_it_answers_and_that_nothing_stays_open(
    url, record, make_entry, cipher, tmp_path: Path
) -> None:
    record(make_entry())
    assert open_files() == []
    journal = Journal(url, cipher)
    journal.close()  # which was not opened
    assert journal.answers() is True
    assert open_files() != []
    journal.close()
    assert open_files() == []
    nowhere = Journal(f"sqlite:///{tmp_path}/no/such/journal.db", cipher)
    assert nowhere.answers() is False
