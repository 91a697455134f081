"""Causes: why a lookup has no record, in more detail than its status."""

from __future__ import annotations

import pytest

from ivrhooks.answering.shown.causes import CAUSES, cause_of
from ivrhooks.answering.trace import LookupRun
from ivrhooks.sources.interface import Outcome

ENDED = [
    (Outcome("ok", {}), ""),
    (Outcome("not_found"), ""),
    (Outcome("timeout", code="timeout"), "timeout"),
    (Outcome("timeout", code="deadline"), "deadline"),
    (Outcome("timeout", code="internal"), "internal"),
    (Outcome("error", code="unavailable"), "no_answer"),  # a reset
    (Outcome("error", code="unavailable", http=503), "error_answer"),
    (Outcome("error", code="rejected", http=403), "error_answer"),
    (Outcome("error", code="no_success", http=200), "said_no"),
    (Outcome("error", code="malformed", http=200), "unreadable"),
    (Outcome("error", code="too_large", http=200), "unreadable"),
    (Outcome("timeout", code="no_token"), "no_token"),
    (Outcome("error", code="outbound"), "no_answer"),
    (Outcome("error", code="no_stand_in"), "no_stand_in"),
    (Outcome("error", code="not_asked"), "not_asked"),
    (Outcome("open", code="not_asked"), "not_asked"),
    (Outcome("open", code="open"), "open"),
    (Outcome("busy", code="busy"), "busy"),
]
NOT_ASKED = [("withheld", "withheld"), ("when is false", "when"), ("no tel", "missing")]


@pytest.mark.parametrize(("outcome", "cause"), ENDED)
def test_an_outcome_gives_the_cause_of_its_lookup(outcome: Outcome, cause: str) -> None:
    run = LookupRun("customer", outcome.status, outcome=outcome)
    assert cause_of(run) == cause


@pytest.mark.parametrize(("message", "cause"), NOT_ASKED)
def test_a_skipped_lookup_has_a_cause_for_not_asking(message: str, cause: str) -> None:
    assert cause_of(LookupRun("customer", "skipped", message=message)) == cause


def test_every_cause_is_used() -> None:
    assert {cause for _, cause in (*ENDED, *NOT_ASKED)} - {""} == set(CAUSES)
