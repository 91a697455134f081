"""The clock on the wall, for moments that are kept and shown."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds_since_1970() -> float:
    """Now; never for durations, since this clock is set back and forth."""
    return datetime.now(UTC).timestamp()
