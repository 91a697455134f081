"""The clock on the wall."""

from __future__ import annotations

import time

from ivrhooks.basics.clock import seconds_since_1970


def test_it_counts_seconds_since_1970() -> None:
    before = time.time()
    assert before <= seconds_since_1970() <= time.time()
