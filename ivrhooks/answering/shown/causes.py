"""Why a lookup gave nothing, in more detail than its status, for people."""

from __future__ import annotations

from ivrhooks.answering.trace import LookupRun

CAUSES = (
    "withheld",
    "when",
    "missing",
    "deadline",
    "timeout",
    "no_answer",
    "error_answer",
    "said_no",
    "unreadable",
    "no_token",
    "not_asked",
    "no_stand_in",
    "internal",
    "open",
    "busy",
)
"""Every word that ``cause_of`` returns, besides "" for a lookup with a result."""

_BY_CODE = {
    "deadline": "deadline",
    "timeout": "timeout",
    "malformed": "unreadable",
    "too_large": "unreadable",
    "no_token": "no_token",
    "not_asked": "not_asked",
    "no_stand_in": "no_stand_in",
    "internal": "internal",
    "outbound": "no_answer",
}
_SKIPPED = {"withheld": "withheld", "when is false": "when"}


def cause_of(run: LookupRun) -> str:
    """Return why a lookup gave nothing.

    - ``withheld``, ``when`` (it is false), ``missing`` (a needed value): it was
      skipped;
    - ``timeout``: the source's own timeout was over; ``deadline``: the data request's
      was;
    - ``no_answer``: no connection, or one that broke; ``error_answer``: an HTTP status
      of 400 or more; ``said_no``: the answer is a refusal; ``unreadable``: the answer
      cannot be read; ``no_token``: there is no access token;
    - ``not_asked``: a lookup that it names has failed; ``no_stand_in``: the sandbox
      does not imitate its kind; ``internal``: an internal error; ``open``, ``busy``: as
      the status.
    """
    if run.status == "skipped":
        return _SKIPPED.get(run.message, "missing")
    outcome = run.outcome
    if outcome is None or run.status in ("ok", "stale", "not_found"):
        return ""
    if run.status in ("open", "busy"):
        return run.status if outcome.code != "not_asked" else "not_asked"
    code = outcome.code or ""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if run.status == "timeout":
        return "timeout"
    if outcome.http is not None and outcome.http >= 400:
        return "error_answer"
    return "no_answer" if code == "unavailable" else "said_no"
