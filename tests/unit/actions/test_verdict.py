"""What becomes of an action after a try."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.actions.leasing import ClaimedAction
from ivrhooks.actions.verdict import back_off, result_of_try
from ivrhooks.sources.interface import Outcome


def claimed(tries: int = 0) -> ClaimedAction:
    return ClaimedAction(
        1, "a-1", "vip", "note", "crm", "request", "r-1", tries, "l", b""
    )


def verdict(outcome: Outcome, tries: int = 0) -> Any:
    return result_of_try(claimed(tries), outcome, lambda: 0.5)


def test_an_answer_is_delivery() -> None:
    assert verdict(Outcome("ok", http=201)).state == "delivered"


@pytest.mark.parametrize("status", ["open", "busy"])
def test_a_source_that_was_not_asked_is_no_try(status: str) -> None:
    ended = verdict(Outcome(status))
    assert (ended.state, ended.counts) == ("waiting", False)
    assert 1.0 <= ended.pause <= 2.0


@pytest.mark.parametrize(
    ("http", "state"),
    [
        (301, "dead"),
        (400, "dead"),
        (401, "waiting"),
        (403, "dead"),
        (404, "dead"),
        (408, "waiting"),
        (409, "waiting"),
        (410, "dead"),
        (422, "dead"),
        (425, "waiting"),
        (429, "waiting"),
        (500, "waiting"),
        (503, "waiting"),
    ],
)
def test_which_refusals_are_for_good(http: int, state: str) -> None:
    ended = verdict(Outcome("error", code="rejected", http=http, tries=1))
    assert ended.state == state
    assert ended.status == http


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome("not_found", http=200), "dead"),
        (Outcome("error", code="malformed", http=300, tries=1), "dead"),
        (Outcome("error", code="rejected", http=200, tries=1), "dead"),
        (Outcome("error", code="token_rejected", http=200, tries=1), "waiting"),
        (Outcome("error", code="malformed", http=200, tries=1), "waiting"),
        (Outcome("error", code="unavailable", tries=1), "waiting"),
        (Outcome("timeout", code="timeout", tries=1), "waiting"),
        (Outcome("error", code="no_token", tries=1), "waiting"),
        (Outcome("error", code="rejected", tries=0), "dead"),
        (Outcome("error", code="internal"), "waiting"),
    ],
    ids=str,
)
def test_other_results(outcome: Outcome, state: str) -> None:
    assert verdict(outcome).state == state


def test_the_pause_doubles_up_to_five_minutes() -> None:
    middle = [back_off(tries, lambda: 0.5) for tries in range(12)]
    assert middle[:4] == [1.0, 2.0, 4.0, 8.0]
    assert middle[-1] == middle[-2] == 300.0
    assert back_off(5000, lambda: 0.5) == 300.0


def test_the_pause_has_jitter() -> None:
    assert back_off(0, lambda: 0.0) == pytest.approx(0.8)
    assert back_off(0, lambda: 1.0) == pytest.approx(1.2)


def test_a_fault_is_tried_again_after_the_first_pause() -> None:
    ended = result_of_try(claimed(), Outcome("error", http=503), lambda: 0.0)
    assert ended.pause == pytest.approx(0.8)


def test_retry_after_is_kept() -> None:
    ended = verdict(Outcome("error", http=429, retry_after=77.0))
    assert (ended.state, ended.pause) == ("waiting", 77.0)
    assert verdict(Outcome("error", http=503, retry_after=0.1)).pause == 1.0


def test_a_long_error_is_cut() -> None:
    ended = verdict(Outcome("error", http=400, message="x" * 301))
    assert ended.error == "x" * 300


def test_an_error_holds_no_telephone_number() -> None:
    ended = verdict(Outcome("error", http=400, message="no 13800000001 here\x00"))
    assert ended.error == "no 138****0001 here"
