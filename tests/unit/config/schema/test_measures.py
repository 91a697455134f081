"""Durations, sizes and rates."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.schema.measures import (
    read_duration,
    read_rate,
    read_size,
    written,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("2s", 2),
        ("1.5s", 1.5),
        ("10m", 600),
        ("1h", 3600),
        ("7d", 604800),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (2, "write 2s, not 2"),
        (800, "write 800ms or 800s, not 800"),
        ("2", "write 2s, not 2"),
        ("fast", "write 250ms"),
        ("-1s", "write 250ms"),
        ("1 week", "write 250ms"),
        ("２s", "write 250ms"),
        (None, "write 250ms"),
        (True, "write 250ms"),
        ([], "write 250ms"),
    ],
)
def test_durations_that_are_refused(value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_duration(value)


def test_sizes_are_of_1024_bytes() -> None:
    assert read_size("64KB") == 65536
    assert read_size("1MB") == 1048576
    assert read_size("500B") == 500
    assert read_size("1mb") == 1048576
    for value in (64, "64", "64XB", None, ""):
        with pytest.raises(ValueError, match="write 64KB"):
            read_size(value)


def test_rates() -> None:
    rate = read_rate("200/s")
    assert (rate.count, rate.seconds) == (200, 1.0)
    assert read_rate("10/m").seconds == 60.0
    for value in (200, "200", "0/s", "200/y", None):
        with pytest.raises(ValueError, match="write 200/s"):
            read_rate(value)


@pytest.mark.parametrize(
    ("value", "measure", "text"),
    [
        (0.25, "duration", "250ms"),
        (0.0005, "duration", "0.5ms"),
        (1, "duration", "1s"),
        (1.5, "duration", "1.5s"),
        (59, "duration", "59s"),
        (60, "duration", "1m"),
        (90, "duration", "90s"),
        (3600, "duration", "1h"),
        (86400, "duration", "1d"),
        (7 * 86400.0, "duration", "7d"),
        (0, "duration", "0s"),
        (500, "size", "500B"),
        (65536, "size", "64KB"),
        (1024 * 1024, "size", "1MB"),
        (0, "size", "0B"),
        (1_000_000, "", "1,000,000"),
        (1024, "", "1,024"),
        (2.5, "", "2.5"),
        (True, "", "true"),
        (True, "duration", "true"),
        ("x", "duration", "x"),
    ],
)
def test_a_default_is_written_as_an_integrator_would(
    value: object, measure: str, text: str
) -> None:
    assert written(value, measure) == text


def test_a_size_without_its_unit_gets_the_likely_one() -> None:
    for value, advice in ((64, "write 64KB, not 64"), ("70000", "write 70000B, not")):
        with pytest.raises(ValueError, match=advice):
            read_size(value)
    with pytest.raises(ValueError, match="this is no size; write 64KB or 1MB"):
        read_size("64 pages")
    assert read_size(" 1.5 KB ") == 1536


def test_a_rate_may_be_of_an_hour_or_a_day() -> None:
    assert read_rate("10/h").seconds == 3600.0
    assert read_rate("10/d").seconds == 86400.0
    assert read_rate(" 1/s ").count == 1


@pytest.mark.parametrize(
    ("read", "text", "advice"),
    [
        (read_duration, "5sec", "write 5s"),
        (read_duration, "5 Seconds", "write 5s"),
        (read_duration, "500 msec", "write 500ms"),
        (read_duration, "2 minutes", "write 2m"),
        (read_duration, "1hr", "write 1h"),
        (read_duration, "7 days", "write 7d"),
        (read_duration, "2S", "write 2s"),
        (read_duration, ".5s", "write 0.5s"),
        (read_duration, "1,5s", "write 1.5s"),
        (read_duration, "s", "write 250ms, 2s, 10m, 1h or 7d"),
        (read_duration, "1m30s", "write 250ms, 2s, 10m, 1h or 7d"),
        (read_duration, "2 weeks", "write 250ms, 2s, 10m, 1h or 7d"),
        (read_duration, "5MB", "write 250ms, 2s, 10m, 1h or 7d"),
        (read_size, "512KiB", "write 512KB"),
        (read_size, "1M", "write 1MB"),
        (read_size, "64k", "write 64KB"),
        (read_size, "100 bytes", "write 100B"),
        (read_size, "5s", "write 64KB or 1MB"),
        (read_rate, "20/sec", "write 20/s"),
        (read_rate, "20 / minute", "write 20/m"),
        (read_rate, "20/week", "write 200/s or 1000/m"),
        (read_rate, "20/MB", "write 200/s or 1000/m"),
    ],
)
def test_the_advice_has_the_number_and_the_unit_that_are_meant(
    read: Any, text: str, advice: str
) -> None:
    with pytest.raises(ValueError) as caught:
        read(text)
    assert str(caught.value).rpartition("; ")[2] == advice
