"""A clock that tests turn."""

from __future__ import annotations

import pytest


class FakeClock:
    """Seconds that go on only when told so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
