"""How many requests a second may leave: a moment for each, or none soon enough.

The generic cell rate algorithm: one number, the moment at which the next request would
come if all came evenly. At most a second's worth goes at once.
"""

from __future__ import annotations

MAX_WAIT = 0.05  # seconds; longer would be a queue that only delays the default
BURST = 1.0  # seconds' worth that goes at once


class RateLimiter:
    """The rate of one source. ``interval``: seconds between two requests; ``burst``:
    seconds by which one may come before its time."""

    __slots__ = ("_due", "burst", "interval")

    def __init__(self, per_second: float) -> None:
        self.interval = 1.0 / per_second
        self.burst = max(BURST, self.interval)
        self._due = 0.0

    def take(self, now: float, max_wait: float = MAX_WAIT) -> float | None:
        """Seconds until a request may leave, which is then counted; None where that is
        too long, and nothing is counted."""
        due = max(self._due, now) + self.interval
        wait = due - self.burst - now
        if wait > max_wait + 1e-9:  # what adds up in fractions comes a hair short
            return None
        self._due = due
        return max(0.0, wait)
