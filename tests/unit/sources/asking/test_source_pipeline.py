"""What the log says when a source's breaker opens and closes."""

from __future__ import annotations

import pytest

from ivrhooks.sources.asking.source_pipeline import pipeline_of
from ivrhooks.sources.interface import BreakerSettings, SourceSettings
from support.fake_time import FakeClock


def test_an_outage_is_two_lines(caplog: pytest.LogCaptureFixture) -> None:
    clock, settings = FakeClock(), BreakerSettings(failures=1, reset=10.0)
    source = SourceSettings("crm", "sobot", "https://crm.example.com", breaker=settings)
    breaker = pipeline_of(source, clock, lambda: 0.0).breaker
    for answers in (False, False, True):
        permit = breaker.enter()
        assert permit is not None
        permit.succeeded() if answers else permit.failed("HTTP 503")
        clock.now += 10.0
    assert [record.getMessage() for record in caplog.records] == [
        "source crm: its breaker opens after 1 failure: HTTP 503",
        "source crm answers again, its breaker closes",
    ]
