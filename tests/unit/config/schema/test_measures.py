"""Durations, sizes and rates."""

from __future__ import annotations

import pytest

from ivrhooks.config.schema.measures import read_duration, read_rate, read_size


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
