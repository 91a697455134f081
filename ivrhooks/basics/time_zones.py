"""Reads time zones from the newer of two tables: the machine's and ``tzdata``'s.

With an old table, times are silently an hour off once a country has changed its rules.
A machine without any table still knows UTC.
"""

from __future__ import annotations

import io
import re
import zoneinfo
from datetime import datetime
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import import_module, resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FALLBACK_HINT = "Asia/Shanghai, Asia/Ho_Chi_Minh or UTC"
_UTC_FILE = b"TZif" + bytes(32) + b"\0\0\0\1\0\0\0\4" + bytes(6) + b"UTC\0"
_NAME = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


class UnknownZone(ZoneInfoNotFoundError):
    """There is no such time zone. ``near``: the probable zone, or a few examples."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.near = _near(name)


@cache
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises UnknownZone."""
    if not _NAME.fullmatch(name):
        raise UnknownZone(name)
    readers = (_of_package, _of_machine)
    for read in readers if _package_is_newer() else reversed(readers):
        try:
            return read(name)
        except (OSError, ValueError, LookupError, ImportError):
            continue
    if name == "UTC":
        return ZoneInfo.from_file(io.BytesIO(_UTC_FILE), key="UTC")
    raise UnknownZone(name)


def read_moment(text: str, zone_name: str) -> datetime:
    """Return the time in ISO 8601 text. Raises ValueError.

    A text without an offset is in the zone of that name.
    """
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=zone(zone_name))


@lru_cache(maxsize=1)
def iana_version() -> str:
    """Return the version of the table in use, such as ``2026b``, or "" if unknown."""
    return _package_version() if _package_is_newer() else _machine_version()


@lru_cache(maxsize=1)
def _package_is_newer() -> bool:
    return _package_version() >= _machine_version()


_COMMON_NAMES = {
    **dict.fromkeys(("CST", "Beijing", "Asia/Beijing", "China"), "Asia/Shanghai"),
    **dict.fromkeys(("ICT", "Hanoi", "Asia/Hanoi", "Vietnam"), "Asia/Ho_Chi_Minh"),
    **dict.fromkeys(("SGT", "MYT"), "Asia/Singapore"),
    **dict.fromkeys(("GMT+8", "UTC+8", "UTC+08:00", "+08:00"), "Asia/Shanghai"),
    **dict.fromkeys(("GMT+7", "UTC+7", "UTC+07:00", "+07:00"), "Asia/Ho_Chi_Minh"),
}
"""Names that people use for a zone, and its IANA name."""


def _package_version() -> str:
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except ImportError:
        return ""


def _machine_version() -> str:
    for folder in zoneinfo.TZPATH:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii") as table:
                version = re.search(r"version\s+([0-9]{4}[a-z]+)", table.readline())
        except (OSError, ValueError):
            continue
        if version is not None:
            return version[1]
    return ""


def _of_package(name: str) -> ZoneInfo:
    folder, _, last = name.rpartition("/")
    package = ".".join(["tzdata.zoneinfo", *filter(None, folder.split("/"))])
    with resources.files(package).joinpath(last).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def _of_machine(name: str) -> ZoneInfo:
    for folder in zoneinfo.TZPATH:
        file = Path(folder) / name
        if file.is_file():
            with file.open("rb") as opened:
                return ZoneInfo.from_file(opened, key=name)
    raise LookupError(name)


def _near(name: str) -> str:
    if name in _COMMON_NAMES:
        return _COMMON_NAMES[name]
    if not any(sign in name for sign in "/_"):
        return _FALLBACK_HINT
    near = get_close_matches(name, zoneinfo.available_timezones(), n=1)
    return near[0] if near else _FALLBACK_HINT
