"""The verdict on each output of a replay, why, and the sums of it."""

from __future__ import annotations

import pytest

from ivrhooks.observe.replay.verdicts import (
    CHANGED,
    LOST,
    NOT_JUDGED,
    SAME,
    WON,
    EndpointTally,
    OutputAnswer,
    as_data,
    is_lost,
    overall,
    verdict_on,
    why,
)

VALUE, OTHER, NUMBER = OutputAnswer("1"), OutputAnswer("2"), OutputAnswer(1)
DEFAULT = OutputAnswer("0", "timeout")
OTHER_DEFAULT = OutputAnswer("9", "not_found")
SAME_TEXT_BY_DEFAULT = OutputAnswer("1", "not_found")


@pytest.mark.parametrize(
    ("before", "after", "verdict", "reason"),
    [
        (VALUE, VALUE, SAME, "another value"),
        (VALUE, OTHER, CHANGED, "another value"),
        (VALUE, NUMBER, CHANGED, "another value"),
        (OutputAnswer(1), OutputAnswer(True), CHANGED, "another value"),
        (VALUE, DEFAULT, LOST, "timeout"),
        (VALUE, SAME_TEXT_BY_DEFAULT, LOST, "not_found"),
        (DEFAULT, VALUE, WON, "was timeout"),
        (SAME_TEXT_BY_DEFAULT, VALUE, WON, "was not_found"),
        (DEFAULT, OTHER_DEFAULT, CHANGED, "another value"),
        (DEFAULT, OutputAnswer("0", "error"), SAME, "another value"),
        (VALUE, None, LOST, "the output is gone"),
        (DEFAULT, None, LOST, "the output is gone"),
        (None, VALUE, WON, "the output is new"),
        (None, DEFAULT, SAME, "the output is new"),
    ],
)
def test_each_output_gets_its_verdict_and_its_reason(
    before: OutputAnswer | None, after: OutputAnswer | None, verdict: str, reason: str
) -> None:
    assert verdict_on(before, after) == verdict
    assert why(verdict, before, after) == reason


def test_an_output_that_appears_late_was_the_same_until_then() -> None:
    tally = EndpointTally("desk")
    tally.output("isVip")
    tally.count_the_same()
    tally.count_the_same()
    tally.output("level").counts[WON] += 1
    tally.requests += 1
    tally.output("isVip").counts[CHANGED] += 1
    assert tally.requests == 3
    assert {name: output.counts for name, output in tally.outputs.items()} == {
        "isVip": {SAME: 2, CHANGED: 1, LOST: 0, WON: 0, NOT_JUDGED: 0},
        "level": {SAME: 2, CHANGED: 0, LOST: 0, WON: 1, NOT_JUDGED: 0},
    }


def test_the_sums_are_those_of_all_endpoints() -> None:
    desk, shop = EndpointTally("desk", 5, 2), EndpointTally("shop", 7, 1)
    assert overall({"desk": desk, "shop": shop}) == (12, 3)
    assert overall({}) == (0, 0)


@pytest.mark.parametrize("verdict", [SAME, CHANGED, WON, NOT_JUDGED, LOST])
def test_only_a_value_that_becomes_a_default_is_lost(verdict: str) -> None:
    desk = EndpointTally("desk")
    desk.output("level").counts[verdict] += 1
    assert is_lost({"shop": EndpointTally("shop"), "desk": desk}) is (verdict == LOST)


def test_json_has_these_keys() -> None:
    desk = EndpointTally("desk")
    desk.output("level").counts[CHANGED] += 1
    desk.requests = desk.changed = 1
    assert as_data({"desk": desk}) == {
        "requests": 1,
        "changed": 1,
        "endpoints": [
            {
                "endpoint": "desk",
                "requests": 1,
                "changed": 1,
                "outputs": [
                    {
                        "name": "level",
                        "same": 0,
                        "changed": 1,
                        "lost": 0,
                        "won": 0,
                        "not_judged": 0,
                        "examples": [],
                    }
                ],
            }
        ],
    }
