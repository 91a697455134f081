"""The circuit breaker: after consecutive failures a source is not called for a while.

Closed, it lets every call through. After ``failures`` in a row it opens and refuses
calls at once, so only the first callers of an outage have to wait. After ``reset``
seconds one call is let through as the probe; it closes the breaker or opens it again.
Up to half of ``reset`` is added at random, so that processes do not probe at the same
time.
"""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.resilience.deadline import Clock


class Permit:
    """Permission for one call. Its holder reports the result once; a later report, or
    one after the breaker has changed state, is ignored."""

    __slots__ = ("_breaker", "_generation", "_spent", "probe")

    def __init__(self, breaker: CircuitBreaker, generation: int, probe: bool) -> None:
        self._breaker = breaker
        self._generation = generation
        self._spent = False
        self.probe = probe

    def succeeded(self) -> None:
        """Report that the source answered, whatever the answer was."""
        breaker = self._breaker
        if self._spent or self._generation != breaker._generation:
            self._spent = True
            return
        self._spent = True
        breaker._failures = 0
        if self.probe:
            breaker._close()

    def failed(self, why: object = "no answer by the deadline") -> None:
        """Report a fault of the source: no answer, 5xx, 429, unreadable."""
        if self._spend():
            self._breaker._failed(self.probe, why)

    def release(self) -> None:
        """Report that nothing is known: the caller hung up, or nothing was sent."""
        if self._spend() and self.probe:
            self._breaker._probe_released()

    def _spend(self) -> bool:
        if self._spent:
            return False
        self._spent = True
        return self._generation == self._breaker._generation


class CircuitBreaker:
    """One source's breaker in one process. Not thread safe: it belongs to one loop.

    ``on_change`` is called with the last failure when it opens, and with None when it
    closes. A probe that fails does not call it. ``open_until``: None while it is
    closed, else the time of its clock from which a probe may be sent.
    """

    def __init__(
        self,
        *,
        failures: int,
        reset: float,
        clock: Clock,
        random: Callable[[], float],
        on_change: Callable[[object], None] = lambda why: None,
    ) -> None:
        self._limit = failures
        self._reset = reset
        self._clock = clock
        self._random = random
        self._on_change = on_change
        self._failures = 0
        self.open_until: float | None = None
        self._probing = False
        self._generation = 0

    @property
    def state(self) -> str:
        """Return closed, open or half_open (a probe may be sent or is running)."""
        if self.open_until is None:
            return "closed"
        return "half_open" if self._clock() >= self.open_until else "open"

    @property
    def refuses(self) -> bool:
        """Return whether a call would be refused now. Changes nothing."""
        if self.open_until is None:
            return False
        return self._probing or self._clock() < self.open_until

    def enter(self) -> Permit | None:
        """Return a permit, or None. Every permit must get a report."""
        if self.open_until is None:
            return Permit(self, self._generation, False)
        if self.refuses:
            return None
        self._probing = True
        return Permit(self, self._generation, True)

    def reset(self) -> None:
        """Close the breaker, whatever its state; running calls no longer count."""
        self._failures = 0
        self._close()

    def _close(self) -> None:
        was_open = self.open_until is not None
        self.open_until = None
        self._probing = False
        self._generation += 1
        if was_open:
            self._on_change(None)

    def _failed(self, probe: bool, why: object) -> None:
        self._failures += 1
        if probe or self._failures >= self._limit:
            wait = self._reset * (1.0 + self._random() / 2)
            was_closed = self.open_until is None
            self.open_until = self._clock() + wait
            self._failures = 0
            self._probing = False
            self._generation += 1
            if was_closed:
                self._on_change(why)

    def _probe_released(self) -> None:
        self._probing = False
