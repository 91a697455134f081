"""What a source's answer makes of an action: delivered, tried again later, or dead."""

from __future__ import annotations

from collections.abc import Callable

from ivrhooks.actions.leasing import Claimed, Ended
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.values import clean
from ivrhooks.sources.interface import Outcome

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 300.0
WAIT = 1.0
"""Seconds (up to twice that) before a source is asked again that was not asked now."""

TEMPORARY = frozenset({401, 408, 409, 425, 429})
"""Refusals that may end by themselves; all others of 4xx are for good."""

_NO_FOR_GOOD = frozenset({"rejected", "no_success", "not_found"})
"""Codes of an answer that is 2xx and says no."""

MOST_ERROR = 300


def judge(claimed: Claimed, outcome: Outcome, chance: Callable[[], float]) -> Ended:
    """How a try ended. ``chance`` gives numbers from 0 to 1."""
    status = outcome.status
    if status in ("ok", "stale"):
        return Ended(claimed, "delivered", status=outcome.http)
    error = _error(outcome)
    if status in ("open", "busy"):
        pause = WAIT * (1.0 + chance())
        return Ended(claimed, "waiting", pause, counts=False, error=error)
    if is_final(outcome):
        return Ended(claimed, "dead", status=outcome.http, error=error)
    pause = max(back_off(claimed.tries, chance), outcome.retry_after or 0.0)
    return Ended(claimed, "waiting", pause, status=outcome.http, error=error)


def is_final(outcome: Outcome) -> bool:
    """Whether asking again could not help: the system has said no, or the request
    cannot even be made."""
    if outcome.status == "not_found":
        return True
    status = outcome.http
    if status is None:
        return outcome.code == "rejected" and outcome.tries == 0
    if 200 <= status < 300:
        return outcome.code in _NO_FOR_GOOD
    return status < 500 and status not in TEMPORARY


def back_off(tries: int, chance: Callable[[], float]) -> float:
    """Seconds before the next try: 1 s, doubled up to 5 min, a fifth more or less."""
    base = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(tries, 20))
    return base * (0.8 + 0.4 * chance())


def _error(outcome: Outcome) -> str:
    """In words, for people who look into the outbox, without telephone numbers."""
    words = outcome.message or outcome.code or outcome.status
    if outcome.status not in ("error", "timeout"):
        words = f"{outcome.status}: {words}"
    return mask_text(clean(words))[:MOST_ERROR]
