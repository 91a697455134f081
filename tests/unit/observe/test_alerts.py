"""One POST for each cause, at most one an hour, whichever process noticed it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.observe.alerts import Alert, Alerts, dead_action

URL = "https://alerts.example.com/hook"
OPEN = {"breakers": {"crm": "open", "shop": "closed"}, "problems": []}


class Heard:
    """What was sent, and the moment that all processes have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_790_000_000.0
        self.sent: list[dict[str, Any]] = []
        self.good = True

    def process(self) -> Alerts:
        return Alerts(lambda: self.folder, lambda: self.now, self.send)

    def send(self, url: str, body: bytes) -> bool:
        assert url == URL
        self.sent.append(json.loads(body))
        return self.good

    def all(self) -> list[dict[str, Any]]:
        """All that was sent, once every sender has ended."""
        for thread in threading.enumerate():
            if thread.name == "ivrhooks-alert":
                thread.join(30)
        return self.sent


@pytest.fixture
def heard(tmp_path: Path) -> Heard:
    return Heard(tmp_path)


def test_a_breaker_that_opens_is_told_once_by_all_processes(heard: Heard) -> None:
    for _ in range(3):
        alerts = heard.process()
        alerts.look(URL, OPEN)
        alerts.look(URL, OPEN)
    assert heard.all() == [
        {
            "cause": "breaker_open",
            "source": "crm",
            "message": "the source crm fails, and is not asked for a while",
            "at": "2026-09-21T14:13:20+00:00",
        }
    ]


def test_it_is_told_again_when_it_opens_an_hour_later(heard: Heard) -> None:
    alerts = heard.process()
    for hours in (0, 0.9, 1.1):
        heard.now += hours * 3600
        alerts.look(URL, OPEN)
        alerts.look(URL, {"breakers": {"crm": "closed"}})
    assert len(heard.all()) == 2


@pytest.mark.parametrize(("count", "told"), [(20, 0), (21, 1), (100, 1)])
def test_failures_are_told_beyond_20_of_100(
    heard: Heard, count: int, told: int
) -> None:
    heard.process().look(URL, {"failing": {"desk": count}})
    assert [one["endpoint"] for one in heard.all()] == ["desk"] * told


def test_a_refused_configuration_and_a_dead_action_are_told(heard: Heard) -> None:
    alerts = heard.process()
    problems = ["a.yaml:1:1: warning: odd", "a.yaml:2:1: unknown key `tpye`", "more"]
    alerts.look(URL, {"problems": problems})
    alerts.tell(URL, dead_action("desk", "note", "crm", "404 for 13800000001"))
    told = {one["cause"]: one for one in heard.all()}
    refused = told["configuration_refused"]["message"]
    assert refused.endswith("is refused: a.yaml:2:1: unknown key `tpye`")
    assert told["action_dead"]["source"] == "crm"
    assert "13800000001" not in str(told)


def test_nobody_is_told_without_an_address(heard: Heard) -> None:
    alerts = heard.process()
    alerts.look("", OPEN)
    alerts.tell("", Alert("breaker_open", "x"))
    assert heard.all() == []


def test_an_alert_that_is_not_taken_is_tried_again_and_then_may_be_told_again(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivrhooks.observe.alerts.TRIES", (0.0, 0.001, 0.001))
    heard.good = False
    heard.process().look(URL, OPEN)
    assert len(heard.all()) == 3
    heard.good = True
    heard.process().look(URL, OPEN)
    assert len(heard.all()) == 4


def test_a_folder_that_cannot_be_written_stops_nothing(
    heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    heard.folder = heard.folder / "file"
    heard.folder.write_text("")
    heard.process().look(URL, OPEN)
    assert heard.all() == []
    assert "alerts cannot be noted" in caplog.text
