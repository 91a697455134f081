"""The wall clock, for times that are stored and shown."""

from __future__ import annotations

from datetime import UTC, datetime


def seconds_since_1970() -> float:
    """Return the time now; not for durations, since this clock may be set back."""
    return datetime.now(UTC).timestamp()
