"""PostgreSQL's dates and times that Python does not have, and padded texts."""

from __future__ import annotations

from datetime import date, time
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import DataError, postgres
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.pq import Format

from ivrhooks.sources.sql.psycopg_values import mend_values


def read(adapters: AdaptersMap, name: str, text: bytes) -> Any:
    loaders = Transformer(SimpleNamespace(adapters=adapters, connection=None))
    return loaders.get_loader(postgres.types[name].oid, Format.TEXT).load(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "infinity"),
        ("date", "0044-03-15 BC"),
        ("time", "24:00:00"),
        ("timetz", "24:00:00+08"),
        ("timestamp", "-infinity"),
        ("timestamptz", "infinity"),
    ],
)
def test_a_moment_that_python_lacks_stays_text(name: str, text: str) -> None:
    adapters = AdaptersMap(psycopg.adapters)
    with pytest.raises(DataError):
        read(adapters, name, text.encode())
    mend_values(adapters)
    assert read(adapters, name, text.encode()) == text


def test_other_moments_are_read_as_before() -> None:
    adapters = AdaptersMap(psycopg.adapters)
    mend_values(adapters)
    assert read(adapters, "date", b"2026-10-01") == date(2026, 10, 1)
    assert read(adapters, "time", b"09:00:00") == time(9)


def test_a_text_of_fixed_length_has_no_padding() -> None:
    adapters = AdaptersMap(psycopg.adapters)
    assert read(adapters, "bpchar", b"VIP  ") == "VIP  "
    mend_values(adapters)
    assert read(adapters, "bpchar", b" VIP  ") == " VIP"
    assert read(adapters, "text", b"VIP  ") == "VIP  "


def test_other_connections_are_as_before() -> None:
    mend_values(AdaptersMap(psycopg.adapters))
    with pytest.raises(DataError):
        read(psycopg.adapters, "date", b"infinity")
