"""Rows found by their keys: the first that fits, whatever their number."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import pytest

from ivrhooks.basics.collector import collector_paused
from ivrhooks.basics.phone import read_phone
from ivrhooks.sources.table.index import TableIndex
from ivrhooks.sources.table.rows import TableError

COLUMNS = ["phone", "code", "prefix", "name"]


def index(*rows: list[Any], region: str | None = "CN", **key: str) -> TableIndex:
    made = TableIndex(key, COLUMNS, region)
    made.fill(iter(rows))
    return made


def name(row: Mapping[str, Any] | None) -> str | None:
    return None if row is None else str(row["name"])


def test_a_dropped_index_frees_its_rows_at_once() -> None:
    rows = index(["", "A1", "", "first"], code="text")
    database = rows._database
    with collector_paused():
        del rows
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            database.execute("select 1")


# ------------------------------------------------------------------------ text


def test_text_is_exact_less_the_blanks_around_it() -> None:
    rows = index(["", " A1 ", "", "first"], ["", "A1", "", "second"], code="text")
    assert name(rows.find({"code": "A1"})) == "first"
    assert name(rows.find({"code": " A1\t"})) == "first"
    for other in ("a1", "A", "A11", "", "  "):
        assert rows.find({"code": other}) is None
    assert [entry["name"] for entry in rows.find_all({"code": "A1"}, 9)] == [
        "first",
        "second",
    ]


def test_numbers_are_compared_as_text() -> None:
    rows = index(["", 7, "", "int"], ["", "08", "", "text"], code="text")
    assert name(rows.find({"code": "7"})) == "int"
    assert name(rows.find({"code": 7})) == "int"
    assert rows.find({"code": 8}) is None


# ----------------------------------------------------------------------- phone

NOTATIONS = [
    "13800000001",
    "+8613800000001",
    "008613800000001",
    "+86 138 0000 0001",
    "138-0000-0001",
    "(138) 0000 0001",
    "013800000001",
    "tel:+86-138-0000-0001",
    '"Wang" <13800000001>',
    "13800000001 ext 12",
    "13800000001-12",
]


@pytest.mark.parametrize("cell", NOTATIONS)
@pytest.mark.parametrize("number", NOTATIONS)
def test_one_subscriber_in_any_notation(cell: str, number: str) -> None:
    rows = index(
        ["13900000001", "", "", "neighbour"],
        ["+84 13800000001", "", "", "abroad"],
        [cell, "", "", "wanted"],
        phone="phone",
    )
    assert name(rows.find({"phone": read_phone(number, "CN")})) == "wanted"
    assert name(rows.find({"phone": number})) == "wanted"


@pytest.mark.parametrize(
    ("region", "cell", "number"),
    [
        ("VN", "0901230001", "+84901230001"),
        ("VN", "+84 90 123 0001", "0901230001"),
        ("VN", "028 3812 0001", "+842838120001"),
        ("US", "(212) 555-0123", "+12125550123"),
        ("GB", "020 7946 0018", "+442079460018"),
        ("CN", "10086", "10086"),
        ("CN", "95588", "95588"),
        (None, "+8613800000001", "+8613800000001"),
        (None, "13800000001", "13800000001"),
    ],
)
def test_numbers_of_other_countries(region: str | None, cell: str, number: str) -> None:
    rows = index([cell, "", "", "wanted"], region=region, phone="phone")
    assert name(rows.find({"phone": read_phone(number, region)})) == "wanted"


@pytest.mark.parametrize("number", ["", "anonymous", "1380000000", "+113800000001"])
def test_another_number_is_not_found(number: str) -> None:
    rows = index(["13800000001", "", "", "wanted"], phone="phone")
    assert rows.find({"phone": read_phone(number, "CN")}) is None


# ---------------------------------------------------------------------- prefix


def test_the_longest_prefix_wins_then_the_files_order() -> None:
    rows = index(
        ["", "", "86", "China"],
        ["", "", "+86 21", "Shanghai"],
        ["", "", "8621", "Shanghai again"],
        ["", "", "84", "Vietnam"],
        prefix="prefix",
    )
    shanghai = read_phone("021 6288 0001", "CN")
    assert name(rows.find({"prefix": shanghai})) == "Shanghai"
    assert name(rows.find({"prefix": read_phone("13800000001", "CN")})) == "China"
    assert name(rows.find({"prefix": "+84901230001"})) == "Vietnam"
    assert rows.find({"prefix": read_phone("+12125550123", "CN")}) is None
    matches = rows.find_all({"prefix": shanghai}, 9)
    assert [entry["name"] for entry in matches] == [
        "Shanghai",
        "Shanghai again",
        "China",
    ]


def test_a_text_by_its_prefix() -> None:
    rows = index(["", "", "SO-", "orders"], ["", "", "SO-9", "nine"], prefix="prefix")
    assert name(rows.find({"prefix": "SO-91"})) == "nine"
    assert name(rows.find({"prefix": "SO-1"})) == "orders"
    assert rows.find({"prefix": "S"}) is None


def test_the_longest_among_the_rows_that_the_others_fit() -> None:
    rows = index(
        ["", "day", "8621", "Shanghai by day"],
        ["", "night", "86", "China by night"],
        ["", "day", "86", "China by day"],
        prefix="prefix",
        code="text",
    )
    key = {"prefix": "+862162880001"}
    assert name(rows.find({**key, "code": "day"})) == "Shanghai by day"
    assert name(rows.find({**key, "code": "night"})) == "China by night"
    assert rows.find({**key, "code": "noon"}) is None


# ---------------------------------------------------------------- several keys


def test_all_given_keys_must_match() -> None:
    rows = index(
        ["13800000001", "a", "", "one"],
        ["13800000001", "b", "", "two"],
        phone="phone",
        code="text",
    )
    assert name(rows.find({"code": "b", "phone": "+8613800000001"})) == "two"
    assert rows.find({"code": "c", "phone": "13800000001"}) is None


def test_a_key_that_most_rows_share_is_asked_last() -> None:
    many = [[f"138{at:08d}", "same", "86", f"n{at}"] for at in range(3000)]
    rows = index(*many, phone="phone", code="text", prefix="prefix")
    key = {"code": "same", "phone": "13800002999"}
    assert name(rows.find(key)) == "n2999"
    assert name(rows.find({**key, "prefix": "+8613"})) == "n2999"
    assert name(rows.find({"code": "same", "prefix": "+8613"})) == "n0"


def test_without_parameters_all_rows_are_listed_up_to_a_number() -> None:
    rows = index(*[["", str(at), "", ""] for at in range(5)], code="text")
    assert [entry["code"] for entry in rows.find_all({}, 3)] == ["0", "1", "2"]
    assert rows.find({}) is None


def test_cells_behind_the_last_are_no_value() -> None:
    rows = index(["1380", "a"], code="text", phone="phone")
    assert rows.find({"code": "a"}) == {"phone": "1380", "code": "a"}


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(TableError, match="no rows"):
        index(code="text")


def test_a_find_asks_no_more_of_sqlite_among_many_rows_than_among_few() -> None:
    """What a find costs is what SQLite steps through: counted, not timed."""

    def steps(count: int) -> int:
        rows = index(
            *[[f"138{at:08d}", str(at), "", ""] for at in range(count)],
            phone="phone",
            code="text",
        )
        counted = 0

        def count_one() -> int:
            nonlocal counted
            counted += 1
            return 0

        rows._database.set_progress_handler(count_one, 1)
        key = {"phone": f"138{count - 1:08d}", "code": str(count - 1)}
        assert rows.find(key) is not None
        rows._database.set_progress_handler(None, 1)
        return counted

    assert steps(20_000) <= steps(10) + 5
