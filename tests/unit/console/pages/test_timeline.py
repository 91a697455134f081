"""The time line: zoomed to what happened, its bounds at the edge or in their place."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.console.pages.timeline import WIDTH, timeline

STEPS: list[dict[str, Any]] = [
    {"name": "contract", "start_ms": 0, "elapsed_ms": 1, "success": True},
    {
        "name": "customer crm.query_customer",
        "start_ms": 1,
        "elapsed_ms": 99,
        "success": False,
        "status": "timeout",
        "timeout_ms": 99.0,
    },
    {"name": "order", "start_ms": 1, "elapsed_ms": 0, "status": "skipped"},
    {"name": "answer", "start_ms": 100, "elapsed_ms": 0, "success": False},
]


def test_the_timeline_spans_the_whole_request() -> None:
    line = timeline(STEPS, 2000.0)
    assert [bar.mood for bar in line.bars] == ["good", "bad", "idle", "warn"]
    assert 100 < line.end_ms < 110
    assert line.bars[1].width > 0.9 * WIDTH
    assert line.deadline is not None
    assert (line.deadline.ms, line.deadline.beyond) == (2000.0, True)
    assert line.deadline.x == WIDTH


def test_a_deadline_that_ended_it_stands_where_it_was() -> None:
    line = timeline(STEPS, 101.0)
    assert line.deadline is not None and not line.deadline.beyond
    bar = line.bars[1]
    assert bar.x + bar.width < line.deadline.x < WIDTH


def test_the_sources_own_time_out_is_marked_from_the_steps_begin() -> None:
    line = timeline(STEPS, 2000.0)
    own = line.bars[1].timeout
    assert own is not None and (own.ms, own.beyond) == (100.0, False)
    assert own.x == pytest.approx(line.bars[1].x + line.bars[1].width, abs=0.01)
    assert line.timeouts == {"crm": 99.0}
    assert [bar.timeout for bar in line.bars if bar is not line.bars[1]] == [None] * 3
    slow = [{**STEPS[1], "elapsed_ms": 9, "timeout_ms": 800.0}]
    own = timeline(slow, None).bars[0].timeout
    assert own is not None and own.beyond


def test_a_step_that_took_no_time_can_be_seen() -> None:
    line = timeline([{"name": "a", "start_ms": 5, "elapsed_ms": 0}], None)
    assert line.bars[0].width > 0
    assert line.bars[0].x + line.bars[0].width <= WIDTH
    assert timeline([], None).bars == ()
