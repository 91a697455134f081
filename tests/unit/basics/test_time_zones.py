"""Time zones out of the newer of two tables."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ivrhooks.basics import time_zones


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine's table of its own, in an empty folder."""

    def forget() -> None:
        for cached in (
            time_zones.zone,
            time_zones.iana_version,
            time_zones._package_is_newer,
        ):
            cached.cache_clear()

    monkeypatch.setattr(zoneinfo, "TZPATH", (str(tmp_path),))
    forget()
    yield tmp_path
    forget()


def offset(name: str) -> timedelta | None:
    return datetime(2026, 12, 1, 12, tzinfo=time_zones.zone(name)).utcoffset()


def test_a_zone_has_its_name() -> None:
    made = time_zones.zone("Asia/Ho_Chi_Minh")
    assert made.key == "Asia/Ho_Chi_Minh"
    assert offset("Asia/Ho_Chi_Minh") == timedelta(hours=7)


def test_a_machine_without_files_uses_the_package(tables: Path) -> None:
    assert offset("America/Vancouver") == timedelta(hours=-7)
    assert time_zones.iana_version() >= "2026"


def test_the_newer_table_is_used(tables: Path) -> None:
    (tables / "tzdata.zi").write_text("# version 9999z\n")
    (tables / "Asia").mkdir()
    (tables / "Asia" / "Shanghai").write_bytes(time_zones._UTC_FILE)
    assert time_zones.iana_version() == "9999z"
    assert offset("Asia/Shanghai") == timedelta(0)
    assert offset("Asia/Tokyo") == timedelta(hours=9)  # only the package has it
    time_zones.zone.cache_clear()
    time_zones._package_is_newer.cache_clear()
    (tables / "tzdata.zi").write_text("# version 2001a\n")
    assert offset("Asia/Shanghai") == timedelta(hours=8)


def test_without_any_file_there_is_utc(
    tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> zoneinfo.ZoneInfo:
        raise LookupError(name)

    monkeypatch.setattr(time_zones, "_of_package", missing)
    assert offset("UTC") == timedelta(0)
    with pytest.raises(time_zones.UnknownZone):
        time_zones.zone("Asia/Shanghai")


@pytest.mark.parametrize("name", ["Asia/Shangai", "../etc/passwd", "Asia", "", "a b"])
def test_an_unknown_zone_gets_a_correction(name: str) -> None:
    with pytest.raises(time_zones.UnknownZone) as unknown:
        time_zones.zone(name)
    assert time_zones.zone(unknown.value.near.split(",")[0])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-01T09:30", "2026-10-01T09:30:00+08:00"),
        ("2026-10-01T09:30:00+00:00", "2026-10-01T09:30:00+00:00"),
        ("2026-10-01", "2026-10-01T00:00:00+08:00"),
    ],
)
def test_a_moment_without_an_offset_is_in_the_zone(text: str, moment: str) -> None:
    assert time_zones.read_moment(text, "Asia/Shanghai").isoformat() == moment


def test_an_invalid_moment_raises() -> None:
    with pytest.raises(ValueError, match="Invalid"):
        time_zones.read_moment("soon", "UTC")
