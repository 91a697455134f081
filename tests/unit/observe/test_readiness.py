"""The worst state of all workers, and what makes a server unready."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.config.plan import Configuration, ConsoleSettings
from ivrhooks.observe.readiness import StoreHealth, readiness

QUIET = {"problems": [], "breakers": {"crm": "closed"}, "shares": None}
WITHOUT = Configuration("", "abc123", "sobot", {}, {"crm": None}, ConsoleSettings())  # type: ignore[dict-item]


class WithActions(Configuration):
    """A configuration in which an endpoint has actions."""

    @property
    def has_actions(self) -> bool:
        return True


WITH = WithActions("", "abc123", "sobot", {}, {"crm": None}, ConsoleSettings())  # type: ignore[dict-item]


def state(*snapshots: dict[str, Any], **more: Any) -> Any:
    configuration = more.pop("configuration", WITHOUT)
    store = more.pop("store", StoreHealth())
    whole = [{**QUIET, **snapshot} for snapshot in snapshots] or [QUIET]
    return readiness(configuration, whole, store, **more)


def test_a_quiet_server_is_ready() -> None:
    assert state().report(strict=True) == {
        "ready": True,
        "config": "abc123",
        "checks": {
            "configuration": "ok",
            "store": "unused",
            "shared_cache": "unused",
            "sources": {"crm": "closed"},
            "outbox": {"waiting": 0, "dead": 0, "oldest_s": 0.0},
        },
    }


@pytest.mark.parametrize(
    ("snapshots", "check", "expected"),
    [
        ([{}, {"problems": ["x:1:1: no"]}], "configuration", "newer_refused"),
        ([{"breakers": {"crm": "open"}}, {}], "sources", {"crm": "open"}),
        ([{"shares": True}, {"shares": False}], "shared_cache", "down"),
    ],
)
def test_a_problem_of_one_worker_fails_strict_readiness(
    snapshots: list[dict[str, Any]], check: str, expected: object
) -> None:
    report = state(*snapshots)
    assert (report.ready, report.strictly) == (True, False)
    assert report.checks[check] == expected


def test_states_that_do_not_affect_readiness() -> None:
    half = state({"breakers": {"crm": "half_open"}}, {"shares": True})
    assert half.checks["sources"] == {"crm": "half_open"}
    assert half.checks["shared_cache"] == "ok"
    assert half.strictly
    assert state({"breakers": {}}).checks["sources"] == {"crm": "closed"}
    assert state(store=StoreHealth("ok", waiting=7, oldest_s=1.5)).strictly


def test_the_store_matters_to_a_server_with_actions() -> None:
    down = StoreHealth("down")
    assert (state(store=down).ready, state(store=down).strictly) == (True, False)
    report = state(store=down, configuration=WITH)
    assert (report.ready, report.strictly) == (False, False)
    assert state(store=StoreHealth("ok"), configuration=WITH).strictly


def test_a_dead_action_is_reported_and_strictly_unready() -> None:
    report = state(store=replace(StoreHealth("ok"), dead=1))
    assert (report.ready, report.strictly) == (True, False)
    assert report.checks["outbox"]["dead"] == 1


def test_a_server_that_ends_is_not_ready() -> None:
    report = state(ending=True)
    assert (report.ready, report.strictly) == (False, False)
