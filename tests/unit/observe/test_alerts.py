"""What is told of, and what is tried again where the outbox cannot take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.actions.draft import Draft
from ivrhooks.observe.alerts import Alert, Alerts, dead_action

URL = "https://alerts.example.com/hook"
OPEN = {"breakers": {"crm": "open", "shop": "closed"}, "problems": []}


class Stored:
    """The drafts that were stored; ``good``: whether the next can be. ``later``: those
    whose storing has not ended."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0
        self.drafts: list[Draft] = []
        self.tried = 0
        self.good = True
        self.hanging = False
        self.later: list[Callable[[bool], None]] = []

    def alerts(self) -> Alerts:
        return Alerts(lambda: self.now, self.store)

    def store(self, draft: Draft, done: Callable[[bool], None]) -> None:
        self.tried += 1
        if self.hanging:
            self.later.append(done)
            return
        if self.good:
            self.drafts.append(draft)
        done(self.good)

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [dict(draft.params) for draft in self.drafts]


@pytest.fixture
def stored() -> Stored:
    return Stored()


def test_a_breaker_that_opens_is_reported_once_while_it_lasts(stored: Stored) -> None:
    alerts = stored.alerts()
    alerts.check(URL, OPEN)
    alerts.check(URL, OPEN)
    assert stored.messages == [
        {
            "cause": "breaker_open",
            "source": "crm",
            "message": "the source crm fails, and is not asked for a while: callers "
            "get its defaults. Look at it: ivrhooks doctor",
            "at": "2026-09-21T14:13:20+00:00",
        }
    ]
    alerts.check(URL, {"breakers": {"crm": "closed"}})
    alerts.check(URL, OPEN)
    assert len(stored.drafts) == 2
    assert len({draft.key for draft in stored.drafts}) == 1  # the outbox knows it again


def test_each_opened_breaker_has_its_alert(stored: Stored) -> None:
    alerts = stored.alerts()
    for _ in range(2):
        alerts.check(URL, {"breakers": {"crm": "open", "shop": "open"}})
    assert [body["source"] for body in stored.messages] == ["crm", "shop"]
    assert len({draft.key for draft in stored.drafts}) == 2


def test_it_says_why_the_source_has_failed(stored: Stored) -> None:
    problem = {"at": 1.0, "status": "error", "message": "HTTP 502 of 13800000001"}
    for failure in (problem, {**problem, "message": ""}):
        stored.alerts().check(URL, {**OPEN, "failures": {"crm": failure}})
    texts = [alert["message"] for alert in stored.messages]
    assert texts[0].startswith("the source crm fails (HTTP 502 of 138****0001), and")
    assert texts[1].startswith("the source crm fails (error), and is not asked")


@pytest.mark.parametrize(("count", "alerts"), [(20, 0), (21, 1), (100, 1)])
def test_failures_beyond_20_of_100_are_alerted(
    stored: Stored, count: int, alerts: int
) -> None:
    stored.alerts().check(URL, {"failing": {"desk": count}})
    assert [alert["endpoint"] for alert in stored.messages] == ["desk"] * alerts


def test_a_refused_configuration_and_a_dead_action_are_reported(stored: Stored) -> None:
    alerts = stored.alerts()
    problems = ["a.yaml:1:1: warning: odd", "a.yaml:2:1: unknown key `tpye`", "more"]
    alerts.check(URL, {"problems": problems})
    alerts.send(URL, dead_action("desk", "note", "crm", "404 for 13800000001"))
    by_cause = {alert["cause"]: alert for alert in stored.messages}
    refused = by_cause["configuration_refused"]["message"]
    assert refused.endswith("is refused: a.yaml:2:1: unknown key `tpye`")
    assert by_cause["action_dead"]["source"] == "crm"
    assert "13800000001" not in str(by_cause)
    assert len({draft.key for draft in stored.drafts}) == 2


def test_without_an_address_nothing_is_sent(stored: Stored) -> None:
    alerts = stored.alerts()
    alerts.check("", OPEN)
    alerts.send("", Alert("breaker_open", "x"))
    assert stored.tried == 0


def test_an_entry_that_cannot_be_stored_is_tried_at_the_next_look(
    stored: Stored,
) -> None:
    alerts = stored.alerts()
    stored.good = False
    alerts.send(URL, dead_action("desk", "note", "crm", "410"))
    alerts.check(URL, {})
    assert (stored.tried, stored.messages) == (2, [])
    stored.good, stored.now = True, stored.now + 900
    alerts.check(URL, {})
    alerts.check(URL, {})
    assert stored.tried == 3
    assert stored.messages[0]["at"] == "2026-09-21T14:13:20+00:00"  # when it happened


def test_one_that_is_just_being_stored_is_not_stored_twice(stored: Stored) -> None:
    alerts = stored.alerts()
    stored.hanging = True
    alerts.check(URL, OPEN)
    alerts.check(URL, OPEN)
    assert stored.tried == 1
    stored.later[0](True)
    alerts.check(URL, OPEN)
    assert stored.tried == 1
