"""Decides what a source's answer means for an action: delivered, retried, or dead."""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.actions.leasing import ClaimedAction, TryResult
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.values import clean
from ivrhooks.sources.interface import Outcome

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
WAIT = 1.0
"""Seconds (up to twice that) before a source is tried again that could not be asked."""

TEMPORARY = frozenset({401, 408, 409, 425, 429})
"""Refusals that may end by themselves; all other 4xx are final."""

_NO_FOR_GOOD = frozenset({"rejected", "no_success", "not_found"})
"""Codes of an answer that is 2xx and says no."""

MAX_ERROR = 300


def result_of_try(
    claimed: ClaimedAction, outcome: Outcome, chance: Callable[[], float]
) -> TryResult:
    """Return how a try ended. ``chance`` gives numbers from 0 to 1."""
    status = outcome.status
    if status in ("ok", "stale"):
        return TryResult(claimed, "delivered", status=outcome.http)
    error = _error(outcome)
    if status in ("open", "busy"):
        pause = WAIT * (1.0 + chance())
        return TryResult(claimed, "waiting", pause, counts=False, error=error)
    if is_final(outcome):
        return TryResult(claimed, "dead", status=outcome.http, error=error)
    pause = max(back_off(claimed.tries, chance), outcome.retry_after or 0.0)
    return TryResult(claimed, "waiting", pause, status=outcome.http, error=error)


def is_final(outcome: Outcome) -> bool:
    """Return whether a repetition cannot help.

    Either the system has refused it, or the request cannot be made at all.
    """
    if outcome.status == "not_found":
        return True
    status = outcome.http
    if status is None:
        return outcome.code == "rejected" and outcome.tries == 0
    if 200 <= status < 300:
        return outcome.code in _NO_FOR_GOOD
    return status < 500 and status not in TEMPORARY


def back_off(tries: int, chance: Callable[[], float]) -> float:
    """Return the seconds before the next try: 1 s, doubled up to 5 min, ±20 %."""
    base = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 20))
    return base * (0.8 + 0.4 * chance())


def _error(outcome: Outcome) -> str:
    """Return the error in words for people, without telephone numbers."""
    words = outcome.message or outcome.code or outcome.status
    if outcome.status not in ("error", "timeout"):
        words = f"{outcome.status}: {words}"
    return mask_text(clean(words))[:MAX_ERROR]
