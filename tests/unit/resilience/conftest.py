"""A clock that tests turn."""

from __future__ import annotations

import pytest
from turned_time import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()
