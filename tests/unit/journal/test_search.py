"""Data requests found by what somebody remembers of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrhooks.journal.entry import Entry, EntryFilter
from ivrhooks.journal.query import Journal
from ivrhooks.journal.recorder import Recorder
from ivrhooks.journal.search import MAX_BY_DIGITS, MAX_BY_TEXT, search
from ivrhooks.store.cipher import Cipher

CIPHER = Cipher([b"k" * 32])


def entry(number: str, **more: object) -> Entry:
    sent = {
        "at": 1_790_000_000.0,
        "request_id": f"r-{number[-4:]}",
        "endpoint": "desk",
        "path": "/api/desk",
        "status": 200,
        "head": b"POST /api/desk HTTP/1.1\r\nX-Shop: North",
        "body": f"tel={number}".encode(),
        "people": frozenset({("phone", number)}),
        "callers": (number,),
    }
    return Entry(**{**sent, **more})  # type: ignore[arg-type]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    url = f"sqlite:///{tmp_path}/journal.db"
    recorder = Recorder(url, CIPHER, keep=1e12, max_entries=1000)
    for row in (
        entry("13800000001"),
        entry("13900001234", body=b"tel=13900001234&note=B%C3%BCro+Nord"),
        entry("13700001234", test=True, endpoint="vip"),
        entry(
            "13600000009",
            status=400,
            code="invalid_input",
            answers=({"lookup": "c", "record": {"nick": "Nguyễn"}},),
            outputs={"desk": ["gold", False]},
        ),
    ):
        recorder.record(lambda row=row: row)
    assert recorder.flush()
    recorder.close()
    journal = Journal(url, CIPHER)
    yield journal
    journal.close()


def numbers(journal: Journal, text: str, **chosen: object) -> list[str]:
    result = search(journal, EntryFilter(**chosen), text, "CN", 10)  # type: ignore[arg-type]
    return [row["callers"][0][-4:] for row in result.rows]


@pytest.mark.parametrize("text", ["13800000001", "+86 138-0000-0001", "r-0001"])
def test_a_whole_number_and_an_id_lead_straight_to_it(journal, text: str) -> None:
    assert numbers(journal, text) == ["0001"]
    assert search(journal, EntryFilter(), text, "CN", 10).through == 0


@pytest.mark.parametrize("text", ["1234", "234", "…1234", "****1234", "001234"])
def test_the_last_digits_find_each_matching_caller(journal, text) -> None:
    assert numbers(journal, text) == ["1234", "1234"]
    assert search(journal, EntryFilter(), text, "CN", 10).through == MAX_BY_DIGITS


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("büro nord", ["1234"]),
        ("NGUYỄN", ["0009"]),
        ("gold", ["0009"]),
        ("invalid_input", ["0009"]),
        ("x-shop: north", ["0009", "1234", "1234", "0001"]),
        ("nowhere", []),
    ],
)
def test_any_text_of_request_or_answer_is_found(journal, text: str, matches) -> None:
    assert numbers(journal, text) == matches
    assert search(journal, EntryFilter(), text, "CN", 10).through == MAX_BY_TEXT


def test_a_search_respects_the_filter(journal) -> None:
    assert numbers(journal, "1234", tests=False) == ["1234"]
    assert numbers(journal, "1234", endpoint="vip") == ["1234"]
    assert numbers(journal, "x-shop", status="4xx") == ["0009"]
    assert len(search(journal, EntryFilter(), "x-shop", "CN", 2).rows) == 2


def test_digits_that_end_no_number_are_looked_for_as_text(journal) -> None:
    assert numbers(journal, "390000") == ["1234"]


def test_the_newest_come_a_few_at_a_time_and_not_more_than_asked(journal) -> None:
    rows = list(journal.newest(EntryFilter(), most=3, batch=2))
    assert [row["callers"][0][-4:] for row in rows] == ["0009", "1234", "1234"]
    assert "body" not in rows[0]
    assert len(list(journal.newest(EntryFilter(), most=100, batch=2))) == 4
