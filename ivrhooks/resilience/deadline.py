"""The deadline: the time by which the IVR must have its answer.

It is the only time limit that is trusted. Library timeouts count between reads, so an
answer that drips slowly outlives them. Each layer takes the rest of the deadline as an
argument and has no limit of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.basics.frozen import frozen

Clock = Callable[[], float]
"""Seconds on a clock that never goes back: ``loop.time``, ``time.monotonic``."""


@frozen
class Deadline:
    """A time on a monotonic clock. It is immutable: every change returns a new one."""

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        """Return the deadline ``seconds`` from now."""
        return cls(clock() + seconds, clock)

    def remaining(self) -> float:
        """Return the seconds left, or 0.0 after the deadline."""
        left = self.at - self.clock()
        return left if left > 0.0 else 0.0

    def within(self, seconds: float | None) -> Deadline:
        """Return the earlier of this deadline and ``seconds`` from now (None: this
        one)."""
        if seconds is None:
            return self
        return Deadline(min(self.at, self.clock() + seconds), self.clock)
