"""The garbage collector is off within a pause, and as it was before behind it."""

from __future__ import annotations

import gc

import pytest

from ivrhooks.basics.collector import collector_paused


def test_a_pause_within_a_pause_ends_with_the_outer_one() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_pause_ends_with_an_exception() -> None:
    with pytest.raises(ValueError, match="x"), collector_paused():
        raise ValueError("x")
    assert gc.isenabled()
