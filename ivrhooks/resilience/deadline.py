"""The deadline: the moment by which the IVR must have its answer.

Only this is trusted. Library time-outs count between reads, so a slow drip outlives
them; each layer takes what is left of the deadline as an argument and has no number
of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.basics.frozen import frozen

Clock = Callable[[], float]
"""Seconds on a clock that never goes back: ``loop.time``, ``time.monotonic``."""


@frozen
class Deadline:
    """A moment on a monotonic clock. A value: every change yields a new one."""

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Deadline:
        """The deadline that many seconds from now."""
        return cls(clock() + seconds, clock)

    def remaining(self) -> float:
        """Seconds left; 0.0 when it has passed."""
        left = self.at - self.clock()
        return left if left > 0.0 else 0.0

    def within(self, seconds: float | None) -> Deadline:
        """The sooner of this deadline and ``seconds`` from now (None: this one)."""
        if seconds is None:
            return self
        return Deadline(min(self.at, self.clock() + seconds), self.clock)
