"""A replay in a process of its own."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.observe.replay.runner import CannotReplay, ReplayRunner
from tests.unit.observe.replay.test_child import job  # noqa: F401 - a fixture
from tests.unit.observe.replay.test_run import journal  # noqa: F401 - a fixture


def test_another_process_counts_the_changes(job: Any) -> None:  # noqa: F811 - the fixture
    report = ReplayRunner().run(job('{"1": 1, "2": 0}', '{"1": 1, "3": 1}'))
    assert (report["requests"], report["changed"], report["chosen"]) == (6, 2, 6)
    [vip] = report["endpoints"]
    counts = {output["name"]: output for output in vip["outputs"]}
    assert (counts["isVip"]["lost"], counts["isVip"]["won"]) == (1, 1)
    assert counts["nick"]["same"] == 6


def test_one_replay_at_a_time() -> None:
    runner = ReplayRunner()
    with runner._one_by_one, pytest.raises(CannotReplay, match="busy"):
        runner.run({})
    with pytest.raises(CannotReplay, match="failed"):  # it is free again
        runner.run({})


def test_a_replay_that_takes_too_long_is_ended(job: Any) -> None:  # noqa: F811
    with pytest.raises(CannotReplay, match="late"):
        ReplayRunner(seconds=0.001).run(job())
