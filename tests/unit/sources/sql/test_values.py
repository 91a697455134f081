"""Rows as records, and parameters as drivers take them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Any
from uuid import UUID

import pytest

from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.sources.sql.values import bound, plain, record_of


@pytest.mark.parametrize(
    ("value", "record"),
    [
        (None, None),
        (True, True),
        (7, 7),
        ("x", "x"),
        (1.5, 1.5),
        (float("nan"), None),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 8, tzinfo=UTC), "2024-02-29T08:00:00+00:00"),
        (time(8, 30), "08:30:00"),
        (timedelta(hours=9), "09:00:00"),
        (timedelta(days=2, hours=1, microseconds=5), "49:00:00.000005"),
        (timedelta(minutes=-30), "-00:30:00"),
        (Decimal("12.50"), "12.50"),
        (Decimal("0.00000000"), "0.00000000"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        ([b"x", 1], [None, 1]),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ip_network("10.0.0.0/30"), "10.0.0.0/30"),
        ([Decimal("1"), None], ["1", None]),
        ({"a": date(2024, 1, 1)}, {"a": "2024-01-01"}),
    ],
)
def test_a_value_is_one_of_jsons_types(value: Any, record: Any) -> None:
    assert plain(value) == record


def test_columns_of_bytes_are_left_out() -> None:
    row = {"id": 1, "photo": b"x", "more": memoryview(b"y"), "raw": bytearray(b"z")}
    assert record_of(row) == {"id": 1}


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (PhoneNumber("138", plus=True), "138"),
        (7, 7),
        (True, True),
        (None, None),
        (["a", 1], "a,1"),
        (date(2024, 1, 1), "2024-01-01"),
    ],
)
def test_a_parameter_is_of_a_plain_type(value: Any, sent: Any) -> None:
    assert bound(value) == sent and type(bound(value)) is type(sent)
